"""Tracks the pitch of recordings about which nothing is known (a folder without a manifest).

Pure NumPy on whole recordings; the result is only a reference for `features.refined_f0`.
Promises the right octave on harmonic tones; proved by `test_features.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from timbrel_kit.features import Floats, frame_count, held_where_unreliable, windows_at_frames

LOWEST_HZ = 40.0
HIGHEST_HZ = 3200.0
WINDOW_SECONDS = 0.1
# Enough for a reference that is refined afterwards, and 9 times cheaper than 48 kHz every 4 ms.
TRACKING_RATE = 16000
TRACKING_HOP = 160
# The first dip of the normalised difference under this is taken: YIN, de Cheveigne and Kawahara 2002, step 4.
DIP_THRESHOLD = 0.15
# A dip must also be about as deep as the deepest: a strong third partial makes a shallow one at a third of the period.
DIP_TOLERANCE = 0.09
VOICED_THRESHOLD = 0.35
QUIET_DB_UNDER_LOUDEST = 45.0
STEADYING_FRAMES = 9


def tracked_f0(audio: Floats, sample_rate: int, hop: int) -> NDArray[np.float32]:
    """f0 [T] in Hz by YIN, median-smoothed, with unvoiced stretches held from their neighbours."""
    divisor = int(np.gcd(sample_rate, TRACKING_RATE))
    slow = signal.resample_poly(audio, TRACKING_RATE // divisor, sample_rate // divisor)
    track = _tracked(slow.astype(np.float32), TRACKING_RATE, TRACKING_HOP)
    seconds = np.arange(frame_count(len(audio), hop)) * hop / sample_rate
    return np.interp(seconds, np.arange(len(track)) * TRACKING_HOP / TRACKING_RATE, track).astype(np.float32)


def _tracked(audio: Floats, sample_rate: int, hop: int) -> NDArray[np.float32]:
    length = int(WINDOW_SECONDS * sample_rate)
    shortest, longest = int(sample_rate / HIGHEST_HZ), int(sample_rate / LOWEST_HZ)
    views = windows_at_frames(audio, hop, length + longest)
    frames = frame_count(len(audio), hop)
    f0 = np.zeros(frames)
    dips = np.ones(frames)
    for start in range(0, frames, 128):
        block = views[start : start + 128].astype(np.float64)
        difference = _normalised_difference(block, length, longest)
        for row, curve in enumerate(difference):
            lag, dip = _first_dip(curve, shortest)
            f0[start + row] = sample_rate / lag
            dips[start + row] = dip
    level = 10.0 * np.log10(np.mean(views.astype(np.float32) ** 2, axis=1) + 1e-12)
    reliable = (dips < VOICED_THRESHOLD) & (level > np.max(level) - QUIET_DB_UNDER_LOUDEST)
    held = held_where_unreliable(f0, reliable, 440.0)
    return signal.medfilt(held, min(STEADYING_FRAMES, len(held) - 1 + len(held) % 2)).astype(np.float32)


def _normalised_difference(block: NDArray[np.float64], length: int, longest: int) -> NDArray[np.float64]:
    """Cumulative-mean-normalised difference [rows, longest + 1] (YIN, equation 8)."""
    size = 1 << int(np.ceil(np.log2(block.shape[1] + length)))
    head = np.fft.rfft(block[:, :length], size, axis=1)
    whole = np.fft.rfft(block, size, axis=1)
    correlation = np.fft.irfft(whole * np.conj(head), size, axis=1)[:, : longest + 1]
    energy = np.cumsum(np.pad(block**2, ((0, 0), (1, 0))), axis=1)
    lags = np.arange(longest + 1)
    shifted = energy[:, lags + length] - energy[:, lags]
    difference = np.maximum(shifted[:, :1] + shifted - 2.0 * correlation, 0.0)
    running = np.cumsum(difference[:, 1:], axis=1)
    result = np.ones_like(difference)
    result[:, 1:] = difference[:, 1:] * lags[1:] / np.maximum(running, 1e-12)
    return result


def _first_dip(curve: NDArray[np.float64], shortest: int) -> tuple[float, float]:
    """Lag in samples (parabolic) and depth of the first dip under the threshold, or of the deepest."""
    inside = curve[shortest:-1]
    under = np.flatnonzero(inside < min(DIP_THRESHOLD, float(np.min(inside)) + DIP_TOLERANCE))
    lag = shortest + int(under[0] if len(under) else np.argmin(inside))
    while lag + 1 < len(curve) - 1 and curve[lag + 1] < curve[lag]:
        lag += 1
    before, here, after = curve[lag - 1], curve[lag], curve[lag + 1]
    curvature = before - 2.0 * here + after
    offset = 0.5 * (before - after) / curvature if curvature > 1e-12 else 0.0
    return lag + float(np.clip(offset, -0.5, 0.5)), float(here)
