"""Training on synthetic notes: the loss falls, and a killed run loses nothing.

Needs PyTorch.
Promises what `train.py`, `training_run.py`, `batches.py` and `train_command.py` promise.
"""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from timbrel_kit.batches import Sampler  # noqa: E402
from timbrel_kit.dataset import Clip, Grid, held_out, prepare  # noqa: E402
from timbrel_kit.decoder_config import DecoderConfig  # noqa: E402
from timbrel_kit.errors import KitError  # noqa: E402
from timbrel_kit.newt_config import NewtConfig  # noqa: E402
from timbrel_kit.newt_decoder import JUDGED_PARTIALS  # noqa: E402
from timbrel_kit.recordings import find_recordings  # noqa: E402
from timbrel_kit.train import train  # noqa: E402
from timbrel_kit.train_command import configured  # noqa: E402
from timbrel_kit.training_run import Settings  # noqa: E402

GRID = Grid(16000, 128, 12, 9, "a_weighted")
SETTINGS = Settings(
    seed=3, regression_steps=4, steps=4, batch=2, regression_batch=2, crop_seconds=0.5, checkpoint_every=1
)


def newt_of(config: DecoderConfig) -> NewtConfig:
    """A small NEWT with the ranges of `config`."""
    shared = {field.name: getattr(config, field.name) for field in fields(DecoderConfig)} | {"body_points": 0}
    return NewtConfig(**shared, shapers=4, exciter_top_hz=4000.0)


@pytest.fixture(scope="module")
def material(notes_folder: Path) -> tuple[DecoderConfig, list[Clip]]:
    recordings = find_recordings(notes_folder, notes_folder / "manifest.csv", "tone")
    clips = [clip for _, clip in prepare(recordings, GRID, None, lambda line: None)]
    _, names = held_out(clips)
    training = [clip for clip in clips if clip.name not in names]
    return configured(GRID, training, clips, hidden=16), training


def more_partials(clip: Clip) -> Clip:
    """The clip with as many analysed partials as a NEWT is judged by, the further ones silent."""
    missing = JUDGED_PARTIALS - clip.harmonic_db.shape[1]
    return replace(clip, harmonic_db=np.pad(clip.harmonic_db, ((0, 0), (0, missing)), constant_values=-120.0))


def weights(run) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in [*run.decoder.parameters(), *run.mean.parameters()]])


def silent(line: str) -> None:
    """Says nothing."""


@pytest.mark.parametrize("family", ["ddsp", "newt", "convolution"])
@pytest.mark.parametrize(("regression_steps", "steps"), [(2, 0), (4, 2)])
def test_a_resumed_run_ends_as_an_uninterrupted_one(
    material: tuple[DecoderConfig, list[Clip]], tmp_path: Path, regression_steps: int, steps: int, family: str
) -> None:
    config, clips = material
    if family == "newt":
        config, clips = newt_of(config), [more_partials(clip) for clip in clips]
    if family == "convolution":
        config = replace(config, core="convolution", memory_seconds=0.35)
    torch.set_num_threads(1)
    whole = train(config, SETTINGS, clips, tmp_path / "whole.pt", False, silent)
    stopped = tmp_path / "stopped.pt"

    class Killed(Exception):
        """Stands for a kill."""

    count = 0

    def kill_after(line: str) -> None:
        nonlocal count
        count += 1

    from timbrel_kit import train as module

    real = module._descend
    left = regression_steps + steps

    def descend_until_killed(*arguments) -> None:
        nonlocal left
        if left == 0:
            raise Killed
        left -= 1
        real(*arguments)

    module._descend = descend_until_killed
    try:
        with pytest.raises(Killed):
            train(config, SETTINGS, clips, stopped, False, kill_after)
    finally:
        module._descend = real
    resumed = train(config, SETTINGS, clips, stopped, True, silent)
    assert torch.equal(weights(whole), weights(resumed))
    assert resumed.progress.step == SETTINGS.steps


def test_two_runs_of_a_seed_are_equal_and_another_seed_differs(
    material: tuple[DecoderConfig, list[Clip]], tmp_path: Path
) -> None:
    config, clips = material
    torch.set_num_threads(1)
    one, same, other = (
        train(config, replace(SETTINGS, seed=seed), clips, tmp_path / f"{i}.pt", False, silent)
        for i, seed in enumerate((3, 3, 4))
    )
    assert torch.equal(weights(one), weights(same))
    assert not torch.equal(weights(one), weights(other))


def test_regression_brings_the_controls_near(material: tuple[DecoderConfig, list[Clip]], tmp_path: Path) -> None:
    config, clips = material
    said: list[str] = []
    settings = replace(SETTINGS, regression_steps=120, steps=0, regression_batch=4)
    train(config, settings, clips, tmp_path / "long.pt", False, said.append)
    losses = [float(line.split("loss")[1].split()[0]) for line in said if "loss" in line]
    assert losses[-1] < 0.6 * losses[0]


def test_a_short_training_by_the_clock_reaches_the_spectral_stage(
    material: tuple[DecoderConfig, list[Clip]], tmp_path: Path
) -> None:
    config, clips = material
    settings = replace(SETTINGS, regression_steps=10**6, steps=None, hours=4.0 / 3600.0)
    run = train(config, settings, clips, tmp_path / "clock.pt", False, silent)
    share = 1.0 - run.progress.spectral_seconds / run.progress.seconds
    print(
        f"{run.progress.seconds:.1f} s of 4, {100 * share:.0f} % of them regression, {run.progress.step} spectral steps"
    )
    assert run.progress.stage == "spectral"
    assert run.progress.step >= 1
    assert 0.2 < share < 0.6


def test_a_checkpoint_of_another_seed_is_refused(material: tuple[DecoderConfig, list[Clip]], tmp_path: Path) -> None:
    config, clips = material
    path = tmp_path / "seed.pt"
    train(config, replace(SETTINGS, regression_steps=1, steps=0), clips, path, False, silent)
    with pytest.raises(KitError, match="Train without --resume"):
        train(config, replace(SETTINGS, seed=9), clips, path, True, silent)


def test_a_broken_checkpoint_is_named(material: tuple[DecoderConfig, list[Clip]], tmp_path: Path) -> None:
    config, clips = material
    path = tmp_path / "broken.pt"
    path.write_bytes(b"nothing")
    with pytest.raises(KitError, match=r"broken\.pt cannot be read"):
        train(config, SETTINGS, clips, path, True, silent)


def test_held_notes_do_not_move_once_they_have_risen(material: tuple[DecoderConfig, list[Clip]]) -> None:
    config, clips = material
    midi, level = Sampler(clips, config, 1).held_notes(5, 4, 0.6)
    assert torch.all(midi == midi[:, :1])
    assert torch.all(level[:, 40:] == level[:, 40:41])
    assert torch.all(level[:, 0] == config.low_db)
