"""Measures what a player notices first: held notes that hold, silence that is silent, louder that is louder.

Runs on an exported model through ONNX Runtime.
Promises the figures that the card quotes; proved by `test_evaluate.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from timbrel_kit.played import spectra
from timbrel_kit.runtime import Model

HELD_SECONDS = 20.0
# The attack of a note is not wander.
SETTLE_SECONDS = 0.5
PITCHES = 5
LEVELS = 3
MONOTONIC_LEVELS = 13
SECONDS_BETWEEN_CYCLES = 0.1


@dataclass(frozen=True)
class HeldNote:
    """One held note: dB of the total level over time (its spread), its level and its brightness."""

    midi: float
    loudness_db: float
    spread_db: float
    level_db: float
    centroid_hz: float


@dataclass(frozen=True)
class HeldReport:
    """Notes held for HELD_SECONDS, level steps, and the level that is left at silence."""

    notes: list[HeldNote]
    smallest_step_db: float
    silence_db: float

    @property
    def worst_spread_db(self) -> float:
        return max(note.spread_db for note in self.notes)

    def lines(self) -> list[str]:
        rows = [f"Held {HELD_SECONDS:g} s at constant (pitch, loudness), settled after {SETTLE_SECONDS:g} s:"]
        rows.append("  pitch  asked dB  level dB  spread dB  centroid Hz")
        for n in self.notes:
            rows.append(
                f"  {n.midi:5.1f}  {n.loudness_db:8.1f}  {n.level_db:8.1f}  {n.spread_db:9.3f}  {n.centroid_hz:11.0f}"
            )
        rows.append(f"  worst spread {self.worst_spread_db:.3f} dB (bound 1.5)")
        rows.append(f"  smallest level step for each loudness step {self.smallest_step_db:+.2f} dB (bound above 0)")
        rows.append(f"  level fed silence (-100 dB): {self.silence_db:.1f} dBFS, before the plugin's own gate")
        return rows


def measure_held_notes(model: Model) -> HeldReport:
    """Measures an exported model over its trained range."""
    meta = model.metadata
    seconds_a_frame = meta["hop"] / meta["sample_rate"]
    low, high = meta["pitch"]["low"], meta["pitch"]["high"]
    soft, loud = meta["loudness"]["soft_db"], meta["loudness"]["loud_db"]
    pitches = np.linspace(low, high, PITCHES)
    grid = [(midi, level) for midi in pitches for level in np.linspace(soft, loud, LEVELS)]
    frames = int(HELD_SECONDS / seconds_a_frame)
    settle = int(SETTLE_SECONDS / seconds_a_frame)
    midi = np.array([[g[0]] for g in grid]).repeat(frames, axis=1)
    level = np.array([[g[1]] for g in grid]).repeat(frames, axis=1)
    heard = spectra(model, midi, level, np.arange(settle, frames, _frames_between(model)))
    powers, centroids, weighted = heard.power(), heard.centroid_hz(), heard.power(meta["loudness"]["measure"])
    notes = []
    for row, (pitch, asked) in enumerate(grid):
        db = 10.0 * np.log10(powers[row] + 1e-20)
        heard = 10.0 * np.log10(np.mean(weighted[row]) + 1e-20)
        notes.append(HeldNote(pitch, asked, float(np.ptp(db)), float(heard), float(np.median(centroids[row]))))
    steps = _level_steps(model, pitches, np.linspace(soft, loud, MONOTONIC_LEVELS), settle)
    silence = np.full((PITCHES, settle), -100.0)
    quiet = spectra(model, pitches[:, None].repeat(settle, axis=1), silence, np.array([settle - 1])).power()
    return HeldReport(notes, float(steps.min()), float(10.0 * np.log10(quiet.max() + 1e-20)))


def _frames_between(model: Model) -> int:
    """A cycle of waveshapers is dear: a NEWT is heard ten times a second, a sine bank at every frame."""
    if model.family == "newt":
        return max(round(SECONDS_BETWEEN_CYCLES * model.metadata["sample_rate"] / model.metadata["hop"]), 1)
    return 1


def _level_steps(model: Model, pitches: np.ndarray, levels: np.ndarray, settle: int) -> np.ndarray:
    midi = np.repeat(pitches, len(levels))[:, None].repeat(settle, axis=1)
    asked = np.tile(levels, len(pitches))[:, None].repeat(settle, axis=1)
    measure = model.metadata["loudness"]["measure"]
    power = spectra(model, midi, asked, np.array([settle - 1])).power(measure).reshape(len(pitches), len(levels))
    return np.diff(10.0 * np.log10(power + 1e-20), axis=1)
