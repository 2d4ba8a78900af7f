"""Judges a model on recordings that it has not heard, beside baselines.

Runs on the command line and for the card; needs no PyTorch.
Promises that no held-out recording was in training (its list travels with the model); proved by `test_evaluate.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from timbrel_kit.candidates import Baselines, grid_of, played
from timbrel_kit.dataset import SILENCE_SECONDS, Clip, Grid
from timbrel_kit.distance import spectral_distance
from timbrel_kit.errors import KitError
from timbrel_kit.material import gather
from timbrel_kit.recordings import find_recordings
from timbrel_kit.runtime import Model
from timbrel_kit.training_record import TrainingRecord

COLUMNS = ("model", "nearest note", "mean spectrum", "analysed")


@dataclass(frozen=True)
class Row:
    """Distances of one held-out recording, in the order of COLUMNS."""

    name: str
    midi: int
    unseen_pitch: bool
    distances: tuple[float, ...]


@dataclass(frozen=True)
class Evaluation:
    """Distances of all held-out recordings."""

    rows: list[Row]

    def about(self, file_name: str) -> str:
        """What the table holds, for a card."""
        return (
            "Multi-scale spectral distance to held-out recordings, lower is better "
            f"(`python -m timbrel_kit evaluate {file_name} --audio ROOT`). Baselines: the nearest training note "
            "resampled to the pitch, level matched; one mean spectrum at the right f0 and loudness. `analysed` "
            "resynthesises controls read off the recording itself, about the floor."
        )

    def mean(self, rows: list[Row] | None = None) -> tuple[float, ...]:
        chosen = self.rows if rows is None else rows
        return tuple(float(value) for value in np.mean([row.distances for row in chosen], axis=0))

    def groups(self) -> list[tuple[str, tuple[float, ...], int]]:
        """Label, mean distances and count: each pitch, then what was seen and unseen, then all."""
        result = []
        for midi in sorted({row.midi for row in self.rows}):
            rows = [row for row in self.rows if row.midi == midi]
            label = f"{midi} (unseen pitch)" if rows[0].unseen_pitch else str(midi)
            result.append((label, self.mean(rows), len(rows)))
        for label, unseen in (("unseen pitches", True), ("seen pitches", False)):
            rows = [row for row in self.rows if row.unseen_pitch == unseen]
            if rows:
                result.append((label, self.mean(rows), len(rows)))
        result.append(("all", self.mean(), len(self.rows)))
        return result

    def lines(self) -> list[str]:
        """A table for the terminal."""
        head = "".join(f"{column:>15}" for column in COLUMNS)
        lines = ["Multi-scale spectral distance on held-out recordings (lower is better):"]
        lines.append(f"  {'pitch':<20}{'files':>6}{head}")
        for label, distances, count in self.groups():
            lines.append(f"  {label:<20}{count:>6}" + "".join(f"{value:>15.3f}" for value in distances))
        lines.append("  'analysed' resynthesises controls read off the recording itself: about the floor.")
        return lines

    def markdown(self) -> list[str]:
        """The same table for a card."""
        lines = ["| pitch (MIDI) | files | " + " | ".join(COLUMNS) + " |", "|---|---|" + "---|" * len(COLUMNS)]
        for label, distances, count in self.groups():
            lines.append(f"| {label} | {count} | " + " | ".join(f"{value:.2f}" for value in distances) + " |")
        return lines


def evaluate(
    model: Model, root: Path, instrument: str | None, cache: Path | None, say: Callable[[str], None]
) -> Evaluation:
    """Evaluates on the recordings under `root` that the model's training record lists as held out."""
    return judged(model, clips_of(model, root, instrument, cache, say), TrainingRecord.beside(model.path))


def clips_of(
    model: Model, root: Path, instrument: str | None, cache: Path | None, say: Callable[[str], None]
) -> list[Clip]:
    """The recordings under `root` that a model was made from, kept out ones included."""
    record = TrainingRecord.beside(model.path)
    manifest = root / "manifest.csv"
    recordings = find_recordings(root, manifest if manifest.is_file() else None, instrument or record.instrument)
    # What training left out is no baseline's either; what it kept is kept.
    recordings = [recording for recording in recordings if recording.name not in set(record.left_out)]
    return [clip for _, clip in gather(recordings, grid_of(model), cache, say, keep_doubtful=True)]


def judged(model: Model, clips: list[Clip], record: TrainingRecord) -> Evaluation:
    """Evaluates on those of `clips` that the training record lists as held out; the others are the baselines'."""
    grid = grid_of(model)
    held = [clip for clip in clips if clip.name in set(record.held_out)]
    training = [clip for clip in clips if clip.name not in set(record.held_out)]
    if not held or not training:
        raise KitError(f"The recordings that {record.path} lists as held out are not among those given.")
    return _judged(model, held, training, grid, set(record.held_out_pitches))


def _judged(model: Model, held: list[Clip], training: list[Clip], grid: Grid, unseen: set[int]) -> Evaluation:
    baselines = Baselines(training, grid)
    rows = []
    for clip in held:
        candidates = (
            played(model, clip),
            baselines.sampler(clip),
            baselines.fixed_spectrum(clip),
            baselines.floor(clip),
        )
        inside = slice(int(SILENCE_SECONDS * grid.sample_rate), -int(SILENCE_SECONDS * grid.sample_rate))
        distances = tuple(spectral_distance(audio[inside], clip.audio[inside]) for audio in candidates)
        rows.append(Row(clip.name, clip.midi, clip.midi in unseen, distances))
    return Evaluation(rows)
