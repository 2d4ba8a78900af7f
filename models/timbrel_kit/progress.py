"""What a training run says while it runs: a line now and then, a living line on a terminal, and a table of the loss.

Runs on the training thread.
Promises that a resumed run's table has each step once; proved by `test_progress.py`.
"""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

REPORT_SECONDS = 20.0
LIVE_SECONDS = 0.5
LOSS_SMOOTHING = 0.97
# A row of the table is the mean loss of this many steps.
ROW_STEPS = 10
# A run's checkpoint, in its folder.
CHECKPOINT = "checkpoint.pt"
STAGES = ("regression", "spectral")


class Reporter:
    """Prints progress with a smoothed loss and the time left, and keeps the table of losses beside the checkpoint."""

    def __init__(self, say: Callable[[str], None], table: LossTable, screen: TextIO | None = None) -> None:
        self.say = say
        self.table = table
        self.screen = screen
        self.loss: float | None = None
        self.said = self.shown = 0.0

    def note(self, stage: str, step: int, fraction: float, left_seconds: float, loss: float) -> None:
        """After each step. `left_seconds`: of the stage, or of the run where its hours are given."""
        self.table.add(stage, step, loss)
        self.loss = loss if self.loss is None else LOSS_SMOOTHING * self.loss + (1.0 - LOSS_SMOOTHING) * loss
        now = time.monotonic()
        line = _line(stage, step, fraction, left_seconds, self.loss)
        if now - self.said >= REPORT_SECONDS or fraction >= 1.0:
            self.said = self.shown = now
            self._wipe()
            self.say(line)
        elif self.screen is not None and now - self.shown >= LIVE_SECONDS:
            self.shown = now
            self.screen.write(f"\r{line}\x1b[K")
            self.screen.flush()

    def next_stage(self) -> None:
        self.loss = None
        self.said = 0.0

    def _wipe(self) -> None:
        if self.screen is not None:
            self.screen.write("\r\x1b[K")


def _line(stage: str, step: int, fraction: float, left_seconds: float, loss: float) -> str:
    minutes, seconds = divmod(int(max(left_seconds, 0.0)), 60)
    return f"{stage:<10} step {step:>5} {100 * fraction:5.1f} %  loss {loss:7.3f}  {minutes} min {seconds:02d} s left"


def terminal() -> TextIO | None:
    """The terminal, where progress goes to one."""
    return sys.stdout if sys.stdout.isatty() else None


def loss_table(checkpoint: Path) -> Path:
    """Where a run writes its losses, beside its checkpoint."""
    return checkpoint.with_suffix(".loss.csv")


class LossTable:
    """Mean losses in a CSV: stage, last step of the row, loss."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.pending: list[float] = []

    def restart(self, stage: str, step: int) -> None:
        """Keeps what was written up to where a resumed run goes on."""
        if self.path is None:
            return
        here = (STAGES.index(stage), step)
        kept = [row for row in losses(self.path) if (STAGES.index(row[0]), row[1]) <= here]
        with self.path.open("w", newline="", encoding="utf-8") as lines:
            csv.writer(lines).writerows([("stage", "step", "loss"), *kept])

    def add(self, stage: str, step: int, loss: float) -> None:
        self.pending.append(loss)
        if self.path is None or step % ROW_STEPS:
            return
        mean = sum(self.pending) / len(self.pending)
        self.pending.clear()
        with self.path.open("a", newline="", encoding="utf-8") as lines:
            csv.writer(lines).writerow((stage, step, f"{mean:.4f}"))


def losses(path: Path) -> list[tuple[str, int, float]]:
    """The rows of a table; none where there is no file. A row that a kill cut short ends it."""
    if not path.is_file():
        return []
    rows = []
    with path.open(newline="", encoding="utf-8") as lines:
        for row in csv.reader(lines):
            if len(row) == 3 and row[0] in STAGES:
                rows.append((row[0], int(row[1]), float(row[2])))
    return rows
