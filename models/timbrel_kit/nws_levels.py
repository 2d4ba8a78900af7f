"""What a published checkpoint leaves unsaid: levels in dB, the pitches it knows, and how far its shapers are driven.

Runs when a checkpoint is imported: plays the network in NumPy and measures.
Promises levels that rise with the loudness asked for, and a range that play stays in; proved by `test_import_nws.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from timbrel_kit import newt_render
from timbrel_kit.features import Floats, hz_to_midi
from timbrel_kit.newt_constants import NewtConstants
from timbrel_kit.newt_tables import TabledConstants
from timbrel_kit.nws_weights import NwsWeights

# The statistics are of 4 s segments, and their deviation is that within a segment: the music as a whole spans more.
PITCH_DEVIATIONS = 3.0
LOWEST_HZ, HIGHEST_HZ = 20.0, 8000.0
# Loudness in deviations: at the second levels of the published instruments still rise with it, ...
LOWEST_LOUDNESS, SOFT_LOUDNESS = -2.5, -1.5
# ... and from the first of these on they hardly do.
LOUD_LOUDNESS, HIGHEST_LOUDNESS = 1.5, 2.5
LOUD_DB = -18.0
LEAST_SLOPE_DB, MOST_SLOPE_DB = 2.0, 15.0
# Of the notes played to measure levels: a held constant is not what these networks have heard.
VIBRATO_HZ, VIBRATO_CENTS, SWELL_DEVIATIONS = 5.5, 25.0, 0.15
NOTE_SECONDS, SETTLE_SECONDS = 1.3, 0.4
PITCHES, LEVELS = 5, 9
RANGE_MARGIN = 0.5
RANGE_ROWS, RANGE_FRAMES, CYCLE_POINTS = 32, 250, 512
SILENT_POWER = 1e-12


@dataclass(frozen=True)
class Statistics:
    """Mean and standard deviation of f0 in Hz and of the published loudness (0 to 1)."""

    f0_mean: float
    f0_deviation: float
    loudness_mean: float
    loudness_deviation: float

    def pitch_range(self) -> tuple[float, float]:
        """MIDI pitches, whole, that the segments' mean pitch and its spread suggest."""
        spread = PITCH_DEVIATIONS * self.f0_deviation
        low, high = (min(max(self.f0_mean + side * spread, LOWEST_HZ), HIGHEST_HZ) for side in (-1.0, 1.0))
        lowest = float(np.clip(np.ceil(hz_to_midi(low) - 1e-6), 0.0, 126.0))
        highest = float(np.clip(np.floor(hz_to_midi(high) + 1e-6), 0.0, 127.0))
        return lowest, max(highest, lowest + 1.0)

    def feature(self, f0_hz: Floats) -> Floats:
        """z-scored f0."""
        return (np.asarray(f0_hz) - self.f0_mean) / self.f0_deviation


@dataclass(frozen=True)
class LevelLine:
    """dBFS = LOUD_DB + slope (z - LOUD_LOUDNESS), z being loudness in deviations; gain is what brings it there.

    `measured` are the pairs (z, dBFS after the gain) that the line was fitted to, each the median over pitches.
    """

    slope_db: float
    gain: float
    measured: list[tuple[float, float]]

    def db(self, z: float) -> float:
        return LOUD_DB + self.slope_db * (z - LOUD_LOUDNESS)

    @property
    def scale(self) -> float:
        """The network's loudness input is dB times this plus `offset`."""
        return 1.0 / self.slope_db

    @property
    def offset(self) -> float:
        return LOUD_LOUDNESS - LOUD_DB / self.slope_db

    @property
    def worst_db(self) -> float:
        """Largest distance of a measured pair from the line."""
        return max(abs(level - self.db(z)) for z, level in self.measured)


