"""Training in several processes, and on the device asked for.

Needs PyTorch; runs torchrun with two processes on the CPU.
Promises what `workers.py` promises.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from timbrel_kit.cli import main  # noqa: E402
from timbrel_kit.progress import losses  # noqa: E402

KIT = Path(__file__).resolve().parents[1]
STEPS = 20
# Trains on a folder with crops a process as told, and writes its losses and weights.
PROGRAM = """import sys
from pathlib import Path
import torch
from timbrel_kit import progress
from timbrel_kit.dataset import Grid
from timbrel_kit.material import gather
from timbrel_kit.recordings import find_recordings
from timbrel_kit.train import train
from timbrel_kit.train_command import configured
from timbrel_kit.training_run import Settings
from timbrel_kit.workers import join
from dataclasses import fields
from timbrel_kit.newt_config import NewtConfig
from timbrel_kit.newt_decoder import JUDGED_PARTIALS

folder, out, family, crops = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
progress.ROW_STEPS = 1
workers = join("cpu", 1)
grid = Grid(16000, 128, JUDGED_PARTIALS if family == "newt" else 12, 9, "a_weighted")
pairs = workers.in_turn(
    lambda: gather(find_recordings(folder, folder / "manifest.csv", "tone"), grid, out / "cache", lambda line: None)
)
clips = [clip for _, clip in pairs]
config = configured(grid, clips, clips, hidden=16)
if family == "newt":
    shared = {field.name: getattr(config, field.name) for field in fields(type(config))} | {"body_points": 0}
    config = NewtConfig(**{**shared, "harmonics": 12}, shapers=4, exciter_top_hz=4000.0)
settings = Settings(
    seed=3, regression_steps=10, steps=10, batch=crops, regression_batch=crops, held_notes=crops, crop_seconds=0.5
)
run = train(config, settings, clips, out / f"{workers.count}.pt", False, lambda line: None, workers=workers)
if workers.first:
    print("workers", workers.count)
workers.leave()
"""


def ran(command: list[str]) -> str:
    done = subprocess.run(command, cwd=KIT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.parametrize("family", ["ddsp", "newt"])
def test_two_processes_learn_as_one_with_twice_the_batch(notes_folder: Path, tmp_path: Path, family: str) -> None:
    program = tmp_path / "program.py"
    program.write_text(f"import sys\nsys.path.insert(0, {str(KIT)!r})\n{PROGRAM}")
    arguments = [str(program), str(notes_folder), str(tmp_path), family]
    ran([sys.executable, *arguments, "4"])
    together = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", *arguments, "2"]
    assert "workers 2" in ran([sys.executable, *together])
    alone, both = (losses(tmp_path / f"{count}.loss.csv") for count in (1, 2))
    assert len(alone) == len(both) == STEPS
    ratio = np.array([row[2] for row in both]) / np.array([row[2] for row in alone])
    print(f"{family}: loss of two processes over that of one, least {ratio.min():.5f}, most {ratio.max():.5f}")
    assert np.all(np.abs(ratio - 1.0) < 1e-3)
    one, two = (torch.load(tmp_path / f"{count}.pt", weights_only=True)["decoder"] for count in (1, 2))
    # Adam moves a weight by up to 2e-3 a step whatever the size of its gradient.
    worst = max(float((one[name] - two[name]).abs().max()) for name in one)
    print(f"{family}: largest difference of a weight {worst:.1e}")
    assert worst < 2e-3


def test_a_gpu_that_is_not_there_is_told_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is one")
    assert main(["train", str(tmp_path), "--name", "x", "--out", str(tmp_path), "--device", "cuda"]) == 1
    assert "PyTorch finds no CUDA device here" in capsys.readouterr().err
