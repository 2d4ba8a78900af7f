"""Notes as training material for a performance network: note expressions, batches of held notes and of releases.

NumPy, on the training machine. The note expressions are those of MIDI-DDSP (Wu et al., ICLR 2022) as far as a bare
note has them: peak position, attack noise, fluctuation and vibrato, each measured and ranked within its instrument.
Promises expressions between -1 and 1 with a median of 0, and vibrato by depth and rate on synthetic notes; proved by
`test_performance_notes.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from timbrel_kit.performance_notes import PITCH_LIMIT_CENTS, Note

Floats = NDArray[np.floating]

# What happens later than this in a held note differs from note to note: it is spread, not shape.
SHAPED_SECONDS, FADED_SECONDS = 0.5, 1.2
HELD_SECONDS = 1.2
RELEASE_SECONDS = 0.6
PEAK_WITHIN_SECONDS = 1.2
ATTACK_NOISE_SECONDS = 0.08
# Slower than this is how a note is led, not fluctuation.
SLOW_SECONDS = 0.8
VIBRATO_HZ = (3.2, 8.5)
SLOWEST_VIBRATO_HZ = 4.2
# A vibrato stands this far out of the rest of the pitch's spectrum, and is at least this deep.
VIBRATO_SHARE, VIBRATO_CENTS = 0.45, 6.0
SHORTEST_FOR_VIBRATO = 0.9
# A staccato shows the attack of one that knows it will be short; it counts this much beside held notes.
SHORT_WEIGHT = 0.1
# Before a note can be heard its pitch is taken to be what it is when it can; that counts this much.
UNHEARD_WEIGHT = 0.3


@dataclass
class Player:
    """All notes of one instrument, with what they were played like. All arrays have one number a note."""

    name: str
    notes: list[Note]
    dynamics: Floats
    peak: Floats
    attack_noise: Floats
    soft_db: float
    loud_db: float


@dataclass(frozen=True)
class Vibrato:
    """Depth (amplitude of the pitch), rate, and time to full depth; depth 0 where players played without."""

    depth_cents: float
    rate_hz: float
    onset_seconds: float


@dataclass(frozen=True)
class Fluctuation:
    """Of the bodies of held notes, vibrato left out: standard deviations, and lags at which the autocorrelation is
    1/e.
    """

    loudness_db: float
    pitch_cents: float
    loudness_seconds: float
    pitch_seconds: float


def player_of(name: str, notes: list[Note], soft_db: float, loud_db: float) -> Player:
    """An instrument's notes with their dynamics (0 at `soft_db`, 1 at `loud_db`) and note expressions."""
    levels = np.array([note.level_db for note in notes])
    peak = np.array([_peak_seconds(note) for note in notes])
    noise = np.array([_attack_noise_db(note) for note in notes])
    return Player(
        name,
        notes,
        np.clip((levels - soft_db) / (loud_db - soft_db), -0.25, 1.25),
        ranked(peak),
        ranked(noise),
        soft_db,
        loud_db,
    )


def ranked(values: Floats) -> NDArray[np.float64]:
    """Ranks spread over -1 to 1; 0 for what is not a number and for a single value."""
    result = np.zeros(len(values))
    known = np.flatnonzero(np.isfinite(values))
    if len(known) > 1:
        result[known[np.argsort(values[known], kind="stable")]] = np.linspace(-1.0, 1.0, len(known))
    return result


def _peak_seconds(note: Note) -> float:
    if note.is_short:
        return float("nan")
    width = max(round(0.1 / note.seconds), 1)
    inside = note.loudness_db[: min(note.off, round(PEAK_WITHIN_SECONDS / note.seconds))]
    smooth = np.convolve(np.pad(inside, width, mode="edge"), np.ones(2 * width + 1) / (2 * width + 1), mode="valid")
    return float(np.argmax(smooth)) * note.seconds


def _attack_noise_db(note: Note) -> float:
    early = slice(0, max(round(ATTACK_NOISE_SECONDS / note.seconds), 2))
    weight = 10.0 ** (np.clip(note.loudness_db[early], -40.0, 0.0) / 20.0)
    return float(np.sum(note.noise_db[early] * weight) / np.sum(weight))


@dataclass
class HeldBatch:
    """Held notes [B, T] from their note-ons, `weight` 0 where nothing is known; one number a note [B] otherwise."""

    pitch: Floats
    dynamics: Floats
    peak: Floats
    attack_noise: Floats
    instrument: NDArray[np.int64]
    loudness_db: Floats
    cents: Floats
    noise_db: Floats
    # What is left of loudness and pitch when shape and slow leading are taken off.
    ripple_db: Floats
    ripple_cents: Floats
    weight: Floats
    pitch_weight: Floats


