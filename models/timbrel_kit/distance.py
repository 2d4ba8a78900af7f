"""The multi-scale spectral distance between two sounds, in NumPy.

Used by evaluation and the figures on each instrument's card.
Promises 0 for equal sounds, and the same number as the training loss; proved by `test_synth.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# At 48 kHz 43 ms to 2.7 ms: partials of a low string apart at one end, onsets at the other.
FFT_SIZES = (4096, 2048, 1024, 512, 256, 128)
# Amplitude, full scale = 1 (-100 dBFS): what lies below cannot be heard beside a note and must not count.
MAGNITUDE_FLOOR = 1e-5


def magnitudes(audio: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """STFT magnitudes [frames, bins] with a Hann window and hops of a quarter; a full-scale sine reads 1."""
    window = np.hanning(size + 1)[:-1].astype(np.float32)
    framed = np.lib.stride_tricks.sliding_window_view(audio, size)[:: size // 4]
    return (np.abs(np.fft.rfft(framed * window, axis=1)) * (4.0 / size)).astype(np.float32)


def spectral_distance(audio: NDArray[np.float32], target: NDArray[np.float32]) -> float:
    """Sum over FFT_SIZES of the relative linear difference and the mean absolute log (natural) difference.

    The signals are cut to the shorter one.
    """
    count = min(len(audio), len(target))
    total = 0.0
    for size in FFT_SIZES:
        ours = magnitudes(audio[:count], size)
        theirs = magnitudes(target[:count], size)
        linear = np.abs(ours - theirs).sum() / (theirs.sum() + MAGNITUDE_FLOOR * theirs.size)
        ratio = np.log(ours + MAGNITUDE_FLOOR) - np.log(theirs + MAGNITUDE_FLOOR)
        total += float(linear + np.abs(ratio).mean())
    return total
