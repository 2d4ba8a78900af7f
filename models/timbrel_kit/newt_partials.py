"""The partials of a NEWT while its film stands still, from one cycle of it: `newt_cycles.py` without PyTorch.

Runs in evaluation and calibration; needs no PyTorch.
Promises the partials of the rendered sound within 0.1 dB; proved by `test_newt_partials.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from timbrel_kit.features import Floats
from timbrel_kit.newt_constants import NewtConstants

# Points of a cycle for each partial under the training Nyquist, so that what folds back is weak.
POINTS_A_PARTIAL = 4
FEWEST_POINTS = 64
POINTS_AT_ONCE = 1 << 15


def sounding(top_hz: float, f0_hz: Floats, harmonics: int) -> NDArray[np.int64]:
    """How many partials [N] of the exciter lie under `top_hz`."""
    return np.clip(np.ceil(top_hz / np.asarray(f0_hz, dtype=np.float64)) - 1, 0, harmonics).astype(np.int64)


def exciter_cycle(constants: NewtConstants, partials: int, points: int) -> NDArray[np.float64]:
    """One cycle [S, points] of the exciter with its first `partials` partials."""
    number = np.arange(1, partials + 1)[:, None]
    sines = np.sin(2.0 * np.pi * number * np.arange(points) / points + constants.exciter_phases[:partials, None])
    weights = constants.exciter_weights[:, :partials].astype(np.float64)
    return weights @ sines + constants.exciter_bias[:, None]


def partials(
    constants: NewtConstants, top_hz: float, f0_hz: Floats, film: Floats, sample_rate: float
) -> NDArray[np.float64]:
    """Amplitudes [N, P] of the dry sound at f0 [N] in Hz, film [N, 4, S]: those of k f0 under Nyquist, else 0."""
    f0_hz = np.asarray(f0_hz, dtype=np.float64)
    nyquist = 0.5 * sample_rate
    # Under this f0 nothing has that many partials; it only sizes the result.
    most = max(int(np.ceil(nyquist / np.min(f0_hz))) - 1, 1)
    result = np.zeros((len(f0_hz), most))
    counts = sounding(top_hz, f0_hz, constants.harmonics)
    for count in np.unique(counts):
        alike = np.flatnonzero(counts == count)
        judged = max(int(np.ceil(nyquist / np.min(f0_hz[alike]))) - 1, 1)
        points = FEWEST_POINTS
        while points < POINTS_A_PARTIAL * judged:
            points *= 2
        cycle = exciter_cycle(constants, int(count), points)[:, None]
        at_once = max(POINTS_AT_ONCE // points, 1)
        for first in range(0, len(alike), at_once):
            chosen = alike[first : first + at_once]
            scale, shift, strength, rest = np.moveaxis(film[chosen], 0, -1)[..., None]
            shaped = constants.shaped((scale * cycle + shift).reshape(constants.shapers, -1))
            shaped = shaped.reshape(constants.shapers, len(chosen), points)
            summed = np.einsum("s,snp->np", constants.output_weights.astype(np.float64), strength * shaped + rest)
            result[chosen, :judged] = np.abs(np.fft.rfft(summed, axis=1))[:, 1 : judged + 1] * (2.0 / points)
    result *= f0_hz[:, None] * np.arange(1, most + 1) < nyquist
    return result
