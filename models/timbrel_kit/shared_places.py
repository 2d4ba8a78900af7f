"""Where instruments stand before training: along the axes in which their spectra differ most.

Runs once before several instruments are trained together.
Promises that along the first axis like spectra are neighbours; proved by `test_shared.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from timbrel_kit.dataset import Clip

BANDS = 24
LOWEST_HZ, HIGHEST_HZ = 60.0, 16000.0
FRAME = 4096
# Bands this far under an instrument's strongest say more about the room than about the instrument.
FLOOR_DB = 70.0
FARTHEST = 0.8


def spectrum_db(clips: list[Clip], sample_rate: int) -> NDArray[np.float64]:
    """Mean power [BANDS] in dB of an instrument's recordings in bands of equal ratio, its strongest at 0.

    Each recording counts the same, however loud it is.
    """
    edges = np.geomspace(LOWEST_HZ, min(HIGHEST_HZ, 0.5 * sample_rate), BANDS + 1)
    band = np.searchsorted(edges, np.fft.rfftfreq(FRAME, 1.0 / sample_rate)) - 1
    inside = (band >= 0) & (band < BANDS)
    total = np.zeros(BANDS)
    window = np.hanning(FRAME)
    for clip in clips:
        # Every other frame: the mean of a whole instrument needs no more.
        frames = np.lib.stride_tricks.sliding_window_view(clip.audio, FRAME)[:: 2 * FRAME]
        power = (np.abs(np.fft.rfft(frames * window)) ** 2).mean(0)
        bands = np.bincount(band[inside], power[inside], minlength=BANDS)
        total += bands / (bands.sum() + 1e-20)
    level = 10.0 * np.log10(total + 1e-20)
    return np.maximum(level - level.max(), -FLOOR_DB)


def first_places(spectra_db: NDArray[np.float64], dimensions: int) -> tuple[tuple[float, ...], ...]:
    """Places [I, dimensions] of instruments [I, BANDS]: principal components, each spread over -FARTHEST..FARTHEST."""
    centred = spectra_db - spectra_db.mean(0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    places = np.zeros((len(spectra_db), dimensions))
    kept = min(dimensions, int(np.sum(sizes > 1e-9)))
    places[:, :kept] = left[:, :kept]
    places *= FARTHEST / np.maximum(np.abs(places).max(0), 1e-9)
    return tuple(tuple(round(float(number), 4) for number in place) for place in places)
