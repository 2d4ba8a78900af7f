"""Renders controls into sound with NumPy: what the engine does, for evaluation where there is no PyTorch.

Runs offline on whole sounds.
Promises the same sine bank as the PyTorch reference within 1e-5; proved by `test_synth.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from timbrel_kit.features import Floats
from timbrel_kit.runtime import Controls

CHUNK_FRAMES = 256


def harmonics(f0_hz: Floats, controls: Controls, sample_rate: int, hop: int) -> NDArray[np.float32]:
    """Sine bank [(T - 1) hop]: f0 and partial amplitudes linear between frames, phase 0 at the first sample."""
    partials = controls.amplitude[:, None] * controls.harmonic_distribution
    rise = np.arange(hop) / hop
    f0 = np.asarray(f0_hz, dtype=np.float64)
    per_sample = (f0[:-1, None] * (1.0 - rise) + f0[1:, None] * rise).ravel()
    cycles = np.concatenate([[0.0], np.cumsum(per_sample / sample_rate)[:-1]]) % 1.0
    out = np.empty(len(per_sample), dtype=np.float32)
    rise = rise.astype(np.float32)
    for first in range(0, len(f0) - 1, CHUNK_FRAMES):
        frames = min(CHUNK_FRAMES, len(f0) - 1 - first)
        span = slice(first * hop, (first + frames) * hop)
        lowest, highest = np.min(per_sample[span]), np.max(per_sample[span])
        count = min(partials.shape[1], int(np.ceil(0.5 * sample_rate / lowest)) - 1)
        numbers = np.arange(1, count + 1, dtype=np.float32)
        angle = (2.0 * np.pi * cycles[span]).astype(np.float32).reshape(frames, hop, 1)
        sines = np.sin(angle * numbers)
        if count * highest >= 0.5 * sample_rate:
            sines *= per_sample[span].reshape(frames, hop, 1) * numbers < 0.5 * sample_rate
        here = np.einsum("fhk,fk->fh", sines, partials[first : first + frames, :count])
        there = np.einsum("fhk,fk->fh", sines, partials[first + 1 : first + 1 + frames, :count])
        out[span] = (here * (1.0 - rise) + there * rise).ravel()
    return out


def noise(magnitudes: Floats, hop: int, seed: int) -> NDArray[np.float32]:
    """White noise of unit variance through zero-phase bands [T, K], overlap-added with Hann windows of two hops."""
    count, bands = magnitudes.shape
    size = 4 * hop
    stream = np.random.default_rng(seed).standard_normal((count + 1) * hop).astype(np.float32)
    window = np.hanning(2 * hop + 1)[:-1].astype(np.float32)
    pieces = np.lib.stride_tricks.sliding_window_view(stream, 2 * hop)[::hop][:count] * window
    spectrum = np.fft.rfft(np.pad(pieces, ((0, 0), (hop, hop))), axis=1)
    place = np.linspace(0.0, bands - 1.0, size // 2 + 1)
    below = np.minimum(place.astype(np.int64), bands - 2)
    fraction = place - below
    response = magnitudes[:, below] * (1.0 - fraction) + magnitudes[:, below + 1] * fraction
    filtered = np.fft.irfft(spectrum * response, size, axis=1).astype(np.float32)
    out = np.zeros((count - 1) * hop + size, dtype=np.float32)
    for frame in range(count):
        out[frame * hop : frame * hop + size] += filtered[frame]
    return out[size // 2 : size // 2 + (count - 1) * hop]


def sound(f0_hz: Floats, controls: Controls, sample_rate: int, hop: int, seed: int = 1) -> NDArray[np.float32]:
    """Harmonics plus noise, without any impulse response."""
    return harmonics(f0_hz, controls, sample_rate, hop) + noise(controls.noise_magnitudes, hop, seed)
