"""Judges a model of several instruments: each at its own place in the latent space, on recordings kept out.

Runs on the command line and for the card; needs no PyTorch.
Promises the rule of one instrument for what was held out of each; proved by `test_shared.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from timbrel_kit.candidates import grid_of, place_of, played
from timbrel_kit.dataset import SILENCE_SECONDS, Clip, Grid, held_out, prepare
from timbrel_kit.distance import spectral_distance
from timbrel_kit.errors import KitError
from timbrel_kit.mel import log_mel_distance
from timbrel_kit.named_pitch import note_name
from timbrel_kit.recordings import find_recordings
from timbrel_kit.runtime import Model
from timbrel_kit.training_record import TrainingRecord

# A sound to compare of one instrument in so many.
EXAMPLES_EVERY = 5


@dataclass(frozen=True)
class Judged:
    """One instrument: its place, its recorded range (MIDI), and the means over held-out recordings.

    `log_mel_db` is of recordings at pitches that training did not hear, and of the others: NaN where there are none.
    """

    name: str
    place: tuple[float, ...]
    low: int
    high: int
    files: int
    spectral: float
    log_mel_db: tuple[float, float]


@dataclass(frozen=True)
class SharedEvaluation:
    """All instruments of a model, and a held-out recording of some of them to compare."""

    instruments: list[Judged]
    examples: list[Clip]
    owners: dict[str, str]

    def about(self, file_name: str) -> str:
        """What the table holds, for a card."""
        return (
            f"Each instrument at its place, on its held-out recordings (`python -m timbrel_kit evaluate {file_name} "
            "--audio ROOT`), lower is better: multi-scale spectral distance over all of them, and log-mel distance on "
            "pitches that training has not heard and on those that it has. The range is what was recorded."
        )

    def lines(self) -> list[str]:
        """A table for the terminal."""
        lines = ["Each instrument at its place, on held-out recordings (lower is better):"]
        lines.append(f"  {'instrument':<16}{'files':>6}{'spectral':>10}{'mel unseen':>12}{'mel seen':>10}  place")
        for item in self.instruments:
            unseen, seen = item.log_mel_db
            place = " ".join(f"{value:+.2f}" for value in item.place)
            lines.append(f"  {item.name:<16}{item.files:>6}{item.spectral:>10.2f}{unseen:>12.2f}{seen:>10.2f}  {place}")
        return lines

    def markdown(self) -> list[str]:
        """The same for a card."""
        lines = [
            "| instrument | place | range | files | spectral | log-mel dB, unseen pitches | seen pitches |",
            "|---|---|---|---|---|---|---|",
        ]
        for item in self.instruments:
            place = ", ".join(f"{value:.2f}" for value in item.place)
            mel = " | ".join("" if np.isnan(value) else f"{value:.2f}" for value in item.log_mel_db)
            reach = f"{note_name(item.low)} to {note_name(item.high)}"
            name = item.name.replace("_", " ")
            lines.append(f"| {name} | {place} | {reach} | {item.files} | {item.spectral:.2f} | {mel} |")
        return lines


def evaluate_places(model: Model, root: Path, cache: Path | None, say: Callable[[str], None]) -> SharedEvaluation:
    """Evaluates every instrument of `model` on the recordings under `root`. Raises KitError without a manifest."""
    manifest = root / "manifest.csv"
    if not manifest.is_file():
        raise KitError(f"{manifest} is missing: only a manifest tells the instruments of {model.path.name} apart.")
    held = set(TrainingRecord.beside(model.path).held_out)
    grid = grid_of(model)
    found: list[Judged] = []
    examples: list[Clip] = []
    owners: dict[str, str] = {}
    for item in model.metadata["instruments"]:
        recordings = find_recordings(root, manifest, item["name"])
        clips = [clip for _, clip in prepare(recordings, grid, cache, lambda line: None)]
        found.append(_judged(model, item["name"], clips, held, grid))
        say(f"{item['name']}: {found[-1].files} held-out recordings.")
        if len(found) % EXAMPLES_EVERY == 1:
            known = {clip.midi for clip in examples}
            kept = [clip for clip in clips if clip.name in held]
            # Each at another pitch, where there is one: the comparisons are named by it.
            examples.append(next((clip for clip in kept if clip.midi not in known), kept[0]))
            owners[examples[-1].name] = item["name"]
    return SharedEvaluation(found, examples, owners)


def _judged(model: Model, name: str, clips: list[Clip], held: set[str], grid: Grid) -> Judged:
    place = place_of(model, name)
    whole, _ = held_out(clips)
    distances: list[float] = []
    mel: tuple[list[float], list[float]] = ([], [])
    pad = int(SILENCE_SECONDS * grid.sample_rate)
    for clip in (clip for clip in clips if clip.name in held):
        ours, theirs = played(model, clip, place)[pad:-pad], clip.audio[pad:-pad]
        distances.append(spectral_distance(ours, theirs))
        mel[clip.midi not in whole].append(log_mel_distance(ours, theirs, grid.sample_rate))
    if not distances:
        raise KitError(f"No recording of {name} was held out of training: nothing says how well it does on others.")
    low, high = min(clip.midi for clip in clips), max(clip.midi for clip in clips)
    means = (float(np.mean(mel[0])) if mel[0] else float("nan"), float(np.mean(mel[1])) if mel[1] else float("nan"))
    return Judged(name, tuple(place), low, high, len(distances), float(np.mean(distances)), means)
