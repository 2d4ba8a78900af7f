"""The published noise synthesizer as one linear map: from the network's filter bins to the gains of the model file.

Runs when a checkpoint is imported.
Promises band powers within 0.7 dB of the authors' synthesizer, 0.5 dB in sum; proved by `test_import_nws.py`.

The authors filter uniform noise in blocks: bins H, real and signed, to an impulse response, shifted to the middle of
the block and windowed; blocks under a rectangular window, multiplied in the frequency domain and the overlapping
outputs averaged. The shift undone, the window smooths H. Averaging costs power where the overlapping blocks were
filled from different samples, which depends on the lag in the impulse response alone. The plugin interpolates gains
linearly, which attenuates long lags: that is made up for. Their noise has the mean 0.5 and not 0: what this constant
makes, a rumble where the lowest bin moves from frame to frame, is left out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from timbrel_kit.features import Floats

# Standard deviation of what is uniform in 0 to 1.
UNIFORM_DEVIATION = 1.0 / np.sqrt(12.0)


def noise_map(window: Floats, hop: int) -> NDArray[np.float64]:
    """Matrix [K, K] from filter bins to gains for white noise of unit variance; window [2 (K - 1)]."""
    size = len(window)
    zero_phase = np.roll(np.asarray(window, dtype=np.float64), -(size // 2))
    lag = np.arange(size)
    distance = np.minimum(lag, size - lag) / size
    # Linear interpolation of the bins is this in the lag domain, and its image one block away.
    droop = np.sqrt(np.sinc(distance) ** 4 + np.sinc(1.0 - distance) ** 4)
    # At the lag 0 of the zero-phase response the authors' has half a block.
    kept = np.roll(power_kept(size, hop), -(size // 2))
    responses = np.fft.irfft(np.eye(size // 2 + 1), size, axis=1)
    weighted = responses * (zero_phase * np.sqrt(kept) / droop * UNIFORM_DEVIATION)
    return np.fft.rfft(weighted, axis=1).real.T


def power_kept(size: int, hop: int) -> NDArray[np.float64]:
    """Share of the power [size] left, at each lag of circular filtering, by averaging the overlapping blocks."""
    share = np.zeros(size)
    for first in range(min(hop, size)):
        # One output sample, seen by each block that it lies in; a block fills lags beyond its start from its own end.
        places = np.arange(first, size, hop)
        straight = (places[:, None] >= np.arange(size)).sum(0)
        share += (straight**2 + (len(places) - straight) ** 2) / len(places) ** 2
    return share / min(hop, size)
