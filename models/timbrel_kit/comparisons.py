"""Recorded and played side by side: short sounds and their spectrograms, for an instrument's card.

Runs after training or evaluation; needs no PyTorch.
Promises recordings that training has not heard, wherever some were kept out; proved by `test_finish.py`.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import matplotlib.figure
import numpy as np
import soundfile
from numpy.typing import NDArray
from PIL import Image

from timbrel_kit.candidates import place_of
from timbrel_kit.dataset import Clip
from timbrel_kit.distance import MAGNITUDE_FLOOR, magnitudes
from timbrel_kit.features import hz_to_midi
from timbrel_kit.named_pitch import note_name
from timbrel_kit.played import rendered
from timbrel_kit.progress import losses
from timbrel_kit.runtime import Model
from timbrel_kit.training_record import TrainingRecord

FOLDER = "comparisons"
NOTES = 3
LONGEST_SECONDS = 2.5
GAP_SECONDS = 0.4
PEAK = 0.7
# 0 to 1: libsndfile's scale, from the best Vorbis quality to the least.
COMPRESSION = 0.6
FFT_SIZE = 2048
HIGHEST_HZ = 12000.0
RANGE_DB = 80.0
COLOURS = 48
# Written in one go, libsndfile's Vorbis encoder can overflow its stack.
CHUNK = 16384


@dataclass(frozen=True)
class Comparison:
    """One recording and the model's sound at its pitch and loudness, both [N] at the model's rate.

    `instrument` is named where the model is of several.
    """

    clip: Clip
    instrument: str
    heard_in_training: bool
    recorded: NDArray[np.float32]
    played: NDArray[np.float32]

    def title(self) -> str:
        """A line for the card."""
        known = "heard in training" if self.heard_in_training else "kept out of training"
        return ", ".join(part for part in (self.instrument, note_name(self.clip.midi), known) if part)


def chosen(clips: list[Clip], record: TrainingRecord) -> list[Clip]:
    """Up to NOTES recordings from low to high: kept out ones where there are some, whole kept out pitches first."""
    held = [clip for clip in clips if clip.name in set(record.held_out)]
    whole = [clip for clip in held if clip.midi in set(record.held_out_pitches)]
    picked: list[Clip] = []
    for group in (whole, held, clips if not held else []):
        for clip in sorted(group, key=lambda clip: (-_level(clip), clip.name)):
            if len(picked) < NOTES and clip.midi not in {known.midi for known in picked}:
                picked.append(clip)
    return sorted(picked, key=lambda clip: clip.midi)


def _level(clip: Clip) -> float:
    return round(float(np.percentile(clip.loudness_db, 90)), 1)


# Of a model of several instruments: the instrument of a recording, by the recording's name.
Owners = dict[str, str]


def compared(model: Model, clips: list[Clip], record: TrainingRecord, owners: Owners) -> list[Comparison]:
    """Plays the chosen recordings' pitch and loudness on the model, frame by frame, each at its instrument's place."""
    rate = model.metadata["sample_rate"]
    result = []
    for clip in chosen(clips, record):
        frames = min(clip.frames, int(LONGEST_SECONDS * rate / model.metadata["hop"]))
        f0, level = clip.f0_hz[:frames], clip.loudness_db[:frames]
        instrument = owners.get(clip.name, "")
        place = place_of(model, instrument)
        latent = None if place is None else np.tile(np.array(place, dtype=np.float32), (frames, 1))
        played = rendered(model, f0, model.run_as_plugin(hz_to_midi(f0), level, latent))
        count = min(len(played), len(clip.audio))
        heard = clip.name not in set(record.held_out)
        result.append(
            Comparison(clip, instrument.replace("_", " "), heard, clip.audio[:count].astype(np.float32), played[:count])
        )
    return result


def write_comparisons(
    model: Model, clips: list[Clip], record: TrainingRecord, loss_table: Path | None, owners: Owners | None = None
) -> list[str]:
    """Writes sounds and pictures into FOLDER beside the model; returns the card's lines about them."""
    folder = model.path.parent / FOLDER
    folder.mkdir(exist_ok=True)
    for stale in folder.glob(f"{model.path.stem}-[0-9]*.*"):
        stale.unlink()
    rate = model.metadata["sample_rate"]
    lines = []
    for comparison in compared(model, clips, record, owners or {}):
        stem = f"{model.path.stem}-{comparison.clip.midi}"
        write_sound(folder / f"{stem}.ogg", comparison, rate)
        _write_png(folder / f"{stem}.png", _spectrograms(comparison, rate))
        lines += [
            f"{comparison.title()}: recorded, then played ([sound]({FOLDER}/{stem}.ogg)).",
            "",
            f"![Spectrograms of {note_name(comparison.clip.midi)}]({FOLDER}/{stem}.png)",
            "",
        ]
    rows = losses(loss_table) if loss_table is not None else []
    if rows:
        name = f"{model.path.stem}-loss.png"
        _write_png(folder / name, _loss_curves(rows))
        lines += [f"![Loss by step]({FOLDER}/{name})", ""]
    return lines


