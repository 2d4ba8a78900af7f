"""Mel spectra, and the log-mel distance between two sounds.

Pure NumPy on whole sounds; used by the report.
Promises 0 for equal sounds, and the difference of level where nothing else differs; proved by `test_measures.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from timbrel_kit.features import Floats

# Of the log-mel distance, at 48 kHz 43 ms every 11 ms: what the published figures of this kind use, give or take.
FFT_SIZE = 2048
HOP = 512
BANDS = 128
LOWEST_HZ = 20.0
# dB under the recording's loudest band: what lies below is inaudible beside it, and often the recording's own noise.
RANGE_DB = 80.0
# Slaney's scale: linear under 1 kHz (200/3 Hz a mel), above it 27 mels for a factor of 6.4 (Auditory Toolbox, 1998).
LINEAR_HZ, BREAK_HZ, LOG_STEP = 200.0 / 3.0, 1000.0, np.log(6.4) / 27.0


def _mel(hz: Floats) -> NDArray[np.float64]:
    hz = np.asarray(hz, dtype=np.float64)
    above = BREAK_HZ / LINEAR_HZ + np.log(np.maximum(hz, BREAK_HZ) / BREAK_HZ) / LOG_STEP
    return np.where(hz < BREAK_HZ, hz / LINEAR_HZ, above)


def _hz(mel: Floats) -> NDArray[np.float64]:
    mel = np.asarray(mel, dtype=np.float64)
    at_break = BREAK_HZ / LINEAR_HZ
    return np.where(mel < at_break, mel * LINEAR_HZ, BREAK_HZ * np.exp((mel - at_break) * LOG_STEP))


def filterbank(sample_rate: float, size: int, bands: int, low_hz: float, high_hz: float) -> NDArray[np.float32]:
    """Triangles [bands, size / 2 + 1] evenly spaced in mel, each of area 1 over Hz (Slaney's)."""
    corners = _hz(np.linspace(_mel(low_hz), _mel(high_hz), bands + 2))
    frequency = np.fft.rfftfreq(size, 1.0 / sample_rate)
    rising = (frequency - corners[:-2, None]) / (corners[1:-1] - corners[:-2])[:, None]
    falling = (corners[2:, None] - frequency) / (corners[2:] - corners[1:-1])[:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return (triangles * (2.0 / (corners[2:] - corners[:-2]))[:, None]).astype(np.float32)


def mel_power(audio: Floats, size: int, hop: int, weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Power [T, bands] under Hann windows around samples 0, hop, ..., zeros outside of the sound."""
    window = np.hanning(size + 1)[:-1].astype(np.float32)
    padded = np.pad(np.asarray(audio, dtype=np.float32), size // 2)
    framed = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop]
    spectrum = np.fft.rfft(framed * window, axis=1)
    return (spectrum.real**2 + spectrum.imag**2).astype(np.float32) @ weights.T


def log_mel_distance(audio: Floats, target: Floats, sample_rate: float) -> float:
    """Mean absolute difference in dB over BANDS mel bands, both held at RANGE_DB under the target's loudest.

    The signals are cut to the shorter one.
    """
    count = min(len(audio), len(target))
    weights = filterbank(sample_rate, FFT_SIZE, BANDS, LOWEST_HZ, 0.5 * sample_rate)
    theirs = mel_power(target[:count], FFT_SIZE, HOP, weights)
    ours = mel_power(audio[:count], FFT_SIZE, HOP, weights)
    floor = float(theirs.max()) * 10.0 ** (-RANGE_DB / 10.0) + 1e-20
    ratio = np.log10(np.maximum(ours, floor)) - np.log10(np.maximum(theirs, floor))
    return float(10.0 * np.abs(ratio).mean())
