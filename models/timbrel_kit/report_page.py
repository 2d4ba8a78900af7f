"""Writes what `report.py` measured as a page: a summary, then a table for each measure.

Plain text in and out.
Promises that the summary counts what the tables show; proved by `test_report.py`.
"""

from __future__ import annotations

from collections.abc import Callable

from timbrel_kit.report import CANDIDATES, FIXED, FOLLOWING, MODEL, SAMPLER, SHARED, InstrumentReport, SharedModel

Value = Callable[[InstrumentReport, str], float | None]

HEAD = """# How near the instruments come to recordings that they have not heard

Written by `python -m timbrel_kit report --audio ../../shared/audio{shared_option}`; do not edit. Every figure is a
mean over recordings that were kept out of training: all of two *unseen pitches*, and one in twelve of the others (*seen
pitches*: other recordings of them were in training). Lower is better everywhere.

What stands beside each model, given the same note (f0, loudness and length of the recording):

- **sampler**: the nearest training note, resampled to the pitch, at the recording's mean power, with its own envelope.
  Where several players were recorded (the voice: three singers), it may be another's.
- **following sampler**: the same note, looped where it is too short, brought to the recording's loudness in every
  frame. No sampler knows that loudness, but the models are given it: this is the fair opponent.
- **fixed spectrum**: the mean spectrum of all training notes at the recording's f0 and loudness.
- **shared network**: {shared}.
- **floor**: harmonics and noise bands analysed from the recording itself, resynthesised: about as near as a sine bank
  comes. Nothing smooths these controls from frame to frame, as training does: by the tagger's features a model can be
  nearer.

What is driven by the recording's loudness and f0 (all but the sampler) has little to get wrong in both: those two
tables show that the models do as they are told.
"""

MEASURES = """## What is measured

- **Log-mel distance**: mean absolute difference in dB over 128 mel bands (Slaney) from 20 Hz to 24 kHz, windows of 2048
  every 512 samples, both held at 80 dB under the recording's loudest band (`mel.py`). No training saw it.
- **Multi-scale spectral distance**: sum over windows of 4096 to 128 samples of the relative linear and the mean
  absolute log (natural) difference of magnitudes (`distance.py`). Training minimised it.
- **Loudness error**: mean absolute difference in dB of loudness as the model is driven with it, frames within 40 dB of
  the loudest (`features.py`).
- **f0 error**: mean absolute difference in cents, frames within 25 dB of the loudest, both tracked from the rotation of
  the first four harmonics near the recording's f0 (`features.py`): it reads errors up to 80 cents.
- **Frechet distance**: between the features of all held-out notes of an instrument and those of their recordings, taken
  as normal distributions (`frechet.py`). The features are the 200 of the last hidden layer of musicnn (Pons and Serra,
  2019; trained on MagnaTagATune; the weights are the Python package's, the network is run by `music_features.py`) over
  windows of a second. It hears up to 8 kHz. It is not the VGGish distance of other papers, and with so few windows it
  compares the columns of a row, not rows.
"""


def page(reports: list[InstrumentReport], shared: SharedModel | None, shared_option: str = "") -> str:
    """The whole page in Markdown."""
    about = "one decoder for all instruments (`train-shared`), at the instrument's place"
    if shared is None:
        about = "not measured this time"
    else:
        record = shared.record
        about += (
            f"; {record.recordings} recordings, {record.regression_steps} regression and {record.spectral_steps} "
            f"spectral steps in {record.training_seconds / 60:.0f} min on a shared core"
        )
    lines = HEAD.format(shared=about, shared_option=shared_option).splitlines()
    lines += ["", "## Summary", "", *summary(reports), "", *MEASURES.splitlines(), ""]
    tables: list[tuple[str, int, Callable[[bool], Value]]] = [
        ("Log-mel distance, dB", 2, _mean("log_mel_db")),
        ("Multi-scale spectral distance", 2, _mean("spectral")),
        ("Loudness error, dB", 2, _mean("loudness_db")),
        ("f0 error, cents", 2, _mean("f0_cents")),
    ]
    for title, digits, value in tables:
        for label, unseen in (("unseen pitches", True), ("seen pitches", False)):
            lines += [f"## {title}, {label}", "", *_table(reports, value(unseen), digits, _counts(unseen)), ""]
    lines += ["## Frechet distance on musicnn's features, all held-out recordings", ""]
    lines += [*_table(reports, InstrumentReport.frechet, 1, lambda report: len(report.rows)), ""]
    lines += ["## Instruments", "", *_instruments(reports)]
    return "\n".join(lines) + "\n"