def write_sound(path: Path, comparison: Comparison, rate: int) -> None:
    """The recording, a gap, the model: as loud as each other as they are, at a common gain."""
    gap = np.zeros(int(GAP_SECONDS * rate), dtype=np.float32)
    both = np.concatenate([comparison.recorded, gap, comparison.played])
    both = both * np.float32(PEAK / max(float(np.max(np.abs(both))), 1e-6))
    with soundfile.SoundFile(path, "w", rate, 1, format="OGG", subtype="VORBIS", compression_level=COMPRESSION) as file:
        for start in range(0, len(both), CHUNK):
            file.write(both[start : start + CHUNK])


def _spectrograms(comparison: Comparison, rate: int) -> matplotlib.figure.Figure:
    figure = matplotlib.figure.Figure(figsize=(8.0, 3.0), dpi=90, layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    loudest = float(20.0 * np.log10(np.max(magnitudes(comparison.recorded, FFT_SIZE)) + MAGNITUDE_FLOOR))
    for panel, sound, name in zip(panels, (comparison.recorded, comparison.played), ("recorded", "model"), strict=True):
        spectrum = 20.0 * np.log10(magnitudes(sound, FFT_SIZE).T + MAGNITUDE_FLOOR)
        top = min(HIGHEST_HZ, 0.5 * rate)
        shown = spectrum[: int(top / rate * FFT_SIZE)]
        panel.imshow(
            shown,
            origin="lower",
            aspect="auto",
            cmap="magma",
            vmin=loudest - RANGE_DB,
            vmax=loudest,
            extent=(0.0, len(sound) / rate, 0.0, top / 1000.0),
        )
        panel.set_title(f"{note_name(comparison.clip.midi)} {name}", fontsize=9)
        panel.set_xlabel("s", fontsize=8)
        panel.tick_params(labelsize=8)
    panels[0].set_ylabel("kHz", fontsize=8)
    return figure


def _loss_curves(rows: list[tuple[str, int, float]]) -> matplotlib.figure.Figure:
    figure = matplotlib.figure.Figure(figsize=(8.0, 2.4), dpi=90, layout="constrained")
    stages = [stage for stage in ("regression", "spectral") if any(row[0] == stage for row in rows)]
    for panel, stage in zip(np.atleast_1d(figure.subplots(1, len(stages))), stages, strict=True):
        panel.plot([row[1] for row in rows if row[0] == stage], [row[2] for row in rows if row[0] == stage], lw=0.8)
        panel.set_title(f"{stage} loss", fontsize=9)
        panel.set_xlabel("step", fontsize=8)
        panel.tick_params(labelsize=8)
    return figure


def _write_png(path: Path, figure: matplotlib.figure.Figure) -> None:
    """Few colours: a third of the size, and nothing that the eye would miss."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png")
    drawn.seek(0)
    Image.open(drawn).convert("RGB").quantize(COLOURS).save(path, optimize=True)
