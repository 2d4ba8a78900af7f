"""Reads off an analysed recording how its note was played: where it begins and ends, and how loudness, pitch and
noise move.

Pure NumPy on the clips of `dataset.py`, before a performance network is trained.
Promises note-on and note-off within 20 ms on synthetic notes, and that a file that is cut off teaches no release;
proved by `test_performance_notes.py`.

A note begins where its loudness last crosses ONSET_DB (relative to its level) on its way up, and is let go where its
final decay begins. Everything is relative to the note itself: loudness to its level, pitch to its own median, so that
neither one player's dynamics nor an intonation is learned.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from timbrel_kit.dataset import Clip, Grid
from timbrel_kit.features import a_weighting

Floats = NDArray[np.floating]

# Where a note begins, dB relative to its level: what the player hears first. The network's state begins here.
ONSET_DB = -30.0
# Frames this far under the loudest belong to the level of a note, in the mean of their powers.
LEVEL_WITHIN_DB = 6.0
# A note's onset is looked for before it first reaches this.
REACHED_DB = -8.0
# From its last frame above this on, a note only falls.
FALLEN_DB = -4.0
# The slope of a body that has not begun to fall, dB a second.
RESTING_SLOPE = 25.0
# A fall this steep is an editor's cut, not a player's: dB within CUT_SECONDS. The window of loudness is 32 ms long.
CUT_DB, CUT_SECONDS = 14.0, 0.012
# Nothing is learned from what lies under this (rooms, editors' fades), or this near the recording's own floor.
DEEPEST_DB = -45.0
ABOVE_FLOOR_DB = 8.0
SILENT_DB = -95.0
# A release that was followed down to here is known to have gone on falling.
HEARD_OUT_DB = -36.0
# A release that shows less than this of its fall is left out.
LEAST_RELEASE_DB = 20.0
# Ripple faster than this many periods is the window's, not the player's.
SMOOTHED_PERIODS = 2.0
SHORTEST_BODY_SECONDS = 0.9
# Deviations beyond this are not a player's who holds a known note.
PITCH_LIMIT_CENTS = 80.0


@dataclass
class Note:
    """One played note at `seconds` a frame, frame 0 at its note-on.

    `loudness_db` [T] relative to `level_db`; `cents` [T] relative to its own median; `noise_db` [T] noise over
    partials relative to the same in the body. `off` is the frame where its release begins; frames from `end` on teach
    nothing.
    """

    name: str
    midi: float
    level_db: float
    seconds: float
    loudness_db: Floats
    cents: Floats
    noise_db: Floats
    off: int
    end: int

    @property
    def has_release(self) -> bool:
        return self.end > self.off + 2

    @property
    def is_heard_out(self) -> bool:
        """Whether its release was followed to where it can no longer be heard, and not cut off before."""
        return self.has_release and float(self.loudness_db[-1]) < HEARD_OUT_DB

    @property
    def is_short(self) -> bool:
        """Whether it was let go before it came to rest: a staccato."""
        return self.off * self.seconds < SHORTEST_BODY_SECONDS

    @property
    def body(self) -> slice:
        """Frames after the attack and before the release."""
        half = self.off // 2
        return slice(min(round(0.35 / self.seconds), half), max(self.off - round(0.1 / self.seconds), half + 1))


def note_of(clip: Clip, grid: Grid) -> Note | None:
    """The note of a recording of one note; None where none can be told from its surroundings."""
    seconds = grid.hop / grid.sample_rate
    f0 = np.asarray(clip.f0_hz, dtype=np.float64)
    loudness = smoothed_db(clip.loudness_db, SMOOTHED_PERIODS / float(np.median(f0)) / seconds)
    level = _level_db(loudness)
    relative = loudness - level
    above = np.flatnonzero(relative > ONSET_DB)
    reached = np.flatnonzero(relative > REACHED_DB)
    if len(reached) == 0 or (above[-1] - above[0]) * seconds < 0.08:
        return None
    below = np.flatnonzero(relative[: reached[0]] <= ONSET_DB)
    on = int(below[-1]) + 1 if len(below) else 0
    off, end = _release(relative, level, on, seconds)
    if off - on < 4:
        return None
    stop = max(end, off)
    sounding = slice(on, stop)
    reference = float(np.median(f0[on:off][relative[on:off] > -10.0]))
    cents = 1200.0 * np.log2(f0[sounding] / reference)
    note = Note(
        clip.name,
        69.0 + 12.0 * np.log2(reference / 440.0),
        level,
        seconds,
        relative[sounding],
        cents,
        _noise_over_partials(clip, grid)[sounding],
        off - on,
        end - on,
    )
    note.noise_db = note.noise_db - float(np.median(note.noise_db[note.body]))
    return note


def smoothed_db(decibels: Floats, frames: float) -> NDArray[np.float64]:
    """Power smoothed under a Hann window of about so many frames, in dB."""
    width = max(round(frames), 1)
    window = np.hanning(2 * width + 1)[1:-1] if width > 1 else np.ones(1)
    power = np.convolve(10.0 ** (np.asarray(decibels, dtype=np.float64) / 10.0), window / window.sum(), mode="same")
    return 10.0 * np.log10(power + 1e-10)


def _level_db(loudness: Floats) -> float:
    """The level of a note: the mean power of its loud frames, without the loudest twentieth (a bow's bite, a
    tongue's).
    """
    loudest = float(np.percentile(loudness[loudness > np.max(loudness) - 20.0], 95))
    loud = loudness[(loudness > loudest - LEVEL_WITHIN_DB) & (loudness <= loudest + 0.5)]
    return float(10.0 * np.log10(np.mean(10.0 ** (loud / 10.0))))


def _release(relative: Floats, level: float, on: int, seconds: float) -> tuple[int, int]:
    """Frames where the final decay begins, and where it stops to teach; the same frame where there is none to learn."""
    last = int(np.flatnonzero(relative > -20.0)[-1])
    # Relative to how loud the note was in the end, as some are let fade before they are let go.
    before = relative[max(on, last - round(0.6 / seconds)) : last + 1]
    late = min(float(np.percentile(before, 75)), 3.0)
    off = int(np.flatnonzero(relative[: last + 1] > late + FALLEN_DB)[-1])
    span = max(round(0.024 / seconds), 1)
    earliest = max(on + 1, off - round(0.4 / seconds))
    while off > earliest and relative[max(off - span, 0)] - relative[off] > RESTING_SLOPE * span * seconds:
        off -= 1
    # Silence that was put around the recording is not its floor.
    heard = relative[relative + level > SILENT_DB]
    deepest = max(DEEPEST_DB, float(np.min(heard)) + ABOVE_FLOOR_DB)
    under = np.flatnonzero(relative[off:] < deepest)
    end = off + int(under[0]) if len(under) else len(relative)
    cut = max(round(CUT_SECONDS / seconds), 1)
    falls = relative[off : end - cut] - relative[off + cut : end]
    steep = np.flatnonzero(falls > CUT_DB)
    if len(steep):
        end = off + max(int(steep[0]) - round(0.016 / seconds), 0)
    shown = relative[off] - np.min(relative[off : end + 1]) if end < len(relative) else 0.0
    return off, end if shown >= LEAST_RELEASE_DB else off


def _noise_over_partials(clip: Clip, grid: Grid) -> NDArray[np.float64]:
    """A-weighted power of the noise relative to the partials', dB [T]."""
    weight = a_weighting(np.linspace(0.0, 0.5 * grid.sample_rate, grid.noise_bands)) ** 2
    noise = 10.0 ** (np.asarray(clip.noise_db, dtype=np.float64) / 10.0) @ weight
    frequency = np.asarray(clip.f0_hz)[:, None] * np.arange(1, clip.harmonic_db.shape[1] + 1)
    power = 10.0 ** (np.asarray(clip.harmonic_db, dtype=np.float64) / 10.0)
    partials = (power * a_weighting(frequency) ** 2).sum(axis=1)
    return 10.0 * np.log10((noise + 1e-12) / (partials + 1e-12))