def summary(reports: list[InstrumentReport]) -> list[str]:
    """Who is nearer than whom in how many instruments, and where not."""
    unseen, seen = _mean("log_mel_db")(True), _mean("log_mel_db")(False)
    lines = []
    for label, value in (("unseen pitches", unseen), ("seen pitches", seen)):
        for other in (SAMPLER, FOLLOWING, FIXED):
            lines.append(f"- Log-mel, {label}: {_versus(reports, value, MODEL, other)}.")
    lines.append(
        f"- Multi-scale spectral, unseen pitches: {_versus(reports, _mean('spectral')(True), MODEL, SAMPLER)}."
    )
    lines.append(f"- Frechet: {_versus(reports, InstrumentReport.frechet, MODEL, SAMPLER)}.")
    if any(unseen(report, SHARED) is not None for report in reports):
        lines.append(
            f"- One network each or one for all, log-mel, unseen pitches: {_versus(reports, unseen, MODEL, SHARED)}."
        )
        for what, value in (
            ("log-mel, seen", seen),
            ("multi-scale spectral, unseen", _mean("spectral")(True)),
            ("Frechet", InstrumentReport.frechet),
        ):
            lines.append(f"- One network each or one for all, {what}: {_versus(reports, value, MODEL, SHARED)}.")
        lines.append(f"- Log-mel, unseen pitches: {_versus(reports, unseen, SHARED, SAMPLER)}.")
    return lines


def _versus(reports: list[InstrumentReport], value: Value, ours: str, other: str) -> str:
    pairs = [(report.name, value(report, ours), value(report, other)) for report in reports]
    known = [(name, a, b) for name, a, b in pairs if a is not None and b is not None]
    lost = [f"{name} ({a:.2f} against {b:.2f})" for name, a, b in known if a >= b]
    text = f"the {ours} is nearer than the {other} in **{len(known) - len(lost)} of {len(known)}** instruments"
    return text + (f"; not in {', '.join(lost)}" if lost else "")


def _mean(measure: str) -> Callable[[bool], Value]:
    def of(unseen: bool) -> Value:
        def value(report: InstrumentReport, candidate: str) -> float | None:
            found = report.mean(candidate, unseen)
            return None if found is None else getattr(found, measure)

        return value

    return of


def _counts(unseen: bool) -> Callable[[InstrumentReport], int]:
    return lambda report: report.count(unseen)


def _table(
    reports: list[InstrumentReport], value: Value, digits: int, count: Callable[[InstrumentReport], int]
) -> list[str]:
    """A row for each instrument; what is nearest, the floor aside, is bold."""
    lines = ["| instrument | files | " + " | ".join(CANDIDATES) + " |", "|---|" + "---:|" * (len(CANDIDATES) + 1)]
    for report in reports:
        figures = [value(report, candidate) for candidate in CANDIDATES]
        known = [figure for figure in figures[:-1] if figure is not None]
        if not known:
            continue
        cells = ["" if figure is None else f"{figure:.{digits}f}" for figure in figures]
        best = f"{min(known):.{digits}f}"
        cells[:-1] = [f"**{cell}**" if cell == best else cell for cell in cells[:-1]]
        lines.append(f"| {report.name} | {count(report)} | " + " | ".join(cells) + " |")
    return lines


def _instruments(reports: list[InstrumentReport]) -> list[str]:
    lines = [
        "| instrument | family | recordings | minutes | held out | regression steps | spectral steps | min, trained |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for report in reports:
        record = report.record
        lines.append(
            f"| {report.name} | {report.family} | {record.recordings} | {record.seconds_of_audio / 60:.1f} | "
            f"{len(record.held_out)} | {record.regression_steps} | {record.spectral_steps} | "
            f"{record.training_seconds / 60:.0f} |"
        )
    return lines