@dataclass
class ReleaseBatch:
    """Releases [B, T] from their note-offs, relative to where they begin."""

    pitch: Floats
    dynamics: Floats
    length: Floats
    instrument: NDArray[np.int64]
    fall_db: Floats
    cents: Floats
    weight: Floats
    # 1 where a release is over: it is at or under `fall_db` there. Without it only slow ones would teach the late
    # frames.
    over: Floats
    pitch_weight: Floats


def held_batch(players: list[Player]) -> HeldBatch:
    """Every note of every player, once."""
    rows = [(index, n, player.notes[n]) for index, player in enumerate(players) for n in range(len(player.notes))]
    seconds = rows[0][2].seconds
    frames = round(HELD_SECONDS / seconds)
    time = np.arange(frames) * seconds
    shaped = fade(time, SHAPED_SECONDS, FADED_SECONDS)
    names = ("loudness", "cents", "noise", "db", "ripple", "on", "tuned")
    columns: dict[str, list[Floats]] = {name: [] for name in names}
    for _, _, note in rows:
        count = min(note.off, frames)

        def row(values: Floats, fill: float, count: int = count) -> Floats:
            return np.concatenate([values[:count], np.full(frames - count, fill)])

        loudness = row(note.loudness_db, 0.0)
        inside = row(np.ones(count), 0.0) * (SHORT_WEIGHT if note.is_short else 1.0)
        audible = np.clip((loudness + 25.0) / 15.0, 0.0, 1.0) * (np.abs(row(note.cents, 999.0)) < PITCH_LIMIT_CENTS)
        columns["loudness"].append(np.maximum(loudness, -30.0) * np.where(loudness < -12.0, 1.0, shaped))
        cents = np.clip(row(note.cents, 0.0), -PITCH_LIMIT_CENTS, PITCH_LIMIT_CENTS) * shaped
        heard = int(np.argmax(audible > UNHEARD_WEIGHT))
        cents[:heard] = cents[heard]
        audible[:heard] = UNHEARD_WEIGHT
        columns["cents"].append(cents)
        columns["noise"].append(np.clip(row(note.noise_db, 0.0), -25.0, 25.0))
        columns["db"].append(row(without_slow(note.loudness_db[: note.off], seconds), 0.0))
        columns["ripple"].append(row(without_slow(note.cents[: note.off], seconds), 0.0))
        columns["on"].append(inside)
        columns["tuned"].append(inside * audible)
    stacked = {name: np.stack(values).astype(np.float32) for name, values in columns.items()}
    return HeldBatch(
        *_per_note(players, rows),
        instrument=np.array([index for index, _, _ in rows]),
        loudness_db=stacked["loudness"],
        cents=stacked["cents"],
        noise_db=stacked["noise"],
        ripple_db=stacked["db"],
        ripple_cents=stacked["ripple"],
        weight=stacked["on"],
        pitch_weight=stacked["tuned"],
    )


def release_batch(players: list[Player]) -> ReleaseBatch | None:
    """Every release of every player, once; None where there is none."""
    rows = [
        (index, n, note)
        for index, player in enumerate(players)
        for n, note in enumerate(player.notes)
        if note.has_release
    ]
    if not rows:
        return None
    frames = round(RELEASE_SECONDS / rows[0][2].seconds)
    fall, cents, weight, over, tuned = (np.zeros((len(rows), frames), dtype=np.float32) for _ in range(5))
    for r, (_, _, note) in enumerate(rows):
        count = min(note.end - note.off, frames)
        span = slice(note.off, note.off + count)
        fall[r, :count] = note.loudness_db[span] - note.loudness_db[note.off]
        fall[r, count:] = fall[r, count - 1]
        before = note.cents[max(note.off - round(0.08 / note.seconds), 0) : note.off]
        cents[r, :count] = np.clip(note.cents[span] - np.median(before), -PITCH_LIMIT_CENTS, PITCH_LIMIT_CENTS)
        weight[r, :count] = 1.0
        over[r, count:] = float(note.is_heard_out)
        tuned[r, :count] = (note.loudness_db[span] > -25.0) * (np.abs(note.cents[span]) < PITCH_LIMIT_CENTS)
    pitch, dynamics, _, _ = _per_note(players, rows)
    length = np.array([note.off * note.seconds for _, _, note in rows], dtype=np.float32)
    return ReleaseBatch(
        pitch, dynamics, length, np.array([index for index, _, _ in rows]), fall, cents, weight, over, tuned
    )


def _per_note(players: list[Player], rows: list[tuple[int, int, Note]]) -> tuple[Floats, Floats, Floats, Floats]:
    pitch = np.array([note.midi for _, _, note in rows], dtype=np.float32)
    dynamics, peak, noise = (
        np.array([getattr(players[index], name)[n] for index, n, _ in rows], dtype=np.float32)
        for name in ("dynamics", "peak", "attack_noise")
    )
    return pitch, dynamics, peak, noise


