"""Looks a recording over before training: does it clip, is it one note at a time, is its pitch what was said.

Pure NumPy on whole recordings, once before training.
Promises verdicts that catch spoiled recordings and pass real ones, with figures; proved by `test_inspection.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from timbrel_kit.features import Floats

# Flat tops: this many times as many equal samples in a row as the top of a sine at f0 could have.
FLAT_TOP_MARGIN = 2.0
# Half a step of 16 bits and a little: samples that differ by less are equal.
EQUAL_WITHIN = 2.0e-5
# Compressed files blur flat tops: there, samples this near to full scale count.
BLURRED_FULL_SCALE = 0.97
# More clipped samples than this (a share of those that sound) spoil a recording.
CLIPPED_SHARE = 1e-3

WINDOW_SECONDS = 0.2
FRAMES_LOOKED_AT = 24
LOUD_DB = 20.0
HIGHEST_HZ = 6000.0
LOWEST_HZ = 45.0
JUDGED_HARMONICS = 10
# A partial may stand this far from its place, in f0 (vibrato, stiffness of strings) and in Hz (the window's width).
OFF_BY_F0 = 0.12
OFF_BY_HZ = 6.0
PEAK_DB = 45.0


@dataclass(frozen=True)
class Partials:
    """What part of the power of spectral peaks, over loud frames, stands where.

    `elsewhere`: 0..1, off the partials of f0, as lower quartile. `fit` [16]: shares of partials 1 to 16, as medians.
    """

    elsewhere: float
    fit: NDArray[np.float64]


def clipped_share(audio: Floats, sample_rate: int, f0_hz: float, blurred: bool) -> float:
    """Share (0..1) of the samples of [N] `audio` that lie in flat tops. `blurred`: from a lossy file."""
    size = np.abs(np.asarray(audio, dtype=np.float64))
    peak = float(np.max(size))
    if peak < 1e-3:
        return 0.0
    if blurred:
        if peak < BLURRED_FULL_SCALE:
            return 0.0
        high, slack = size >= BLURRED_FULL_SCALE, 1.0 - BLURRED_FULL_SCALE
    else:
        high, slack = size >= peak - EQUAL_WITHIN, EQUAL_WITHIN / peak
    # The top of a sine, as far as it stays within `slack` of its peak.
    longest = 2.0 * np.arccos(1.0 - min(slack, 1.0)) / (2.0 * np.pi * f0_hz) * sample_rate
    shortest_flat = max(3, int(np.ceil(FLAT_TOP_MARGIN * longest)))
    edges = np.flatnonzero(np.diff(np.concatenate([[0], high.astype(np.int8), [0]])))
    lengths = edges[1::2] - edges[::2]
    sounding = int(np.count_nonzero(size > 0.01 * peak))
    return float(lengths[lengths >= shortest_flat].sum() / max(sounding, 1))


def partials_of(audio: Floats, sample_rate: int, hop: int, f0_hz: Floats) -> Partials:
    """How the spectral peaks of [N] `audio` fit f0 [T] in Hz, frame t at sample t * hop."""
    length = int(WINDOW_SECONDS * sample_rate)
    if len(audio) <= length:
        audio = np.pad(audio, (0, length + 1 - len(audio)))
    starts = np.arange(0, len(audio) - length, max(length // 4, 1))
    level = np.array([np.mean(np.square(audio[s : s + length], dtype=np.float64)) for s in starts])
    loud = starts[level > np.max(level) * 10.0 ** (-LOUD_DB / 10.0)]
    chosen = loud[np.unique(np.linspace(0, len(loud) - 1, FRAMES_LOOKED_AT).round().astype(int))]
    size = 1 << int(np.ceil(np.log2(2 * length)))
    window = np.hanning(length + 1)[:-1]
    hz_a_bin = sample_rate / size
    elsewhere, fits = [], []
    for start in chosen:
        f0 = float(f0_hz[min(round((start + length / 2) / hop), len(f0_hz) - 1)])
        spectrum = np.abs(np.fft.rfft(audio[start : start + length] * window, size)) ** 2
        hz, power = _peaks(spectrum, hz_a_bin, min(HIGHEST_HZ, (JUDGED_HARMONICS + 0.5) * f0))
        number = np.maximum(np.round(hz / f0), 1.0)
        on = np.abs(hz - number * f0) < OFF_BY_F0 * f0 + OFF_BY_HZ
        elsewhere.append(power[~on].sum() / (power.sum() + 1e-20))
        places = np.arange(1, 17)
        reach = max(int((0.03 * f0 + OFF_BY_HZ) / hz_a_bin), 1)
        bins = np.round(places * f0 / hz_a_bin).astype(int)
        found = np.array([spectrum[max(b - reach, 0) : b + reach + 1].max(initial=0.0) for b in bins])
        fits.append(found / (found.sum() + 1e-20))
    # The lower quartile: attacks of short notes are no partials, and two notes stay two throughout.
    return Partials(float(np.percentile(elsewhere, 25)), np.median(fits, axis=0))


def _peaks(spectrum: Floats, hz_a_bin: float, highest_hz: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Frequencies in Hz and powers of the peaks of a power spectrum that stand out of what is around them."""
    last = min(int(highest_hz / hz_a_bin), len(spectrum) - 2)
    first = max(int(LOWEST_HZ / hz_a_bin), 1)
    middle = spectrum[first:last]
    top = (middle >= spectrum[first - 1 : last - 1]) & (middle > spectrum[first + 1 : last + 1])
    index = first + np.flatnonzero(top & (middle > middle.max(initial=0.0) * 10.0 ** (-PEAK_DB / 10.0)))
    return index * hz_a_bin, spectrum[index]


# A second note, or noise, shows as power off the partials: single notes of 14 instruments reach 0.055, their median is
# 0.0001; two notes mixed at equal level have 0.14 in the upper quartile of pairs.
MOST_ELSEWHERE = 0.08
# Two notes with a common period: two ladders of partials, and nothing between them, where single notes have 0.057.
LEAST_BETWEEN_LADDERS = 0.01
LEAST_OF_A_LADDER = 0.1
# A note has some of its power in its first partials.
LEAST_LOW = 0.01
# Where only every second or third partial sounds, the note is that much higher.
LEAST_OFF_MULTIPLES = 0.002
_NUMBERS = np.arange(1, 17)


def has_one_pitch(partials: Partials) -> bool:
    """Whether the peaks are those of one note at the f0 that was assumed."""
    return (
        partials.elsewhere <= MOST_ELSEWHERE
        and partials.fit[:4].sum() >= LEAST_LOW
        and _between_ladders(partials.fit) >= LEAST_BETWEEN_LADDERS
    )


def multiple_of_f0(partials: Partials) -> int:
    """1, or 2 or 3 where the note sounds that many times higher than the assumed f0."""
    for factor in (2, 3):
        if partials.fit[_NUMBERS % factor != 0].sum() < LEAST_OFF_MULTIPLES:
            return factor
    return 1


def _between_ladders(fit: NDArray[np.float64]) -> float:
    """The least share of partials that two ladders (multiples of m, multiples of n) leave out; 1 without ladders."""
    least = 1.0
    for m in range(2, 10):
        for n in range(m + 1, 13):
            if np.gcd(m, n) != 1:
                continue
            first, second = _NUMBERS % m == 0, _NUMBERS % n == 0
            if min(fit[first & ~second].sum(), fit[second & ~first].sum()) >= LEAST_OF_A_LADDER:
                least = min(least, float(fit[~first & ~second].sum()))
    return least
