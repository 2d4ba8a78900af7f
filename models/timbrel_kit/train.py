"""Trains a decoder: first onto analysed controls, then on the multi-scale spectral distance.

Runs on the training machine's main thread; needs PyTorch.
Promises seedable, resumable runs whose loss falls; proved by `test_train.py`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from timbrel_kit.batches import Batch, Sampler
from timbrel_kit.dataset import Clip
from timbrel_kit.decoder_config import DecoderConfig
from timbrel_kit.front_end import FrontEnd
from timbrel_kit.heard import Ear, Heard, ear_of
from timbrel_kit.losses import control_distance, spectral_distance, wander
from timbrel_kit.progress import LossTable, Reporter, loss_table, terminal
from timbrel_kit.synth import training_harmonics, training_noise
from timbrel_kit.training_run import Run, Settings
from timbrel_kit.workers import ALONE, Workers, over_all

REGRESSION_FLOOR_DB = -95.0
# Weights of the terms beside the spectral distance (which is near 5); each is in dB.
CONTROL_WEIGHT = 0.02
WANDER_WEIGHT = 0.3
CORRECTION_WEIGHT = 0.05
SETTLE_FRACTION = 0.35
HELD_NOTES_EVERY = 3
# Of the hours, where hours are given: a slow machine must come to the spectral stage too.
LARGEST_REGRESSION_SHARE = 0.25
GRADIENT_LIMIT = 1.0


def decibels(linear: Tensor) -> Tensor:
    return (20.0 / 2.302585093) * torch.log(linear + 1e-7)


def regression_loss(heard: Heard, batch: Batch, decoder: FrontEnd) -> Tensor:
    """Distance in dB to the analysed controls, over frames that sound and partials under Nyquist."""
    frames = heard.frames
    sounding = (batch.loudness_db[:, frames] > decoder.config.low_db).float()
    inside = (batch.f0_hz[:, frames, None] * decoder.partial < 0.5 * decoder.config.sample_rate).float()
    harmonic = control_distance(
        decibels(heard.partials), batch.harmonic_db[:, frames], REGRESSION_FLOOR_DB, sounding * inside
    )
    weight = sounding.expand(-1, -1, decoder.config.noise_bands)
    noise = control_distance(decibels(heard.noise[:, frames]), batch.noise_db[:, frames], REGRESSION_FLOOR_DB, weight)
    return harmonic + noise + heard.beside


def held_note_loss(ear: Ear, midi: Tensor, loudness_db: Tensor, latent: Tensor, random: np.random.Generator) -> Tensor:
    """What keeps a held note still: once settled, controls must not move, nor the level leave the one asked for."""
    settle = int(SETTLE_FRACTION * midi.shape[1])
    frames = ear.held_frames(settle, midi.shape[1], random)
    heard = ear.hear(midi, loudness_db, frames, latent)
    power = _weighted_power(ear.decoder, midi[:, frames], heard.partials, heard.noise[:, frames])
    error = (10.0 * torch.log10(power + 1e-10) - loudness_db[:, frames, 0]).abs().mean()
    still = wander(decibels(heard.partials), 0) + wander(decibels(heard.noise), settle)
    return WANDER_WEIGHT * still + CORRECTION_WEIGHT * error


def _weighted_power(decoder: FrontEnd, midi: Tensor, partials: Tensor, noise: Tensor) -> Tensor:
    harmonic = 0.5 * (partials**2 * decoder.partial_weights(midi)).sum(-1)
    return harmonic + (noise**2 * decoder.noise_weights).sum(-1)


def spectral_loss(heard: Heard, batch: Batch, decoder: FrontEnd, seed: int, workers: Workers = ALONE) -> Tensor:
    """The multi-scale distance between what the decoder sounds like and the recording."""
    config = decoder.config
    generator = torch.Generator("cpu").manual_seed(seed)
    sines, cosines, noise = heard.at_every_frame()
    f0 = batch.f0_hz[:, batch.lead :]
    sound = training_harmonics(f0, sines, batch.start_cycles, config.sample_rate, config.hop, cosines)
    sound = sound + training_noise(noise, config.hop, generator, workers)
    if decoder.room is not None:
        sound = decoder.room.placed(sound)
    return spectral_distance(sound, batch.audio).mean()


def train(
    config: DecoderConfig,
    settings: Settings,
    clips: list[Clip],
    checkpoint: Path,
    resume: bool,
    say: Callable[[str], None],
    instruments: list[int] | None = None,
    workers: Workers = ALONE,
) -> Run:
    """Trains to the end of the settings and returns the run; `run.mean` holds the weights to export.

    `instruments` are the indices of the clips' instruments, for a decoder of several. Each of several `workers` calls
    this; the first speaks and writes.
    """
    run = Run(config, settings, workers)
    if resume and checkpoint.is_file():
        run.load(checkpoint)
        say(f"Resumed at {run.progress.stage} step {run.progress.step}, {run.progress.seconds / 60:.1f} min in.")
    sampler = Sampler(clips, config, settings.seed, instruments, workers)
    table = LossTable(loss_table(checkpoint) if workers.first else None)
    table.restart(run.progress.stage, run.progress.step)
    reporter = Reporter(say, table, terminal())
    # What is made without saying where is made where the training is.
    with workers.device:
        if run.progress.stage == "regression":
            _regression_stage(run, sampler, reporter, checkpoint)
            run.progress.stage, run.progress.step = "spectral", 0
            run.restart_mean()
            run.save(checkpoint)
            reporter.next_stage()
        _spectral_stage(run, sampler, reporter, checkpoint)
    run.save(checkpoint)
    return run


def _regression_stage(run: Run, sampler: Sampler, reporter: Reporter, checkpoint: Path) -> None:
    settings, progress, ear = run.settings, run.progress, ear_of(run.decoder)
    started = progress.step
    began = time.monotonic()
    while not _regression_is_over(run):
        tick = time.monotonic()
        batch = sampler.crops("regression", progress.step, settings.regression_batch, settings.crop_seconds)
        random = sampler.random("frames", progress.step)
        frames = ear.crop_frames(batch.lead, batch.midi.shape[1], random)
        latent = run.decoder.latent_of(batch.instrument, sampler.random("places", progress.step))
        heard = ear.hear(batch.midi, batch.loudness_db, frames, latent)
        loss = regression_loss(heard, batch, run.decoder)
        fraction = progress.step / settings.regression_steps
        _descend(run, loss + _held_notes(run, sampler, progress.step), settings.learning_rate * (2.0 - fraction))
        progress.step += 1
        progress.seconds += time.monotonic() - tick
        run.save_when_due(checkpoint)
        pace = (time.monotonic() - began) / (progress.step - started)
        left = pace * (settings.regression_steps - progress.step)
        if settings.hours is not None:
            left = _seconds_left(run, 0.0)
        reporter.note(
            "regression", progress.step, progress.step / settings.regression_steps, left, float(over_all(loss.detach()))
        )


def _regression_is_over(run: Run) -> bool:
    """After its steps, or where hours were given its share of them."""
    settings, progress = run.settings, run.progress
    if progress.step >= settings.regression_steps:
        return True
    if settings.hours is None:
        return False
    return run.workers.agreed(progress.seconds / (3600.0 * settings.hours)) >= LARGEST_REGRESSION_SHARE


def _spectral_stage(run: Run, sampler: Sampler, reporter: Reporter, checkpoint: Path) -> None:
    settings, progress, ear = run.settings, run.progress, ear_of(run.decoder)
    fraction = _fraction(run)
    while fraction < 1.0:
        tick = time.monotonic()
        step = progress.step
        batch = sampler.crops("spectral", step, settings.batch, settings.crop_seconds)
        frames = ear.every_frame(batch.lead, batch.midi.shape[1])
        latent = run.decoder.latent_of(batch.instrument, sampler.random("places", 1_000_000 + step))
        heard = ear.hear(batch.midi, batch.loudness_db, frames, latent)
        loss = spectral_loss(heard, batch, run.decoder, settings.seed * 7919 + step, run.workers)
        beside = CONTROL_WEIGHT * regression_loss(heard, batch, run.decoder)
        rate = settings.learning_rate * (settings.last_learning_rate / settings.learning_rate) ** fraction
        _descend(run, loss + beside + _held_notes(run, sampler, 1_000_000 + step), rate)
        run.update_mean()
        progress.step += 1
        spent = time.monotonic() - tick
        progress.seconds += spent
        progress.spectral_seconds += spent
        run.save_when_due(checkpoint)
        fraction = _fraction(run)
        left = _seconds_left(run, fraction)
        reporter.note("spectral", progress.step, fraction, left, float(over_all(loss.detach())))


def _held_notes(run: Run, sampler: Sampler, step: int) -> Tensor:
    """The held-note loss, doubled on the steps that have it; it costs as much time as half a spectral step."""
    if step % HELD_NOTES_EVERY:
        return torch.zeros(())
    notes = sampler.held_notes(step, run.settings.held_notes, run.settings.held_seconds)
    random = sampler.random("held frames", step)
    latent = run.decoder.latent_between(sampler.held_instruments(step, run.settings.held_notes), random)
    return HELD_NOTES_EVERY * held_note_loss(ear_of(run.decoder), *notes, latent, random)


def _fraction(run: Run) -> float:
    """How much of the spectral stage is done, by the clock where hours were given, else by steps."""
    if run.settings.hours is not None:
        return run.workers.agreed(min(run.progress.seconds / (3600.0 * run.settings.hours), 1.0))
    if not run.settings.steps:
        return 1.0
    return min(run.progress.step / run.settings.steps, 1.0)


def _seconds_left(run: Run, fraction: float) -> float:
    if run.settings.hours is not None:
        return 3600.0 * run.settings.hours - run.progress.seconds
    return run.progress.spectral_seconds * (1.0 / max(fraction, 1e-6) - 1.0)


def _descend(run: Run, loss: Tensor, rate: float) -> None:
    for group in run.optimizer.param_groups:
        group["lr"] = rate
    run.optimizer.zero_grad(set_to_none=True)
    loss.backward()
    run.workers.average_gradients(run.decoder.parameters())
    # A batch of nothing but silence can give no finite direction: it is left out rather than let it ruin the run.
    norm = torch.nn.utils.clip_grad_norm_(run.decoder.parameters(), GRADIENT_LIMIT)
    if torch.isfinite(norm):
        run.optimizer.step()
