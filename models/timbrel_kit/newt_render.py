"""The sound of the NEWT family, sample by sample in NumPy: the reference of `docs/model-format-newt.md`.

Runs offline on whole sounds, in float64 as the reference and in float32 for evaluation; needs no PyTorch.
Promises the authors' dry sound within -120 dB where it is given their phase and film, and the same sound within -90 dB
in float32; proved by `test_newt_render.py` and `test_import_nws.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy import signal

from timbrel_kit.features import Floats
from timbrel_kit.newt_constants import NewtConstants
from timbrel_kit.render import noise

CHUNK_SAMPLES = 4096


def between_frames(values: Floats, hop: int) -> NDArray[np.float64]:
    """Samples [(T - 1) hop, ...] of frames [T, ...] at every hop, linear between them."""
    values = np.asarray(values, dtype=np.float64)
    rise = (np.arange(hop) / hop).reshape(1, hop, *[1] * (values.ndim - 1))
    samples = values[:-1, None] * (1.0 - rise) + values[1:, None] * rise
    return samples.reshape(-1, *values.shape[1:])


def cycles_of(f0_hz: Floats, sample_rate: float) -> NDArray[np.float64]:
    """Phase in cycles of f0 [N]: 0 at the first sample, each sample's f0 counting from it to the next."""
    return np.concatenate([[0.0], np.cumsum(np.asarray(f0_hz, dtype=np.float64) / sample_rate)[:-1]])


def exciter(
    constants: NewtConstants, top_hz: float, f0_hz: Floats, cycles: Floats, dtype: DTypeLike = np.float64
) -> NDArray[np.floating]:
    """The shapers' channels [S, N]: partials k with k f0 under `top_hz`, mixed by the weights, and the bias."""
    lowest = max(float(np.min(f0_hz)), 1e-3)
    count = int(min(constants.harmonics, max(np.ceil(top_hz / lowest), 1)))
    number = np.arange(1, count + 1)[:, None]
    # In cycles and float64 up to here, so that partials of long sounds keep their digits in float32.
    turn = (number * np.asarray(cycles)) % 1.0
    sines = np.sin((2.0 * np.pi * turn + constants.exciter_phases[:count, None]).astype(dtype))
    if count * float(np.max(f0_hz)) >= top_hz:
        sines *= number * np.asarray(f0_hz) < top_hz
    return constants.exciter_weights[:, :count].astype(dtype) @ sines + constants.exciter_bias[:, None].astype(dtype)


def shaped_sum(
    constants: NewtConstants,
    top_hz: float,
    f0_hz: Floats,
    cycles: Floats,
    film: Floats,
    dtype: DTypeLike = np.float64,
) -> NDArray[np.float64]:
    """Dry sound [N] of f0 [N] in Hz, phase [N] in cycles and film [N, 4, S], all at every sample."""
    out = np.empty(len(f0_hz))
    weights = constants.output_weights.astype(np.float64)
    for first in range(0, len(out), CHUNK_SAMPLES):
        span = slice(first, first + CHUNK_SAMPLES)
        scale, shift, strength, rest = np.moveaxis(film[span], 0, -1).astype(dtype)
        index = scale * exciter(constants, top_hz, f0_hz[span], cycles[span], dtype) + shift
        out[span] = weights @ (strength * constants.shaped(index, dtype) + rest) + constants.output_bias[0]
    return out


def dry(
    constants: NewtConstants,
    top_hz: float,
    f0_hz: Floats,
    film: Floats,
    sample_rate: float,
    hop: int,
    dtype: DTypeLike = np.float64,
) -> NDArray[np.float64]:
    """Dry sound [(T - 1) hop] of frames: f0 [T] in Hz and film [T, 4, S], linear between frames."""
    f0 = between_frames(f0_hz, hop)
    cycles = cycles_of(f0, sample_rate)
    out = np.empty(len(f0))
    frames_a_chunk = max(CHUNK_SAMPLES // hop, 1)
    for first in range(0, len(film) - 1, frames_a_chunk):
        some = film[first : first + frames_a_chunk + 1]
        span = slice(first * hop, (first + len(some) - 1) * hop)
        out[span] = shaped_sum(constants, top_hz, f0[span], cycles[span], between_frames(some, hop), dtype)
    return out


def placed(sound: Floats, impulse_response: Floats | None) -> NDArray[np.float64]:
    """A sound [N] through an impulse response, cut to its own length; as it is without one."""
    sound = np.asarray(sound, dtype=np.float64)
    if impulse_response is None or len(impulse_response) == 0:
        return sound
    return signal.oaconvolve(sound, np.asarray(impulse_response, dtype=np.float64))[: len(sound)]


def sound(
    constants: NewtConstants,
    top_hz: float,
    f0_hz: Floats,
    film: Floats,
    noise_magnitudes: Floats,
    sample_rate: float,
    hop: int,
    seed: int = 1,
) -> NDArray[np.float32]:
    """Dry sound and noise [(T - 1) hop] in float32, without any impulse response: for evaluation."""
    made = dry(constants, top_hz, f0_hz, film, sample_rate, hop, np.float32)
    return (made + noise(noise_magnitudes, hop, seed)).astype(np.float32)
