"""The `report` command: models and recordings in, a page of figures out.

Runs on the main thread; needs no PyTorch.
Promises a page that is written whole or not at all; proved by `test_report.py`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from timbrel_kit.errors import KitError
from timbrel_kit.report import SharedModel, judge, shipped
from timbrel_kit.report_page import page, summary
from timbrel_kit.whole_file import write_whole

KIT = Path(__file__).resolve().parents[1]
DEFAULT_INSTRUMENTS = KIT / "instruments"
DEFAULT_PAGE = KIT / "REPORT.md"
DEFAULT_CACHE = KIT.parent / "target" / "report-cache"


def run_report(options: argparse.Namespace, say: Callable[[str], None]) -> None:
    """Judges what the command line names and writes the page."""
    if not (options.audio / "manifest.csv").is_file():
        raise KitError(f"{options.audio} is not a folder with a manifest.csv: the report finds recordings by one.")
    shared = SharedModel.load(options.shared) if options.shared else None
    reports = judge(options.models or shipped(DEFAULT_INSTRUMENTS), options.audio, shared, options.cache, say)
    used = f" --shared {options.shared.name}" if options.shared else ""
    write_whole(options.out, page(reports, shared, used).encode())
    for line in summary(reports):
        say(line)
    say(f"Wrote {options.out}.")
