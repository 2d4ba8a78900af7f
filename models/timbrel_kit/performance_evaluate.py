"""How close a learned performance comes to players it has not heard, beside plain envelopes and a mean contour.

NumPy and ONNX Runtime, on notes of recordings that were kept out of training.
Promises that every contour is judged over the same frames; proved by `test_performance.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from timbrel_kit.performance_data import Floats, Player
from timbrel_kit.performance_export import played
from timbrel_kit.performance_notes import ONSET_DB, Note

# From the note-on on; later a note only stands still.
ATTACK_SECONDS = 0.5
RELEASE_SECONDS = 0.4
LOWEST_DB = -40.0
# The engine's initial envelope (`perform/settings.rs`), and what a patient user might find instead.
INITIAL_ATTACK, INITIAL_RELEASE = 0.01, 0.15
ATTACKS = (0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3)
RELEASES = (0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.8, 1.2)
COLUMNS = ("learned", "mean contour", "fitted envelope", "initial envelope")


@dataclass(frozen=True)
class PerformanceEvaluation:
    """Mean absolute errors by COLUMNS: dB of attacks and releases, cents of attacks (envelopes have none: 0 cents)."""

    notes: int
    releases: int
    attack_db: tuple[float, ...]
    release_db: tuple[float, ...]
    cents: tuple[float, float, float]

    def lines(self) -> list[str]:
        rows = [f"Performance on {self.notes} held-out notes, {self.releases} with a release (mean absolute error):"]
        rows.append("  " + " " * 14 + "".join(f"{column:>18}" for column in COLUMNS))
        for label, values in (("attack, dB", self.attack_db), ("release, dB", self.release_db)):
            if np.any(np.isnan(values)):
                continue  # no held-out note has one
            rows.append(f"  {label:<14}" + "".join(f"{value:>18.2f}" for value in values))
        rows.append(f"  {'attack, cents':<14}" + "".join(f"{value:>18.2f}" for value in self.cents))
        return rows


def evaluate_performance(network: bytes, training: Player, held_out: Player) -> PerformanceEvaluation:
    """Judges a performance network on the notes of `held_out`; the baselines know those of `training`."""
    seconds = training.notes[0].seconds
    attack, fall = round(ATTACK_SECONDS / seconds), round(RELEASE_SECONDS / seconds)
    time = np.arange(max(attack, fall)) * seconds
    mean_attack, mean_cents, mean_fall = mean_contours(training, attack, fall)
    errors: dict[str, list[tuple[float, ...]]] = {"attack": [], "release": [], "cents": []}
    fitted_attack = min(ATTACKS, key=lambda a: _error_of(training, lambda note: rise_db(time, a), attack))
    fitted_release = min(RELEASES, key=lambda r: _fall_error(training, -60.0 * time / r, fall))
    for index, note in enumerate(held_out.notes):
        count = min(note.off, attack)
        answer = _answer(network, note, float(held_out.dynamics[index]), fall)
        envelopes = [rise_db(time, value)[:count] for value in (fitted_attack, INITIAL_ATTACK)]
        shapes = [answer["loudness_db"][:count], mean_attack[:count], *envelopes]
        errors["attack"].append(tuple(_apart(note.loudness_db[:count], shape, ONSET_DB) for shape in shapes))
        audible = (note.loudness_db[:count] > -20.0) & (np.abs(note.cents[:count]) < 80.0)
        if np.any(audible):
            cents = (answer["pitch_cents"][:count], mean_cents[:count], np.zeros(count))
            errors["cents"].append(tuple(float(np.mean(np.abs(note.cents[:count] - c)[audible])) for c in cents))
        if note.has_release:
            span = min(note.end - note.off, fall)
            recorded = _fall_of(note)[:span]
            learned = answer["loudness_db"][note.off : note.off + span] - answer["loudness_db"][note.off - 1]
            falls = [-60.0 * time[:span] / value for value in (fitted_release, INITIAL_RELEASE)]
            shapes = [learned, mean_fall[:span], *falls]
            errors["release"].append(tuple(_apart(recorded, shape, LOWEST_DB) for shape in shapes))
    return PerformanceEvaluation(
        len(held_out.notes),
        len(errors["release"]),
        tuple(np.mean(errors["attack"], axis=0)),
        tuple(np.mean(errors["release"], axis=0)) if errors["release"] else (float("nan"),) * len(COLUMNS),
        tuple(np.mean(errors["cents"], axis=0)) if errors["cents"] else (float("nan"),) * 3,
    )


def rise_db(time: Floats, attack: float) -> Floats:
    """The engine's attack in dB: it rises like a capacitor and is there after `attack` seconds."""
    gain = 1.052396 * (1.0 - np.exp(-3.0 * (time + 1e-3) / attack))
    return 20.0 * np.log10(np.clip(gain, 1e-3, 1.0))


def mean_contours(player: Player, attack: int, fall: int) -> tuple[Floats, Floats, Floats]:
    """Means over notes, frame by frame: loudness and cents of the attack, and the fall of the release."""

    def mean(rows: list[Floats], frames: int) -> Floats:
        table = np.full((max(len(rows), 1), frames), np.nan)
        for row, values in enumerate(rows):
            table[row, : min(len(values), frames)] = values[:frames]
        known = np.where(np.isnan(table), 0.0, 1.0)
        sums = np.nansum(table, axis=0) / np.maximum(known.sum(axis=0), 1.0)
        # Where no note reaches, the last mean goes on.
        last = np.maximum.accumulate(np.where(known.sum(axis=0) > 0, np.arange(frames), 0))
        return sums[last]

    notes = player.notes
    return (
        mean([note.loudness_db[: note.off] for note in notes], attack),
        mean([np.where(note.loudness_db > -20.0, note.cents, np.nan)[: note.off] for note in notes], attack),
        mean([_fall_of(note) for note in notes if note.has_release], fall),
    )


def _answer(network: bytes, note: Note, dynamics: float, fall: int) -> dict[str, np.ndarray]:
    count = note.off + fall
    t = np.arange(count)
    requests = {
        "pitch": np.full(count, note.midi),
        "dynamics": np.full(count, dynamics),
        "since_on": t * note.seconds,
        "gate": (t < note.off).astype(np.float64),
        "since_off": np.maximum(t - note.off, 0) * note.seconds,
        "peak_position": np.zeros(count),
        "attack_noise": np.zeros(count),
    }
    answers = played(network, {name: value[None] for name, value in requests.items()}, t == 0)
    return {name: value[0] for name, value in answers.items()}


def _fall_of(note: Note) -> Floats:
    return note.loudness_db[note.off : note.end] - note.loudness_db[note.off]


def _apart(one: Floats, other: Floats, lowest: float) -> float:
    return float(np.mean(np.abs(np.maximum(one, lowest) - np.maximum(other, lowest))))


def _error_of(player: Player, shape_of, frames: int) -> float:
    return float(
        np.mean(
            [
                _apart(note.loudness_db[: min(note.off, frames)], shape_of(note)[: min(note.off, frames)], ONSET_DB)
                for note in player.notes
            ]
        )
    )


def _fall_error(player: Player, shape: Floats, frames: int) -> float:
    errors = [
        _apart(
            _fall_of(note)[:frames],
            shape[: min(note.end - note.off, frames)],
            LOWEST_DB,
        )
        for note in player.notes
        if note.has_release
    ]
    return float(np.mean(errors)) if errors else 0.0
