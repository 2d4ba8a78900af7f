"""Where the packaged VST3 plugin is, for the tests beside this file.

Runs on the main thread.
Promises a sentence that says what to do when there is no package (`cargo xtask bundle`).
"""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def vst3() -> str:
    """Path of the packaged VST3 plugin."""
    path = Path(os.environ.get("TIMBREL_VST3", ROOT / "target" / "bundled" / "Timbrel.vst3"))
    if not path.exists():
        pytest.fail(f"{path} is not there: run `cargo xtask bundle` first, or set TIMBREL_VST3")
    return str(path)
