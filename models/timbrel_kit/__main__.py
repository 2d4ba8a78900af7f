"""`python -m timbrel_kit`: hands over to the command line.

Runs on the main thread.
Promises an exit status of 0, 1 (a sentence on stderr says why) or 2 (wrong arguments); proved by `test_cli.py`.
"""

from timbrel_kit.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
