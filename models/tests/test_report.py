"""The report on two small instruments: what is judged, what is counted, what is kept.

Needs PyTorch, to make the models; the tagger's weights are random ones.
Promises what `report.py`, `report_page.py` and `report_command.py` promise.
"""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import RATE

torch = pytest.importorskip("torch")

from timbrel_kit import measures, report  # noqa: E402
from timbrel_kit.cli import main  # noqa: E402
from timbrel_kit.measures import Measures  # noqa: E402
from timbrel_kit.report import FOLLOWING, MODEL, SAMPLER, InstrumentReport, Judged, judge  # noqa: E402
from timbrel_kit.report_page import page, summary  # noqa: E402
from timbrel_kit.training_record import TrainingRecord  # noqa: E402


@pytest.fixture(autouse=True)
def _plain_features(monkeypatch: pytest.MonkeyPatch) -> None:
    """Level and roughness of each tenth of a second instead of the tagger's features."""

    def features(audio: np.ndarray, rate: int) -> np.ndarray:
        parts = [audio[at : at + rate // 10] for at in range(0, len(audio) - rate // 10, rate // 10)]
        return np.array([[np.abs(part).mean(), np.abs(np.diff(part)).mean()] for part in parts], dtype=np.float32)

    monkeypatch.setattr(measures, "features", features)


@pytest.fixture(scope="module")
def trained(notes_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instrument that was trained for one step, as `train` leaves it."""
    out = tmp_path_factory.mktemp("trained")
    command = ["train", str(notes_folder), "--manifest", str(notes_folder / "manifest.csv"), "--instrument", "tone"]
    sizes = ["--sample-rate", str(RATE), "--hop", "128", "--harmonics", "12", "--noise-bands", "9", "--hidden", "16"]
    length = ["--steps", "1", "--regression-steps", "30", "--threads", "1", "--name", "Tone", "--out", str(out)]
    assert main([*command, *sizes, *length]) == 0
    return out / "tone.onnx"


def test_the_command_judges_held_out_recordings_and_writes_the_page(
    trained: Path, notes_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    written = tmp_path / "REPORT.md"
    options = ["--audio", str(notes_folder), "--out", str(written), "--cache", str(tmp_path / "cache")]
    assert main(["report", str(trained), *options]) == 0
    text = written.read_text(encoding="utf-8")
    print(text)
    for title in ("Log-mel", "Multi-scale spectral", "Loudness error", "f0 error", "Frechet", "Summary"):
        assert f"## {title}" in text
    rows = re.findall(r"^\| Tone \| (\d+) \|", text, re.MULTILINE)
    record = TrainingRecord.beside(trained)
    assert rows
    assert max(int(count) for count in rows) == len(record.held_out)
    assert "log-mel dB, unseen pitches" in capsys.readouterr().out


def test_nothing_is_judged_that_training_heard_and_nothing_measured_twice(
    trained: Path, notes_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard_by_baselines: list[str] = []
    real = report.Baselines

    def noted(training, grid):
        heard_by_baselines.extend(clip.name for clip in training)
        return real(training, grid)

    monkeypatch.setattr(report, "Baselines", noted)
    (first,) = judge([trained], notes_folder, None, tmp_path, lambda line: None)
    record = TrainingRecord.beside(trained)
    assert {row.name for row in first.rows} == set(record.held_out)
    assert not set(heard_by_baselines) & set(record.held_out)
    assert {row.midi for row in first.rows if row.unseen_pitch} == set(record.held_out_pitches)

    def never(*_):
        raise AssertionError("measured again")

    monkeypatch.setattr(report, "measured", never)
    (again,) = judge([trained], notes_folder, None, tmp_path, lambda line: None)
    assert [row.measures for row in again.rows] == [row.measures for row in first.rows]
    assert first.mean(SAMPLER, True).f0_cents < 20.0
    assert first.frechet("floor") < first.frechet(MODEL)


def fake(name: str, model_db: float, sampler_db: float) -> InstrumentReport:
    row = Judged("a", 60, True, np.zeros((2, 3)))
    for candidate, value in ((MODEL, model_db), (SAMPLER, sampler_db), (FOLLOWING, 3.5)):
        row.measures[candidate] = Measures(value, value, value, value)
        row.features[candidate] = np.full((2, 3), value)
    record = TrainingRecord(Path("x"), name, 10, 60.0, ["a"], [60], 1, 1, 1, 60.0)
    return InstrumentReport(name, "ddsp", record, [row])


def test_the_summary_counts_wins_and_names_losses() -> None:
    found = summary([fake("Oboe", 3.0, 4.0), fake("Tuba", 5.0, 4.0), fake("Cello", 2.0, 9.0)])
    (line,) = [
        line for line in found if line.startswith("- Log-mel, unseen pitches: the model is nearer than the sampler")
    ]
    print(line)
    assert "**2 of 3**" in line
    assert "not in Tuba (5.00 against 4.00)" in line
    assert "in **0 of 0**" in next(line for line in found if "seen pitches" in line and "unseen" not in line)


def test_the_nearest_is_bold_and_what_was_not_measured_is_left_empty() -> None:
    text = page([replace(fake("Oboe", 3.0, 4.0))], None)
    row = next(line for line in text.splitlines() if line.startswith("| Oboe | 1 |"))
    assert row == "| Oboe | 1 | **3.00** | 4.00 | 3.50 |  |  |  |"
    assert "not measured this time" in text


def test_a_folder_without_the_recordings_is_named(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["report", str(trained), "--audio", str(tmp_path / "nowhere"), "--out", str(tmp_path / "r.md")]) == 1
    assert "is not a folder with a manifest.csv" in capsys.readouterr().err
    assert not (tmp_path / "r.md").exists()