def measured_line(
    weights: NwsWeights,
    constants: NewtConstants,
    statistics: Statistics,
    top_hz: float,
    direct: Floats,
    sample_rate: float,
    hop: int,
) -> LevelLine:
    """Plays notes with a little vibrato over pitch and loudness and fits level to loudness.

    The noise network of `weights` must give gains already; `direct` is the part of the impulse response that always
    sounds. The line is a least-squares fit from the softest to the loudest velocity, its slope kept within limits.
    """
    low, high = statistics.pitch_range()
    centres = 440.0 * 2.0 ** ((np.linspace(low, high, PITCHES) - 69.0) / 12.0)
    loudness = np.linspace(SOFT_LOUDNESS, LOUD_LOUDNESS, LEVELS)
    frames = int(NOTE_SECONDS * sample_rate / hop)
    settle = int(SETTLE_SECONDS * sample_rate / hop) * hop
    turn = 2.0 * np.pi * VIBRATO_HZ * np.arange(frames) * hop / sample_rate
    tracks = centres[:, None] * 2.0 ** (VIBRATO_CENTS / 1200.0 * np.sin(turn))
    swell = SWELL_DEVIATIONS * np.sin(turn + 1.0)
    control = np.empty((PITCHES, len(loudness), frames, 2))
    control[..., 0] = statistics.feature(tracks)[:, None]
    control[..., 1] = loudness[None, :, None] + swell
    film, noise = weights.controls(control.reshape(-1, frames, 2))
    tabled = TabledConstants.of(constants)
    levels = np.empty(len(film))
    for row in range(len(film)):
        f0 = tracks[row // len(loudness)]
        sound = newt_render.sound(tabled, top_hz, f0, film[row], noise[row], sample_rate, hop)
        levels[row] = 10.0 * np.log10(np.mean(newt_render.placed(sound, direct)[settle:] ** 2) + SILENT_POWER)
    medians = np.median(levels.reshape(PITCHES, -1), axis=0)
    slope, at_zero = np.polyfit(loudness, medians, 1)
    slope = float(np.clip(slope, LEAST_SLOPE_DB, MOST_SLOPE_DB))
    # Through the middle of what was measured, also where the slope was not believed.
    at_zero = float(np.mean(medians) - slope * np.mean(loudness))
    gain_db = LOUD_DB - (at_zero + slope * LOUD_LOUDNESS)
    pairs = [(float(z), float(level + gain_db)) for z, level in zip(loudness, medians, strict=True)]
    return LevelLine(slope, 10.0 ** (gain_db / 20.0), pairs)


def measured_range(
    weights: NwsWeights,
    exciter_phases: Floats,
    statistics: Statistics,
    top_hz: float,
    seed: int,
) -> NDArray[np.float32]:
    """Lowest and highest index [S, 2] of each shaper in notes, glides, jumps and swells, plus RANGE_MARGIN a side."""
    random = np.random.default_rng(seed)
    pitch_low, pitch_high = statistics.pitch_range()
    midi = _performances(random, pitch_low, pitch_high)
    loudness = _performances(random, LOWEST_LOUDNESS, HIGHEST_LOUDNESS)
    # Held notes on a grid of pitch and loudness in the first rows.
    held = np.stack(np.meshgrid(np.linspace(0, 1, 4), np.linspace(0, 1, 4)), -1).reshape(-1, 2)
    midi[: len(held)] = (pitch_low + (pitch_high - pitch_low) * held[:, :1]).repeat(RANGE_FRAMES, axis=1)
    span = HIGHEST_LOUDNESS - LOWEST_LOUDNESS
    loudness[: len(held), RANGE_FRAMES // 5 : 4 * RANGE_FRAMES // 5] = LOWEST_LOUDNESS + span * held[:, 1:]
    f0 = 440.0 * 2.0 ** ((midi - 69.0) / 12.0)
    film = weights.controls(np.stack([statistics.feature(f0), loudness], axis=-1))[0].reshape(-1, 4, weights.shapers)
    harmonics = weights.exciter.weight.shape[1]
    sounding = np.clip(np.ceil(top_hz / f0.ravel()) - 1, 0, harmonics).astype(int)
    number = np.arange(1, harmonics + 1)[:, None]
    cycle = np.sin(2.0 * np.pi * number * np.arange(CYCLE_POINTS) / CYCLE_POINTS + exciter_phases[:, None])
    low, high = np.full(weights.shapers, np.inf), np.full(weights.shapers, -np.inf)
    for count in np.unique(sounding):
        channels = weights.exciter.weight[:, :count] @ cycle[:count] + weights.exciter.bias[:, None]
        rows = film[sounding == count]
        for end in (channels.min(1), channels.max(1)):
            index = rows[:, 0] * end + rows[:, 1]
            low, high = np.minimum(low, index.min(0)), np.maximum(high, index.max(0))
    margin = RANGE_MARGIN * (high - low) + 1e-3
    return np.stack([low - margin, high + margin], axis=1).astype(np.float32)


def _performances(random: np.random.Generator, low: float, high: float) -> NDArray[np.float64]:
    """RANGE_ROWS tracks over `low` to `high`: half of them jump, half glide."""
    knots = 10
    values = random.uniform(low, high, (RANGE_ROWS, knots))
    at = np.arange(RANGE_FRAMES)
    jumps = values[::2, np.minimum(at * knots // RANGE_FRAMES, knots - 1)]
    glides = np.stack([np.interp(at, np.linspace(0, RANGE_FRAMES - 1, knots), row) for row in values[1::2]])
    return random.permutation(np.concatenate([jumps, glides]))
