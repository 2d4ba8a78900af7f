"""The `train` and `export` commands: recordings in, an instrument's folder out.

Runs on the main thread; needs PyTorch.
Promises that a killed run goes on with --resume, and that what it exports loads; proved by `test_train.py`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import torch

from timbrel_kit.dataset import Clip, Grid, held_out, loudness_range
from timbrel_kit.decoder_config import Credits, DecoderConfig
from timbrel_kit.errors import KitError
from timbrel_kit.families import config_from
from timbrel_kit.features import hz_to_midi
from timbrel_kit.finish import finish
from timbrel_kit.front_end import FrontEnd
from timbrel_kit.instrument import file_stem, write_instrument
from timbrel_kit.material import gather
from timbrel_kit.newt_config import NewtConfig
from timbrel_kit.newt_decoder import JUDGED_PARTIALS
from timbrel_kit.progress import CHECKPOINT, loss_table
from timbrel_kit.recordings import Recording, find_recordings
from timbrel_kit.shared_config import playable
from timbrel_kit.shared_decoder import SharedDecoder
from timbrel_kit.train import train
from timbrel_kit.training_record import TrainingRecord
from timbrel_kit.training_run import Run, Settings, read_checkpoint
from timbrel_kit.workers import Workers, join

DEFAULT_STEPS = 3000
# The mean of the weights means nothing before this many spectral steps.
STEPS_FOR_A_MEAN = 150


def run_train(options: argparse.Namespace, say: Callable[[str], None]) -> Path | None:
    """Trains as the command line asks. The model's path, or None in all but the first of several processes."""
    workers = join(options.device, options.threads)
    try:
        return _trained(options, workers, say if workers.first else _silent)
    finally:
        workers.leave()


def _silent(line: str) -> None:
    """What the other processes would say, the first one says."""


def _trained(options: argparse.Namespace, workers: Workers, say: Callable[[str], None]) -> Path | None:
    folder: Path = options.out
    checkpoint = folder / CHECKPOINT
    if checkpoint.is_file() and not options.resume:
        raise KitError(f"{checkpoint} is there already. Add --resume to go on with it, or give another --out.")
    if options.resume and not checkpoint.is_file():
        say(f"There is no {checkpoint} yet: starting from the beginning.")
    file_stem(options.name)
    recordings = find_recordings(options.folder, options.manifest, options.instrument)
    folder.mkdir(parents=True, exist_ok=True)
    measure = "a_weighted" if options.loudness == "a-weighted" else "power"
    grid = _grid(options, measure)
    cache = options.cache or folder / "cache"
    pairs = workers.in_turn(lambda: gather(recordings, grid, cache, say, options.keep_doubtful))
    clips = [clip for _, clip in pairs]
    pitches, names = held_out(clips)
    training = [clip for clip in clips if clip.name not in names]
    say(
        f"{len(training)} recordings to train on, {len(names)} held out"
        + (f" (all of MIDI pitch {', '.join(str(p) for p in sorted(pitches))} among them)." if pitches else ".")
    )
    config = family_config(options, configured(grid, training, clips, options.hidden))
    config = replace(config, core=options.core, memory_seconds=options.memory)
    settings = _settings(options)
    record = TrainingRecord(
        path=TrainingRecord.path_beside(folder / f"{file_stem(options.name)}.onnx"),
        instrument=options.instrument,
        recordings=len(clips),
        seconds_of_audio=round(sum(len(clip.audio) for clip in clips) / grid.sample_rate, 1),
        held_out=sorted(names),
        held_out_pitches=sorted(pitches),
        seed=settings.seed,
        regression_steps=settings.regression_steps,
        spectral_steps=0,
        training_seconds=0.0,
        pitches=sorted({clip.midi for clip in clips}),
        machine=workers.described(),
        left_out=sorted({recording.name for recording in recordings} - {clip.name for clip in clips}),
    )
    # Written before training too: what a killed run leaves can then be exported and judged.
    if workers.first:
        record.write()
    run = train(config, settings, training, checkpoint, options.resume, say, workers=workers)
    if not workers.first:
        return None
    credits = _credits(options, [recording for recording, _ in pairs])
    model = write_instrument(best_decoder(run), credits, folder, say)
    _record_of(record, run).write()
    finish(model, clips, loss_table(checkpoint), say)
    return model


def _grid(options: argparse.Namespace, measure: str) -> Grid:
    """What is analysed: as many partials as the family is judged by."""
    judged = JUDGED_PARTIALS if options.family == "newt" else options.harmonics or DecoderConfig.harmonics
    return Grid(options.sample_rate, options.hop, judged, options.noise_bands, measure)


