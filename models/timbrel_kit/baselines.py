"""What a model must beat: the nearest training note pitch-shifted, plainly or well, and one fixed mean spectrum.

Used by evaluation; needs no PyTorch.
Promises that each baseline gets the held-out note's own f0, level and length; proved by `test_evaluate.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from timbrel_kit.dataset import SILENCE_SECONDS, Clip, Grid
from timbrel_kit.features import Floats, a_weighting, loudness_db
from timbrel_kit.runtime import Controls

# Frames this far under a note's loudest are its attack, release and room.
SUSTAIN_DB = 12.0
# A sustained note is at least this long; nearest notes are sought among those of the same kind.
SUSTAINED_SECONDS = 2.0
SILENT_DB = -99.5
# What a sampler that follows loudness adds or takes away at most.
GAIN_LIMIT_DB = 40.0


def sustain_db(clip: Clip) -> float:
    """Median loudness of a note's body."""
    level = clip.loudness_db
    return float(np.median(level[level > np.max(level) - SUSTAIN_DB]))


def nearest_note(target: Clip, training: list[Clip], grid: Grid) -> Clip:
    """The training note nearest in pitch; among those of that pitch and length class, nearest in loudness."""

    def distance(clip: Clip) -> tuple[bool, float, float]:
        return (
            _is_sustained(clip, grid) != _is_sustained(target, grid),
            abs(clip.midi - target.midi),
            abs(sustain_db(clip) - sustain_db(target)),
        )

    return min(training, key=distance)


def _is_sustained(clip: Clip, grid: Grid) -> bool:
    return len(clip.audio) / grid.sample_rate - 2 * SILENCE_SECONDS >= SUSTAINED_SECONDS


def pitch_shifted(note: Clip, target: Clip, grid: Grid) -> NDArray[np.float32]:
    """`note` resampled to the target's median f0, cut or zero-padded to its length, at its mean power."""
    pad = int(SILENCE_SECONDS * grid.sample_rate) // grid.hop * grid.hop
    ratio = float(np.median(target.f0_hz) / np.median(note.f0_hz))
    body = note.audio[pad:-pad]
    shifted = signal.resample(body, max(round(len(body) / ratio), 1)).astype(np.float32)
    out = np.zeros(len(target.audio), dtype=np.float32)
    count = min(len(shifted), len(out) - 2 * pad)
    out[pad : pad + count] = shifted[:count]
    power = float(np.mean(out**2)) + 1e-20
    return out * np.float32(np.sqrt(np.mean(target.audio**2) / power))


def following(note: Clip, target: Clip, grid: Grid) -> NDArray[np.float32]:
    """`note` as a good sampler plays it: resampled to the target's median f0, its body looped where it is too short,
    and at the target's loudness in every frame (GAIN_LIMIT_DB at most)."""
    pad = int(SILENCE_SECONDS * grid.sample_rate) // grid.hop * grid.hop
    ratio = float(np.median(target.f0_hz) / np.median(note.f0_hz))
    body = note.audio[pad:-pad]
    shifted = signal.resample(body, max(round(len(body) / ratio), 1)).astype(np.float32)
    out = np.zeros(len(target.audio), dtype=np.float32)
    wanted = len(out) - 2 * pad
    out[pad : pad + wanted] = _looped(shifted, wanted)
    ours = loudness_db(out, grid.sample_rate, grid.hop, grid.measure)
    gain_db = np.clip(target.loudness_db - ours, -GAIN_LIMIT_DB, GAIN_LIMIT_DB)
    frames = np.arange(len(gain_db)) * grid.hop
    return (out * 10.0 ** (np.interp(np.arange(len(out)), frames, gain_db) / 20.0)).astype(np.float32)


