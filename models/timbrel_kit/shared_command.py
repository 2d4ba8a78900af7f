"""The `train-shared` command: the recordings of several instruments in, one decoder for all of them out.

Runs on the main thread; needs PyTorch.
Promises the same held-out rule for each instrument as when it is trained by itself; proved by `test_shared.py`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch

from timbrel_kit.dataset import Clip, Grid, held_out, prepare
from timbrel_kit.decoder_config import Credits, DecoderConfig
from timbrel_kit.errors import KitError
from timbrel_kit.instrument import file_stem, write_instrument
from timbrel_kit.recordings import find_recordings, instruments_of
from timbrel_kit.shared_config import PLACES, SharedConfig, walkable
from timbrel_kit.shared_places import first_places, spectrum_db
from timbrel_kit.train import train
from timbrel_kit.train_command import CHECKPOINT, best_decoder, configured
from timbrel_kit.training_record import TrainingRecord
from timbrel_kit.training_run import Run, Settings


@dataclass
class Material:
    """The clips of several instruments, `owners` [clips] being indices into `instruments`."""

    instruments: list[str]
    clips: list[Clip]
    owners: list[int]
    held_names: set[str]
    # Pitches (MIDI) that an instrument was not trained on, by instrument.
    held_pitches: dict[str, list[int]]
    licences: list[str]
    sources: list[str]

    def training(self) -> tuple[list[Clip], list[int]]:
        """The clips that training may see, and their owners."""
        kept = [index for index, clip in enumerate(self.clips) if clip.name not in self.held_names]
        return [self.clips[index] for index in kept], [self.owners[index] for index in kept]


def run_train_shared(options: argparse.Namespace, say: Callable[[str], None]) -> Path:
    """Trains as the command line asks, and returns the model's path."""
    torch.set_num_threads(options.threads)
    checkpoint = options.out / CHECKPOINT
    if checkpoint.is_file() and not options.resume:
        raise KitError(f"{checkpoint} is there already. Add --resume to go on with it, or give another --out.")
    file_stem(options.name)
    options.out.mkdir(parents=True, exist_ok=True)
    grid = Grid(48000, 192, DecoderConfig.harmonics, DecoderConfig.noise_bands, "a_weighted")
    material = gathered(options.folder, options.manifest, options.cache or options.out / "cache", grid, say)
    training, owners = material.training()
    say(f"{len(material.instruments)} instruments, {len(training)} recordings, {len(material.held_names)} held out.")
    config = shared_configuration(material, grid, options.hidden, options.memory)
    settings = Settings(seed=options.seed, batch=options.batch, hours=options.hours, steps=options.steps)
    if options.regression_steps is not None:
        settings = replace(settings, regression_steps=options.regression_steps)
    model = options.out / f"{file_stem(options.name)}.onnx"
    record = record_of(model, material, settings, grid)
    record.write()
    run = train(config, settings, training, checkpoint, options.resume, say, owners)
    return export_shared(run, options.name, options.author, material, record, say)


def gathered(folder: Path, manifest: Path, cache: Path, grid: Grid, say: Callable[[str], None]) -> Material:
    """Analyses every instrument of a manifest and holds recordings out by the rule for one instrument."""
    material = Material(instruments_of(manifest), [], [], set(), {}, [], [])
    if len(material.instruments) < 2:
        raise KitError(f"{manifest} lists fewer than two instruments: use the command train.")
    for index, name in enumerate(material.instruments):
        say(f"{name}:")
        pairs = prepare(find_recordings(folder, manifest, name), grid, cache, say)
        clips = [clip for _, clip in pairs]
        pitches, names = held_out(clips)
        material.clips += clips
        material.owners += [index] * len(clips)
        material.held_names |= names
        material.held_pitches[name] = sorted(pitches)
        material.licences += [recording.licence for recording, _ in pairs]
        material.sources += [recording.source for recording, _ in pairs]
    return material


def shared_configuration(material: Material, grid: Grid, hidden: int, memory_seconds: float) -> SharedConfig:
    """Ranges over all instruments; first places from their spectra."""
    training, owners = material.training()
    plain = configured(grid, training, material.clips, hidden)
    spectra = [
        spectrum_db([clip for clip, owner in zip(training, owners, strict=True) if owner == index], grid.sample_rate)
        for index in range(len(material.instruments))
    ]
    shared = {**asdict(plain), "latent": walkable(PLACES), "memory_seconds": memory_seconds}
    return SharedConfig(
        **shared, instruments=tuple(material.instruments), places=first_places(np.array(spectra), PLACES)
    )


def record_of(model: Path, material: Material, settings: Settings, grid: Grid) -> TrainingRecord:
    """The training record of all instruments together, before training."""
    return TrainingRecord(
        path=TrainingRecord.path_beside(model),
        instrument=None,
        recordings=len(material.clips),
        seconds_of_audio=round(sum(len(clip.audio) for clip in material.clips) / grid.sample_rate, 1),
        held_out=sorted(material.held_names),
        held_out_pitches=[],
        seed=settings.seed,
        regression_steps=settings.regression_steps,
        spectral_steps=0,
        training_seconds=0.0,
        pitches=sorted({clip.midi for clip in material.clips}),
    )


def export_shared(
    run: Run, name: str, author: str, material: Material, record: TrainingRecord, say: Callable[[str], None]
) -> Path:
    """Writes the model and its record."""
    credits = Credits(
        name=name,
        author=author,
        licence=", ".join(sorted({item for item in material.licences if item})) or "not stated",
        trained_on=", ".join(sorted({item for item in material.sources if item})) or "not stated",
        card=f"One decoder for {len(material.instruments)} instruments and what lies between them.",
    )
    model = write_instrument(best_decoder(run), credits, record.path.parent, say)
    spectral = run.progress.step if run.progress.stage == "spectral" else 0
    replace(record, spectral_steps=spectral, training_seconds=round(run.progress.seconds, 1)).write()
    return model
