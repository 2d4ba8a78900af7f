"""An instrument's card, CARD.md: where it comes from, what it can do, how well, and what it does badly.

Written from a model's metadata, its training record and measurements; remarks written by hand are kept.
Promises that every figure on it was measured on the model beside it; proved by `test_evaluate.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from timbrel_kit.evaluate import Evaluation
from timbrel_kit.features import midi_to_hz
from timbrel_kit.held import HeldReport
from timbrel_kit.named_pitch import note_name
from timbrel_kit.runtime import Model
from timbrel_kit.shared_evaluate import SharedEvaluation
from timbrel_kit.training_record import TrainingRecord

AnyEvaluation = Evaluation | SharedEvaluation
REMARKS = "## What it does badly"
COMPARED = "The model is told the pitch and loudness of each recording, frame by frame, and nothing else of it."
UNJUDGED = "No recording was kept out of training: nothing says how well it does on others."
NO_REMARKS = "Nobody has listened and written it down yet."


def write_card(model: Model, evaluation: AnyEvaluation | None, held: HeldReport, comparisons: list[str]) -> Path:
    """Writes CARD.md beside the model, keeping the remarks of a card that is already there.

    `evaluation` is None where no recording was kept out; `comparisons` are lines about sounds and pictures.
    """
    path = model.path.with_name("CARD.md")
    remarks = NO_REMARKS
    if path.is_file() and REMARKS in (text := path.read_text(encoding="utf-8")):
        remarks = text.split(REMARKS, 1)[1].strip()
    lines = [*_facts(model), *_training(model, TrainingRecord.beside(model.path)), *_figures(model, evaluation, held)]
    if comparisons:
        lines += ["## Compare", "", COMPARED, "", *comparisons]
    path.write_text("\n".join([*lines, REMARKS, "", remarks, ""]), encoding="utf-8")
    return path


def _facts(model: Model) -> list[str]:
    meta = model.metadata
    pitch, loudness = meta["pitch"], meta["loudness"]
    impulse = "no impulse response" if meta["impulse_response"] is None else "with an impulse response"
    measure = "A-weighted" if loudness["measure"] == "a_weighted" else "plain power"
    latent = [
        f"- {item['name']}: {item['low']:g} to {item['high']:g}, {item['default']:g} at rest."
        for item in meta["latent"]
    ]
    return [
        f"# {meta['name']}",
        "",
        f"- Recordings: {meta['trained_on']}.",
        f"- Licence of the model: {meta['licence']}. Trained by {meta['author']}.",
        f"- Pitch: {note_name(pitch['low'])} to {note_name(pitch['high'])} "
        f"(MIDI {pitch['low']:g} to {pitch['high']:g}).",
        f"- Loudness ({measure}): {loudness['low_db']:g} to {loudness['high_db']:g} dB; sustained notes from "
        f"{loudness['soft_db']:g} (velocity 1) to {loudness['loud_db']:g} dB (velocity 127).",
        f"- {meta['sample_rate']} Hz, hop {meta['hop']}, {_voice(meta)}, {meta['noise_bands']} noise bands, {impulse}.",
        *latent,
        "",
    ]


def _voice(meta: dict[str, Any]) -> str:
    """What sounds beside the noise."""
    lowest_hz = midi_to_hz(meta["pitch"]["low"])
    if meta["family"] == "newt":
        newt = meta["newt"]
        layers = newt["layers"]
        networks = "" if layers is None else f" (sine networks 1-{'-'.join(str(width) for width in layers)})"
        top_hz = min(newt["exciter_top_hz"], lowest_hz * (meta["harmonics"] + 0.5))
        return (
            f"{newt['shapers']} waveshapers{networks} under an exciter of {meta['harmonics']} harmonics (to "
            f"{top_hz / 1000:.1f} kHz on the lowest note)"
        )
    return f"{meta['harmonics']} harmonics (to {lowest_hz * meta['harmonics'] / 1000:.1f} kHz on the lowest note)"


def _training(model: Model, record: TrainingRecord) -> list[str]:
    pitches = ", ".join(f"{note_name(midi)} ({midi})" for midi in record.held_out_pitches) or "none"
    if "instruments" in model.metadata:
        pitches = "by the same rule in each instrument"
    return [
        "## Training",
        "",
        f"- {record.recordings} recordings, {record.seconds_of_audio / 60:.1f} min, of which {len(record.held_out)} "
        f"were held out; whole pitches held out: {pitches}. The list is in `{record.path.name}`.",
        f"- {record.regression_steps} regression and {record.spectral_steps} spectral steps in "
        f"{_duration(record.training_seconds)} on {record.machine}, seed {record.seed}.",
        "",
    ]


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90.0 else f"{seconds:.0f} s"


def _figures(model: Model, evaluation: AnyEvaluation | None, held: HeldReport) -> list[str]:
    table = [evaluation.about(model.path.name), "", *evaluation.markdown()] if evaluation else [UNJUDGED]
    return ["## Figures", "", *table, "", *_held_notes(held)]


def _held_notes(held: HeldReport) -> list[str]:
    return [
        f"Held 20 s at {len(held.notes)} constant (pitch, loudness): the level moves by {held.worst_spread_db:.2f} dB "
        f"at most. Each step of loudness raises the level by at least {held.smallest_step_db:.2f} dB "
        f"(13 steps from softest to loudest). Fed silence: {held.silence_db:.0f} dBFS, before the plugin's gate.",
        "",
        "| pitch (MIDI) | loudness dB | level dB | spread dB | centroid Hz |",
        "|---|---|---|---|---|",
        *(
            f"| {n.midi:g} | {n.loudness_db:.1f} | {n.level_db:.1f} | {n.spread_db:.2f} | {n.centroid_hz:.0f} |"
            for n in held.notes
        ),
        "",
    ]