def fade(time: Floats, start: float, end: float) -> NDArray[np.float64]:
    """1 before `start`, 0 after `end`, a raised cosine between."""
    return 0.5 + 0.5 * np.cos(np.pi * np.clip((np.asarray(time) - start) / (end - start), 0.0, 1.0))


def without_slow(values: Floats, seconds: float) -> NDArray[np.float64]:
    """Values less their running mean over SLOW_SECONDS."""
    width = max(round(0.5 * SLOW_SECONDS / seconds), 1)
    padded = np.pad(np.asarray(values, dtype=np.float64), width, mode="reflect" if len(values) > width else "edge")
    sums = np.cumsum(np.concatenate([[0.0], padded]))
    return values - (sums[2 * width + 1 :] - sums[: -2 * width - 1]) / (2 * width + 1)


def vibrato_of(notes: list[Note]) -> Vibrato:
    """The vibrato of an instrument's players: the median over the notes that have one, if at least a third do."""
    found = [_vibrato_of_note(note) for note in notes if note.off * note.seconds > SHORTEST_FOR_VIBRATO]
    with_one = [vibrato for vibrato in found if vibrato is not None]
    if not found or 3 * len(with_one) < len(found):
        return Vibrato(0.0, 0.0, 0.0)
    depth, rate, onset = np.median([(v.depth_cents, v.rate_hz, v.onset_seconds) for v in with_one], axis=0)
    return Vibrato(round(float(depth), 1), round(float(rate), 2), round(float(onset), 2))


def _vibrato_of_note(note: Note) -> Vibrato | None:
    first = round(0.15 / note.seconds)
    ripple = without_slow(note.cents[first : note.off], note.seconds)
    ripple = np.clip(ripple, -PITCH_LIMIT_CENTS, PITCH_LIMIT_CENTS)
    spectrum = np.abs(np.fft.rfft(ripple * np.hanning(len(ripple)), 8192)) ** 2
    hertz = np.fft.rfftfreq(8192, note.seconds)
    inside = (hertz > VIBRATO_HZ[0]) & (hertz < VIBRATO_HZ[1])
    rate = float(hertz[inside][np.argmax(spectrum[inside])])
    share = spectrum[np.abs(hertz - rate) < 1.2].sum() / (spectrum[(hertz > 0.8) & (hertz < 25.0)].sum() + 1e-12)
    if rate < SLOWEST_VIBRATO_HZ or share < VIBRATO_SHARE:
        return None
    # The envelope of the vibrato: what is left when it is shifted to 0 Hz.
    turning = ripple * np.exp(-2j * np.pi * rate * np.arange(len(ripple)) * note.seconds)
    width = np.hanning(2 * max(round(0.6 / rate / note.seconds), 1) + 1)
    envelope = 2.0 * np.abs(np.convolve(turning, width / width.sum(), mode="same"))
    depth = float(np.percentile(envelope, 75))
    if depth < VIBRATO_CENTS:
        return None
    onset = (first + int(np.argmax(envelope > 0.8 * depth))) * note.seconds
    return Vibrato(depth, rate, min(onset, 2.0))


def fluctuation_of(notes: list[Note], vibrato: Vibrato) -> Fluctuation:
    """How an instrument's held notes fluctuate: medians over notes."""
    figures = []
    for note in notes:
        if note.is_short:
            continue
        span = slice(round(0.5 / note.seconds), note.off - round(0.15 / note.seconds))
        if (span.stop - span.start) * note.seconds < 0.5:
            continue
        pair = []
        for values in (note.loudness_db, note.cents):
            ripple = without_slow(values[span], note.seconds)
            if vibrato.depth_cents:
                ripple = _without_band(ripple, note.seconds, vibrato.rate_hz)
            pair.append((float(np.std(ripple)), _correlation_seconds(ripple, note.seconds)))
        figures.append([pair[0][0], pair[1][0], pair[0][1], pair[1][1]])
    if not figures:
        return Fluctuation(0.3, 2.0, 0.1, 0.1)
    return Fluctuation(*(round(float(value), 3) for value in np.median(figures, axis=0)))


def _without_band(ripple: Floats, seconds: float, rate_hz: float) -> Floats:
    spectrum = np.fft.rfft(ripple)
    hertz = np.fft.rfftfreq(len(ripple), seconds)
    spectrum[(np.abs(hertz - rate_hz) < 1.5) | (np.abs(hertz - 2 * rate_hz) < 1.5)] = 0.0
    return np.fft.irfft(spectrum, len(ripple))


def _correlation_seconds(ripple: Floats, seconds: float) -> float:
    """Lag at which the autocorrelation has fallen to 1/e."""
    power = np.abs(np.fft.rfft(ripple - np.mean(ripple), 2 * len(ripple))) ** 2
    correlation = np.fft.irfft(power)[: len(ripple)]
    under = np.flatnonzero(correlation < correlation[0] / np.e)
    return float(under[0]) * seconds if len(under) else len(ripple) * seconds