def family_config(options: argparse.Namespace, config: DecoderConfig) -> DecoderConfig:
    """The configuration of the family asked for, with the ranges and sizes of `config`."""
    if options.family == "ddsp":
        return config
    shared = {field.name: getattr(config, field.name) for field in fields(DecoderConfig)}
    del shared["body_points"]
    shared["harmonics"] = options.harmonics or NewtConfig.harmonics
    shared["impulse_samples"] = round((options.room or 0.0) * config.sample_rate)
    return NewtConfig(
        **shared, shapers=options.shapers, exciter_top_hz=min(options.exciter_top, 0.5 * config.sample_rate)
    )


def _record_of(record: TrainingRecord, run: Run) -> TrainingRecord:
    """The record with where the run stands."""
    spectral = run.progress.step if run.progress.stage == "spectral" else 0
    return replace(record, spectral_steps=spectral, training_seconds=round(run.progress.seconds, 1))


def configured(grid: Grid, training: list[Clip], clips: list[Clip], hidden: int) -> DecoderConfig:
    """Sizes from the grid; trained ranges from the recordings."""
    levels = loudness_range(training)
    low, high = _pitch_range(clips)
    return DecoderConfig(
        sample_rate=grid.sample_rate,
        hop=grid.hop,
        harmonics=grid.harmonics,
        noise_bands=grid.noise_bands,
        hidden=hidden,
        pitch_low=low,
        pitch_high=high,
        measure=grid.measure,
        low_db=levels.low,
        high_db=levels.high,
        soft_db=levels.soft,
        loud_db=levels.loud,
    )


def _pitch_range(clips: list[Clip]) -> tuple[float, float]:
    """Whole MIDI pitches around what sounds in the clips, at least a semitone apart."""
    midi = np.concatenate(
        [hz_to_midi(clip.f0_hz)[clip.loudness_db > np.max(clip.loudness_db) - 30.0] for clip in clips]
    )
    low = float(np.clip(np.round(np.percentile(midi, 0.5)), 0, 126))
    return low, float(np.clip(np.round(np.percentile(midi, 99.5)), low + 1, 127))


def best_decoder(run: Run) -> FrontEnd:
    """The running mean of the weights, once there is one."""
    spectral = run.progress.stage == "spectral" and run.progress.step >= STEPS_FOR_A_MEAN
    return (run.mean if spectral else run.decoder).cpu()


def _settings(options: argparse.Namespace) -> Settings:
    settings = Settings(seed=options.seed, batch=options.batch, hours=options.hours)
    if options.regression_steps is not None:
        settings = replace(settings, regression_steps=options.regression_steps)
    if options.hours is None:
        settings = replace(settings, steps=options.steps if options.steps is not None else DEFAULT_STEPS)
    return settings


def _credits(options: argparse.Namespace, recordings: list[Recording]) -> Credits:
    licences = sorted({r.licence for r in recordings if r.licence})
    sources = sorted({r.source for r in recordings if r.source})
    return Credits(
        name=options.name,
        author=options.author,
        licence=options.licence or ", ".join(licences) or "not stated: ask its author before you share it",
        trained_on=options.trained_on
        or (f"{', '.join(sources)} ({', '.join(licences)})" if sources else f"the recordings in {options.folder.name}"),
        card=options.about,
    )


def run_export(options: argparse.Namespace, say: Callable[[str], None]) -> Path:
    """Exports the checkpoint of a run that is still going, or was stopped."""
    torch.set_num_threads(1)
    path = options.folder / CHECKPOINT
    if not path.is_file():
        raise KitError(f"There is no checkpoint {path}. Give the --out folder of a training run.")
    stored = read_checkpoint(path)
    run = Run(config_from(stored), Settings(seed=stored["seed"]))
    run.load(path)
    say(f"Checkpoint of {run.progress.stage} step {run.progress.step}, {run.progress.seconds / 60:.1f} min in.")
    credits = Credits(
        options.name, options.author, options.licence or "not stated", options.trained_on or "not stated", options.about
    )
    decoder = best_decoder(run)
    if options.rest:
        if not isinstance(decoder, SharedDecoder):
            raise KitError("--rest is for models of several instruments: this one has no latent space.")
        names = [name.strip() for name in options.axes.split(",")] if options.axes else None
        rest = [name.strip() for name in options.rest.split(",")]
        decoder.config = playable(decoder.config, decoder.places().tolist(), rest, names)
    model = write_instrument(decoder, credits, options.out or options.folder, say)
    # Under another name than it was trained with, it is still the record of this run.
    known = [TrainingRecord.path_beside(options.folder / model.name), *sorted(options.folder.glob("*.training.json"))]
    found = next((path for path in known if path.is_file()), None)
    if found is not None:
        record = TrainingRecord.beside(found.with_name(found.name.replace(".training.json", ".onnx")))
        replace(_record_of(record, run), path=TrainingRecord.path_beside(model)).write()
    return model
