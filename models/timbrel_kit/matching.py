"""Brings instruments in line: equally loud at velocity 100, and brighter wherever they are played louder.

Measured on a finished model through ONNX Runtime, spectra of notes that stand still; needs no PyTorch.
Promises the loudness of ITU-R BS.1770 and spectra that brighten with dynamics at every semitone; proved by
`test_matching.py`.

A decoder learns what its recordings show, and some show middle dynamics that are brighter than loud ones. Each
semitone's centroids over dynamics become the nearest ones that rise (isotonic regression), and a table says the tilt
that takes the model there: 0 wherever the model is right already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from timbrel_kit.features import Floats
from timbrel_kit.played import Spectra, spectra
from timbrel_kit.runtime import Model

TARGET_LUFS = -20.0
# Velocity 100 on the engine's way from soft_db (velocity 1) to loud_db (127).
MATCHED_DYNAMICS = 99.0 / 126.0
# Close enough that a spectrum is not brightest between two of them (with 5 the cello was, at two of five keys).
DYNAMICS = 17
# What is measured as brightness, as in the packaged plugin's test: partials by amplitude, so many, up to here.
MOST_PARTIALS, TOP_HZ = 40, 16_000.0
# Power is kept over what is heard (`control/tilt.rs`).
HEARD_TO_HZ = 18_000.0
# Notes begin from rest and rise as players' do, soft ones more slowly (the cello's in 0.29 s, loud ones in 0.05 s):
# decoders that remember (cello, oboe) have two ways to settle on some notes, and the attack decides which.
REST_SECONDS, HELD_SECONDS = 0.5, 1.8
SLOWEST_RISE_SECONDS, FASTEST_RISE_SECONDS = 0.24, 0.024
# Least rise of the log centroid from soft_db to loud_db. Recordings of the instruments with true dynamics rise by
# 0.37 (cello), 0.53 (alto sax), 0.52 (double bass) and 1.18 (tuba) in the median over pitches, by 0.13 to 1.02 in the
# lower quartile.
LEAST_RISE = 0.15
# Near-sines (a soprano's top, a centroid of 1.06 partials) can rise by little: by this portion of their log centroid.
LEAST_PORTION = 0.5
MOST_TILT = 6.0
BISECTIONS = 30
LARGEST_GAIN_DB = 40.0


@dataclass(frozen=True)
class Matching:
    """Output gain, and tilts [pitches, dynamics] in dB/octave over the trained ranges."""

    gain_db: float
    tilt: NDArray[np.float64]
    # Before the gain.
    lufs: float

    def metadata(self) -> dict[str, Any]:
        """The object `matching` of `docs/model-format.md`."""
        rows = np.round(self.tilt, 2) + 0.0
        described: dict[str, Any] = {"gain_db": round(self.gain_db, 2)}
        if np.any(rows):
            described["tilt"] = {
                "pitches": rows.shape[0],
                "dynamics": rows.shape[1],
                "db_per_octave": rows.tolist(),
            }
        return described

    def line(self) -> str:
        """For the terminal."""
        used = np.abs(self.tilt) > 0.05
        return (
            f"Matching: {self.lufs:.1f} LUFS at velocity 100, gain {self.gain_db:+.1f} dB; tilted at "
            f"{100 * used.mean():.0f} % of (pitch, dynamics), by {np.max(np.abs(self.tilt)):.1f} dB/octave at most."
        )


def measured_matching(model: Model) -> Matching:
    """Gain and tilts of a model, from its own spectra."""
    meta = model.metadata
    low, high = meta["pitch"]["low"], meta["pitch"]["high"]
    soft, loud = meta["loudness"]["soft_db"], meta["loudness"]["loud_db"]
    pitches = np.linspace(low, high, min(max(round(high - low) + 1, 2), 128))
    dynamics = np.linspace(0.0, 1.0, DYNAMICS)
    heard = _still(model, pitches, soft + dynamics * (loud - soft))
    tilt = np.zeros((len(pitches), DYNAMICS))
    for row in range(len(pitches)):
        span = slice(row * DYNAMICS, (row + 1) * DYNAMICS)
        tilt[row] = rising_tilts(heard.partials[span, 0], heard.frequency_hz[span, 0], dynamics)
    matched = _still(model, pitches, np.array([soft + MATCHED_DYNAMICS * (loud - soft)]))
    at_velocity = [np.interp(MATCHED_DYNAMICS, dynamics, row) for row in tilt]
    lufs = float(np.mean([_lufs_of(matched, row, value) for row, value in enumerate(at_velocity)]))
    return Matching(float(np.clip(TARGET_LUFS - lufs, -LARGEST_GAIN_DB, LARGEST_GAIN_DB)), tilt, lufs)


def _still(model: Model, pitches: Floats, levels: Floats) -> Spectra:
    """Spectra of notes that stand still: a row for each level of each pitch."""
    meta = model.metadata["loudness"]
    rate = model.metadata["sample_rate"] / model.metadata["hop"]
    dynamics = (levels - meta["soft_db"]) / (meta["loud_db"] - meta["soft_db"])
    rise = SLOWEST_RISE_SECONDS * (FASTEST_RISE_SECONDS / SLOWEST_RISE_SECONDS) ** np.clip(dynamics, 0.0, 1.0)
    seconds = np.arange(round((REST_SECONDS + HELD_SECONDS) * rate)) / rate - REST_SECONDS
    share = np.tile(np.clip(seconds / rise[:, None], 0.0, 1.0), (len(pitches), 1))
    midi = np.repeat(pitches, len(levels))[:, None].repeat(len(seconds), axis=1)
    level = meta["low_db"] + (np.tile(levels, len(pitches))[:, None] - meta["low_db"]) * share
    return spectra(model, midi, level, np.array([len(seconds) - 1]))


def rising_tilts(partials: Floats, frequency_hz: Floats, dynamics: Floats) -> NDArray[np.float64]:
    """The tilt of each of one pitch's dynamics, partials [D, P], with which the log centroid rises by LEAST_RISE
    or more.
    """
    now = np.array([log_centroid(row, hz) for row, hz in zip(partials, frequency_hz, strict=True)])
    least = min(LEAST_RISE, LEAST_PORTION * float(np.mean(now))) * dynamics
    wanted = rising(now - least) + least
    return np.array(
        [
            0.0 if abs(goal - was) < 1e-4 else _tilt_to(goal, row, hz)
            for goal, was, row, hz in zip(wanted, now, partials, frequency_hz, strict=True)
        ]
    )


def rising(values: Floats) -> NDArray[np.float64]:
    """The nearest sequence that never falls, in the mean square (pool adjacent violators, Ayer et al. 1955)."""
    pools: list[list[float]] = []
    for value in values:
        pools.append([float(value), 1.0])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (one, n), (other, m) = pools[-2:]
            pools[-2:] = [[(one * n + other * m) / (n + m), n + m]]
    return np.concatenate([np.full(int(count), value) for value, count in pools])


def log_centroid(amplitudes: Floats, frequency_hz: Floats) -> float:
    """Natural logarithm of the amplitude-weighted mean number of partials."""
    number = np.arange(1, len(amplitudes) + 1)
    inside = (frequency_hz < TOP_HZ) & (number <= MOST_PARTIALS)
    inside[0] = True
    return float(np.log(np.sum(number[inside] * amplitudes[inside]) / (np.sum(amplitudes[inside]) + 1e-20)))


def tilted(amplitudes: Floats, frequency_hz: Floats, db_per_octave: float) -> NDArray[np.float64]:
    """Partials tilted over their fundamental at the same power, as `control/tilt.rs` does it."""
    bent = amplitudes * 10.0 ** (db_per_octave * np.log2(np.arange(1, len(amplitudes) + 1)) / 20.0)
    heard = frequency_hz < HEARD_TO_HZ
    return bent * np.sqrt((np.sum(amplitudes[heard] ** 2) + 1e-30) / (np.sum(bent[heard] ** 2) + 1e-30))


def _tilt_to(goal: float, amplitudes: Floats, frequency_hz: Floats) -> float:
    low, high = -MOST_TILT, MOST_TILT
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        if log_centroid(tilted(amplitudes, frequency_hz, middle), frequency_hz) < goal:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def k_weighting(hertz: Floats) -> NDArray[np.float64]:
    """Amplitude gain of the two filters of ITU-R BS.1770-4 (annex 1, tables 1 and 2, at 48 kHz) at some frequencies."""
    z = np.exp(-2j * np.pi * np.minimum(np.asarray(hertz, dtype=np.float64), 23_999.0) / 48_000.0)
    shelf = (1.53512485958697 - 2.69169618940638 * z + 1.19839281085285 * z**2) / (
        1.0 - 1.69065929318241 * z + 0.73248077421585 * z**2
    )
    high_pass = (1.0 - z) ** 2 / (1.0 - 1.99004745483398 * z + 0.99007225036621 * z**2)
    return np.abs(shelf * high_pass)


def _lufs_of(heard: Spectra, row: int, tilt: float) -> float:
    partials = tilted(heard.partials[row, 0], heard.frequency_hz[row, 0], tilt)
    share = np.full(len(heard.bands_hz), 1.0 / (len(heard.bands_hz) - 1))
    share[[0, -1]] *= 0.5
    power = 0.5 * np.sum((partials * k_weighting(heard.frequency_hz[row, 0])) ** 2)
    power += np.sum((heard.noise[row, 0] * k_weighting(heard.bands_hz)) ** 2 * share)
    return float(-0.691 + 10.0 * np.log10(power + 1e-20))
