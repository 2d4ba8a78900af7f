"""Progress of a training run, on a terminal and in its table.

Runs without PyTorch.
Promises what `progress.py` promises.
"""

import io
from pathlib import Path

from timbrel_kit import progress
from timbrel_kit.progress import LossTable, Reporter, losses


def test_a_resumed_table_has_each_row_once(tmp_path: Path) -> None:
    path = tmp_path / "loss.csv"
    table = LossTable(path)
    table.restart("regression", 0)
    for step in range(1, 31):
        table.add("regression", step, 3.0)
    for step in range(1, 26):
        table.add("spectral", step, float(step))
    with path.open("a") as lines:
        lines.write("spectral,")
    resumed = LossTable(path)
    resumed.restart("spectral", 10)
    for step in range(11, 21):
        resumed.add("spectral", step, 7.0)
    assert losses(path) == [
        *(("regression", step, 3.0) for step in (10, 20, 30)),
        ("spectral", 10, 5.5),
        ("spectral", 20, 7.0),
    ]


def test_a_terminal_sees_the_line_live_and_a_file_only_now_and_then(monkeypatch) -> None:
    now = 100.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    said: list[str] = []
    screen = io.StringIO()
    reporter = Reporter(said.append, LossTable(None), screen)
    for step in range(1, 101):
        now += 1.0
        reporter.note("spectral", step, step / 100, 100.0 - step, 5.0)
    print(len(said), screen.getvalue().count("\r"))
    assert [int(line.split()[2]) for line in said] == [1, 21, 41, 61, 81, 100]
    assert "5.0 %  loss   5.000  1 min 35 s left" in screen.getvalue()
    assert screen.getvalue().count("step") == 94