def _looped(sound: NDArray[np.float32], wanted: int) -> NDArray[np.float32]:
    """`wanted` samples: its middle half is repeated, with a crossfade, between its beginning and its end."""
    if len(sound) >= wanted:
        return sound[:wanted]
    start, end = len(sound) // 4, 3 * len(sound) // 4
    loop = sound[start:end]
    fade = len(loop) // 4
    rise = np.sqrt(np.linspace(0.0, 1.0, fade, dtype=np.float32)) if fade else np.zeros(0, dtype=np.float32)
    made = sound[:end]
    while len(made) < wanted:
        # A loop ends where the next begins: the two are mixed at equal power.
        next_part = loop if len(made) + len(loop) < wanted else sound[start:]
        mixed = made[len(made) - fade :] * rise[::-1] + next_part[:fade] * rise
        made = np.concatenate([made[: len(made) - fade], mixed, next_part[fade:]])
    return made[:wanted]


@dataclass(frozen=True)
class MeanSpectrum:
    """Mean partial amplitudes [H] and noise gains [K] of the bodies of training notes, at a loudness of 0 dB.

    The mean is that of dB: a mean of amplitudes would be the spectrum of the few loudest partials.
    """

    partials: np.ndarray
    noise: np.ndarray
    grid: Grid

    @staticmethod
    def of(training: list[Clip], grid: Grid) -> MeanSpectrum:
        partial_sum, partial_count = np.zeros(grid.harmonics), np.zeros(grid.harmonics)
        noise_sum, noise_count = np.zeros(grid.noise_bands), 0
        numbers = np.arange(1, grid.harmonics + 1)
        for clip in training:
            chosen = clip.loudness_db > np.max(clip.loudness_db) - SUSTAIN_DB
            level = clip.loudness_db[chosen, None]
            inside = clip.f0_hz[chosen, None] * numbers < 0.5 * grid.sample_rate
            partial_sum += ((clip.harmonic_db[chosen] - level) * inside).sum(0)
            partial_count += inside.sum(0)
            noise_sum += (clip.noise_db[chosen] - level).sum(0)
            noise_count += len(level)
        partials = np.where(partial_count > 0, 10.0 ** (partial_sum / np.maximum(partial_count, 1) / 20.0), 0.0)
        return MeanSpectrum(partials, 10.0 ** (noise_sum / noise_count / 20.0), grid)

    def controls(self, f0_hz: Floats, loudness_db: Floats) -> Controls:
        """The spectrum at each frame's f0, scaled so that its weighted power is each frame's loudness."""
        grid = self.grid
        frequency = np.asarray(f0_hz)[:, None] * np.arange(1, grid.harmonics + 1)
        partials = self.partials * (frequency < 0.5 * grid.sample_rate)
        bands_hz = np.linspace(0.0, 0.5 * grid.sample_rate, grid.noise_bands)
        weighted = grid.measure == "a_weighted"
        partial_weight = a_weighting(frequency) ** 2 if weighted else 1.0
        noise_weight = a_weighting(bands_hz) ** 2 if weighted else np.ones(grid.noise_bands)
        power = 0.5 * (partials**2 * partial_weight).sum(1) + (self.noise**2 * noise_weight).sum() / grid.noise_bands
        wanted = np.where(loudness_db > SILENT_DB, 10.0 ** (np.asarray(loudness_db) / 20.0), 0.0)
        gain = (wanted / np.sqrt(power))[:, None]
        return controls_from(partials * gain, self.noise * gain)


def analysed(clip: Clip) -> Controls:
    """The controls read off the recording itself: the floor that any decoder of this kind can reach."""
    silent = (clip.loudness_db <= SILENT_DB)[:, None]
    partials = np.where(silent, 0.0, 10.0 ** (clip.harmonic_db.astype(np.float64) / 20.0))
    noise = np.where(silent, 0.0, 10.0 ** (clip.noise_db.astype(np.float64) / 20.0))
    return controls_from(partials, noise)


def controls_from(partials: Floats, noise: Floats) -> Controls:
    """Controls [T] from partial amplitudes [T, H] and noise gains [T, K]."""
    total = partials.sum(1)
    distribution = partials / np.maximum(total, 1e-20)[:, None]
    return Controls(total.astype(np.float32), distribution.astype(np.float32), noise.astype(np.float32))
