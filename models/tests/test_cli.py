"""The command line as a person uses it.

Needs PyTorch for training.
Promises what `cli.py`, `errors.py` and `allocator.py` promise.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from timbrel_kit.cli import main

KIT = Path(__file__).resolve().parents[1]
TINY = ["--sample-rate", "16000", "--hop", "128", "--harmonics", "12", "--noise-bands", "9", "--hidden", "16"]

# SciPy looks into sys.modules for PyTorch, so a None there is not enough.
NO_TORCH = """import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "torch":
            raise ImportError("no torch here")
sys.meta_path.insert(0, Refuse())
"""


def kit(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "timbrel_kit", *map(str, arguments)]
    return subprocess.run(command, cwd=KIT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("command", [[], ["train"], ["export"], ["evaluate"], ["perform"], ["golden"]])
def test_help_is_there_for_each_command(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_status:
        main([*command, "--help"])
    assert exit_status.value.code == 0
    assert "usage: timbrel_kit" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["train", "EMPTY", "--name", "x", "--out", "OUT"], "There is nothing to train on"),
        (["train", "NOWHERE", "--name", "x", "--out", "OUT"], "is not a folder"),
        (["train", "EMPTY", "--name", "!!", "--out", "OUT"], "has no letter or digit"),
        (["evaluate", "NOWHERE", "--audio", "EMPTY"], "does not exist"),
        (["export", "EMPTY", "--name", "x"], "There is no checkpoint"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    pytest.importorskip("torch")
    (tmp_path / "empty").mkdir()
    places = {"EMPTY": tmp_path / "empty", "NOWHERE": tmp_path / "nowhere", "OUT": tmp_path / "out"}
    assert main([str(places.get(argument, argument)) for argument in arguments]) == 1
    assert sentence in capsys.readouterr().err


def test_wrong_numbers_are_refused_before_any_work(tmp_path: Path) -> None:
    result = kit("train", tmp_path, "--name", "x", "--out", tmp_path, "--sample-rate", "7")
    assert result.returncode == 2
    assert "not between 8000 and 192000" in result.stderr


@pytest.mark.parametrize("family", [[], ["--family", "newt", "--shapers", "4", "--exciter-top", "4000"]])
def test_train_then_evaluate_leaves_a_whole_instrument(notes_folder: Path, tmp_path: Path, family: list[str]) -> None:
    pytest.importorskip("torch")
    manifest = notes_folder / "manifest.csv"
    train = [
        "train",
        notes_folder,
        "--name",
        "My Tone",
        "--manifest",
        manifest,
        "--out",
        tmp_path / "out",
        *TINY,
        *family,
    ]
    result = kit(*train, "--steps", "3", "--regression-steps", "3", "--batch", "2", "--threads", "1")
    assert result.returncode == 0, result.stderr
    assert "broken.wav cannot be read" in result.stdout
    assert "ONNX Runtime against PyTorch" in result.stdout
    assert "s left" in result.stdout
    model = tmp_path / "out" / "my-tone.onnx"
    record = json.loads((tmp_path / "out" / "my-tone.training.json").read_text())
    assert model.is_file()
    assert record["held_out"]
    sizes = [path.stat().st_size for path in (tmp_path / "out" / "comparisons").iterdir()]
    assert len(sizes) == 4
    assert max(sizes) < 100_000
    card = (tmp_path / "out" / "CARD.md").read_text()
    assert "| all |" in card
    assert re.search(r"in \d+ s on 1 CPU thread, seed 1", card)
    assert all((tmp_path / "out" / name).is_file() for name in re.findall(r"\]\(([^)]*)\)", card))
    exported = kit("export", tmp_path / "out", "--name", "My Tone", "--out", tmp_path / "copy", "--about", "A tone.")
    assert exported.returncode == 0, exported.stderr
    assert json.loads((tmp_path / "copy" / "my-tone.training.json").read_text()) == record
    again = kit(*train)
    assert again.returncode == 1
    assert "--resume" in again.stderr
    judged = kit("evaluate", model, "--audio", notes_folder, "--card")
    assert judged.returncode == 0, judged.stderr
    assert "nearest note" in judged.stdout
    assert "worst spread" in judged.stdout
    assert "| all |" in (tmp_path / "out" / "CARD.md").read_text()


def test_evaluating_and_running_models_need_no_pytorch() -> None:
    modules = "cli, evaluate, card, held, parity, runtime, render, dataset, tracking"
    program = f"{NO_TORCH}from timbrel_kit import {modules}"
    result = subprocess.run([sys.executable, "-c", program], cwd=KIT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_training_without_pytorch_says_what_to_install(tmp_path: Path) -> None:
    program = f"{NO_TORCH}from timbrel_kit.cli import main\nsys.exit(main(['golden', {str(tmp_path)!r}]))"
    result = subprocess.run([sys.executable, "-c", program], cwd=KIT, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "requirements-train.txt" in result.stderr
