"""What the decoder is conditioned on: loudness and f0 of a recording, one value a control frame.

Pure NumPy on whole recordings, frame `t` standing at sample `t * hop`.
Promises the loudness of `docs/model-format.md` and f0 within 1 cent on synthetic tones; proved by `test_features.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import signal

Floats = NDArray[np.floating]

LOUDNESS_FLOOR_MEAN_SQUARE = 1e-10
LOUDNESS_WINDOW_HOPS = 8
HETERODYNED_HARMONICS = 4
# Deviations beyond this come from noise, not from a player holding a known note.
F0_DEVIATION_LIMIT_CENTS = 80.0


def a_weighting(frequency_hz: Floats) -> NDArray[np.float64]:
    """Amplitude weighting of IEC 61672-1 (annex E), linear; 1 at 1 kHz, 0 at 0 Hz."""

    def response(hz: NDArray[np.float64]) -> NDArray[np.float64]:
        f2 = hz * hz
        return (12194.217**2 * f2 * f2) / (
            (f2 + 20.598997**2) * np.sqrt((f2 + 107.65265**2) * (f2 + 737.86223**2)) * (f2 + 12194.217**2)
        )

    return response(np.asarray(frequency_hz, dtype=np.float64)) / response(np.float64(1000.0))


def frame_count(samples: int, hop: int) -> int:
    """Frames of a recording: those at 0, hop, 2 hop, ... up to and including its end."""
    return samples // hop + 1


def windows_at_frames(audio: Floats, hop: int, length: int) -> NDArray[np.float32]:
    """View [T, length]: the samples around each frame, zeros outside of the recording."""
    half = length // 2
    frames = frame_count(len(audio), hop)
    padded = np.zeros((frames - 1) * hop + length, dtype=np.float32)
    end = min(len(padded), half + len(audio))
    padded[half:end] = audio[: end - half]
    return np.lib.stride_tricks.sliding_window_view(padded, length)[::hop]


def loudness_db(audio: Floats, sample_rate: float, hop: int, measure: str) -> NDArray[np.float32]:
    """Loudness [T] in dBFS of the weighted mean square under a Hann window of 8 hops, at least -100."""
    length = hop * LOUDNESS_WINDOW_HOPS
    window = np.hanning(length + 1)[:-1]
    frequency = np.fft.rfftfreq(length, 1.0 / sample_rate)
    weight = a_weighting(frequency) ** 2 if measure == "a_weighted" else np.ones_like(frequency)
    # Parseval: bins other than DC and Nyquist stand for two.
    weight = weight * 2.0
    weight[0] /= 2.0
    if length % 2 == 0:
        weight[-1] /= 2.0
    weight /= length * np.sum(window**2)
    frames = windows_at_frames(audio, hop, length)
    mean_square = np.empty(len(frames))
    for start in range(0, len(frames), 1024):
        spectrum = np.fft.rfft(frames[start : start + 1024] * window, axis=1)
        mean_square[start : start + 1024] = (spectrum.real**2 + spectrum.imag**2) @ weight
    return (10.0 * np.log10(mean_square + LOUDNESS_FLOOR_MEAN_SQUARE)).astype(np.float32)


def refined_f0(audio: Floats, sample_rate: float, hop: int, reference_hz: Floats) -> tuple[Floats, Floats]:
    """f0 [T] in Hz near a reference (a number, or one per frame), and its reliability [T] in 0..1.

    Each of the first harmonics is shifted to 0 Hz (heterodyned) and low-passed; what is left of its rotation is its
    deviation. Deviations are averaged with weight k^2 |y_k|^2, the inverse of their variance in white noise.
    """
    frames = frame_count(len(audio), hop)
    track = np.broadcast_to(np.asarray(reference_hz, dtype=np.float64), (frames,))
    per_sample = np.interp(np.arange(len(audio)), np.arange(frames) * hop, track)
    phase = 2.0 * np.pi * np.cumsum(per_sample) / sample_rate
    lowest = float(np.min(track))
    length = round(sample_rate * max(4.0 / lowest, 0.03))
    window = np.hanning(length + 2)[1:-1]
    window /= window.sum()
    numerator = np.zeros(frames)
    weight_sum = np.zeros(frames)
    for k in range(1, HETERODYNED_HARMONICS + 1):
        if k * float(np.max(track)) > 0.45 * sample_rate:
            break
        base = signal.oaconvolve(audio * np.exp(-1j * k * phase), window, mode="same")
        at_frames = np.zeros(frames, dtype=np.complex128)
        picked = base[::hop][:frames]
        at_frames[: len(picked)] = picked
        rotation = np.zeros(frames, dtype=np.complex128)
        rotation[1:-1] = at_frames[2:] * np.conj(at_frames[:-2])
        deviation = np.angle(rotation) * sample_rate / (2.0 * np.pi * k * 2.0 * hop)
        weight = k * k * np.abs(rotation)
        limit = track * (2.0 ** (F0_DEVIATION_LIMIT_CENTS / 1200.0) - 1.0)
        weight = np.where(np.abs(deviation) < limit, weight, 0.0)
        numerator += weight * deviation
        weight_sum += weight
    smoothing = np.hanning(11)[1:-1]
    numerator = np.convolve(numerator, smoothing, mode="same")
    weight_sum = np.convolve(weight_sum, smoothing, mode="same")
    strongest = float(np.percentile(weight_sum, 95)) + 1e-30
    # 40 dB under the body of the note there is only room left to follow.
    reliable = weight_sum > 1e-4 * strongest
    f0 = track + numerator / np.maximum(weight_sum, 1e-30)
    return held_where_unreliable(f0, reliable, float(np.median(track))), reliable.astype(np.float32)


def held_where_unreliable(values: Floats, reliable: NDArray[np.bool_], fallback: float) -> NDArray[np.float32]:
    """Values with each unreliable stretch replaced by the nearest reliable value."""
    known = np.flatnonzero(reliable)
    if len(known) == 0:
        return np.full(len(values), fallback, dtype=np.float32)
    positions = np.arange(len(values))
    right = np.clip(np.searchsorted(known, positions), 0, len(known) - 1)
    left = np.clip(right - 1, 0, len(known) - 1)
    nearer_left = np.abs(known[left] - positions) <= np.abs(known[right] - positions)
    return values[np.where(nearer_left, known[left], known[right])].astype(np.float32)


def hz_to_midi(hz: Floats) -> Floats:
    """MIDI pitch, 69 at 440 Hz."""
    return 69.0 + 12.0 * np.log2(np.asarray(hz, dtype=np.float64) / 440.0)


def midi_to_hz(midi: Floats) -> Floats:
    """Frequency in Hz of a MIDI pitch."""
    return 440.0 * 2.0 ** ((np.asarray(midi, dtype=np.float64) - 69.0) / 12.0)
