"""Reads synthesizer controls off a recording: harmonic amplitudes and noise gains, frame by frame.

Pure NumPy on whole recordings. The controls are the targets of the regression stage and of the baselines.
Promises amplitudes within 0.2 dB on steady synthetic tones; proved by `test_features.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from timbrel_kit.features import Floats, windows_at_frames

FLOOR_DB = -120.0
# A Hann window of this many periods has its first zero at 0.44 f0: neighbours do not leak, midpoints are noise only.
WINDOW_PERIODS = 4.5
SHORTEST_WINDOW_SECONDS = 0.032
NOISE_SMOOTHING_FRAMES = 9


def to_db(linear: Floats) -> NDArray[np.float32]:
    """20 log10, not below FLOOR_DB."""
    return (20.0 * np.log10(np.maximum(linear, 10.0 ** (FLOOR_DB / 20.0)))).astype(np.float32)


def analysed_controls(
    audio: Floats, sample_rate: float, hop: int, f0_hz: Floats, harmonics: int, noise_bands: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Harmonic peak amplitudes [T, harmonics] and noise gains [T, noise_bands], both in dB.

    Noise gains are those of `docs/model-format.md`: for white noise of unit variance at `sample_rate`.
    Partials at or above Nyquist are at FLOOR_DB.
    """
    frames = len(f0_hz)
    harmonic_db = np.full((frames, harmonics), FLOOR_DB, dtype=np.float32)
    noise_power = np.zeros((frames, noise_bands), dtype=np.float64)
    lengths = _window_lengths(f0_hz, sample_rate)
    for length in np.unique(lengths):
        chosen = np.flatnonzero(lengths == length)
        views = windows_at_frames(audio, hop, int(length))
        fft_size = max(8192, 1 << int(np.ceil(np.log2(length * 4))))
        window = np.hanning(length + 1)[:-1].astype(np.float32)
        for start in range(0, len(chosen), 256):
            index = chosen[start : start + 256]
            spectrum = np.abs(np.fft.rfft(views[index] * window, fft_size, axis=1)).astype(np.float32)
            f0 = np.asarray(f0_hz)[index]
            harmonic_db[index] = _at_partials(spectrum, f0, harmonics, sample_rate, fft_size, window)
            noise_power[index] = _between_partials(spectrum, f0, noise_bands, sample_rate, fft_size, window)
    kernel = np.hanning(NOISE_SMOOTHING_FRAMES + 2)[1:-1]
    kernel /= kernel.sum()
    smoothed = np.apply_along_axis(lambda column: np.convolve(column, kernel, mode="same"), 0, noise_power)
    return harmonic_db, to_db(np.sqrt(smoothed))


def _window_lengths(f0_hz: Floats, sample_rate: float) -> NDArray[np.int64]:
    """An even window length for each frame, in steps of a quarter octave so that few lengths occur."""
    seconds = np.maximum(WINDOW_PERIODS / np.asarray(f0_hz), SHORTEST_WINDOW_SECONDS)
    steps = np.ceil(4.0 * np.log2(seconds / SHORTEST_WINDOW_SECONDS) - 1e-9)
    return 2 * np.round(SHORTEST_WINDOW_SECONDS * 2.0 ** (steps / 4.0) * sample_rate / 2.0).astype(np.int64)


def _at_partials(spectrum, f0, harmonics, sample_rate, fft_size, window) -> NDArray[np.float32]:
    frequency = f0[:, None] * np.arange(1, harmonics + 1)
    bins = np.minimum(np.round(frequency * fft_size / sample_rate).astype(np.int64), spectrum.shape[1] - 1)
    amplitude = 2.0 * np.take_along_axis(spectrum, bins, axis=1) / window.sum()
    return np.where(frequency < 0.5 * sample_rate, to_db(amplitude), FLOOR_DB)


def _between_partials(spectrum, f0, noise_bands, sample_rate, fft_size, window) -> NDArray[np.float64]:
    bands_hz = np.linspace(0.0, 0.5 * sample_rate, noise_bands)
    spacing = bands_hz[1]
    result = np.empty((len(f0), noise_bands))
    for row, fundamental in enumerate(f0):
        offsets = (0.5,) if fundamental < 400.0 else (0.35, 0.42, 0.5, 0.58, 0.65)
        count = max(int(0.5 * sample_rate / fundamental), 1)
        centres = (np.arange(count)[:, None] + np.asarray(offsets)).ravel() * fundamental
        centres = centres[centres < 0.5 * sample_rate]
        bins = np.round(centres * fft_size / sample_rate).astype(np.int64)
        power = spectrum[row, bins].astype(np.float64) ** 2 / np.sum(window.astype(np.float64) ** 2)
        index = np.minimum(np.round(centres / spacing).astype(np.int64), noise_bands - 1)
        counts = np.bincount(index, minlength=noise_bands)
        sums = np.bincount(index, weights=power, minlength=noise_bands)
        filled = counts > 0
        means = np.maximum(sums[filled] / counts[filled], 1e-14)
        result[row] = np.exp(np.interp(bands_hz, bands_hz[filled], np.log(means)))
    return result
