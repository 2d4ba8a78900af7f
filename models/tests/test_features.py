"""Loudness, f0 and analysed controls of sounds whose values are known.

Runs without PyTorch.
Promises what `features.py`, `analysis.py` and `tracking.py` promise.
"""

import numpy as np
import pytest
from conftest import harmonic_tone

from timbrel_kit.analysis import analysed_controls
from timbrel_kit.features import a_weighting, frame_count, hz_to_midi, loudness_db, refined_f0
from timbrel_kit.tracking import tracked_f0

RATE, HOP = 48000, 192


def sine(hz: float, seconds: float = 0.5, rate: int = RATE) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(int(seconds * rate)) / rate).astype(np.float32)


@pytest.mark.parametrize(
    ("hz", "db"), [(1000.0, 0.0), (31.5, -39.4), (100.0, -19.1), (4000.0, 1.0), (10000.0, -2.5), (16000.0, -6.6)]
)
def test_a_weighting_has_the_values_of_the_standard(hz: float, db: float) -> None:
    # IEC 61672-1, table 3, rounded there to 0.1 dB at exact base-ten frequencies.
    assert 20 * np.log10(a_weighting(np.array(hz))) == pytest.approx(db, abs=0.15)


def test_a_weighting_at_one_kilohertz_is_nothing_and_at_zero_is_silence() -> None:
    assert a_weighting(np.array(1000.0)) == pytest.approx(1.0, abs=1e-12)
    assert a_weighting(np.array(0.0)) == 0.0


@pytest.mark.parametrize(
    ("measure", "hz", "expected", "within"),
    [
        ("a_weighted", 1000, -3.01, 0.02),
        ("power", 100, -3.01, 0.02),
        ("a_weighted", 4000, -2.05, 0.05),
        # The window's main lobe spreads over 60 Hz, where the weighting is steep.
        ("a_weighted", 100, -22.15, 0.5),
    ],
)
def test_loudness_of_a_full_scale_sine(measure: str, hz: float, expected: float, within: float) -> None:
    level = loudness_db(sine(hz), RATE, HOP, measure)
    assert level[20:-20] == pytest.approx(np.full(len(level) - 40, expected), abs=within)


def test_loudness_follows_the_gain_and_silence_reads_minus_one_hundred() -> None:
    level = loudness_db(0.01 * sine(1000), RATE, HOP, "a_weighted")
    assert np.median(level) == pytest.approx(-43.01, abs=0.02)
    assert loudness_db(np.zeros(9600, np.float32), RATE, HOP, "a_weighted") == pytest.approx(-100.0)


def test_the_edge_of_a_recording_is_as_loud_as_half_a_window() -> None:
    # The window of the first frame has its first half outside, where there are zeros.
    level = loudness_db(sine(1000), RATE, HOP, "power")
    assert level[0] == pytest.approx(-3.01 - 3.01, abs=0.1)
    assert len(level) == frame_count(24000, HOP)


@pytest.mark.parametrize("hz", [65.7, 146.0, 440.0, 1046.5])
@pytest.mark.parametrize("reference_cents", [-30.0, 0.0, 25.0])
def test_f0_of_a_tone_within_a_cent_of_the_truth(hz: float, reference_cents: float) -> None:
    tone = harmonic_tone(hz, 1.0, RATE)
    f0, _ = refined_f0(tone, RATE, HOP, hz * 2 ** (reference_cents / 1200))
    cents = 1200 * np.log2(f0[30:-30] / hz)
    assert np.max(np.abs(cents)) < 1.0


def test_f0_follows_a_vibrato() -> None:
    t = np.arange(RATE) / RATE
    f0 = 220.0 * 2 ** (20 / 1200 * np.sin(2 * np.pi * 5 * t))
    phase = 2 * np.pi * np.cumsum(f0) / RATE
    tone = sum(np.sin(k * phase) / k for k in range(1, 6)).astype(np.float32)
    measured, _ = refined_f0(tone, RATE, HOP, 220.0)
    truth = np.append(f0[::HOP], f0[-1])[: len(measured)]
    cents = 1200 * np.log2(measured / truth)
    assert np.sqrt(np.mean(cents[30:-30] ** 2)) < 4.0


def test_f0_is_held_through_silence() -> None:
    tone = np.concatenate([np.zeros(9600, np.float32), harmonic_tone(330.0, 0.5, RATE), np.zeros(9600, np.float32)])
    f0, reliable = refined_f0(tone, RATE, HOP, 330.0)
    assert np.max(np.abs(1200 * np.log2(f0 / 330.0))) < 15.0
    assert reliable[0] == 0.0
    assert reliable[len(f0) // 2] == 1.0


def test_analysed_amplitudes_and_noise_are_those_that_were_put_in() -> None:
    t = np.arange(RATE) / RATE
    levels = [0.2, 0.1, 0.05, 0.02]
    random = np.random.default_rng(3)
    tone = sum(level * np.sin(2 * np.pi * 220 * (k + 1) * t) for k, level in enumerate(levels))
    tone = (tone + 0.003 * random.standard_normal(RATE)).astype(np.float32)
    frames = frame_count(RATE, HOP)
    harmonic, noise = analysed_controls(tone, RATE, HOP, np.full(frames, 220.0, np.float32), 10, 17)
    middle = slice(40, -40)
    assert np.median(harmonic[middle, :4], axis=0) == pytest.approx(20 * np.log10(levels), abs=0.2)
    assert np.median(noise[middle, 2:-1]) == pytest.approx(20 * np.log10(0.003), abs=0.8)


@pytest.mark.parametrize("hz", [65.4, 220.0, 880.0])
def test_tracking_finds_the_right_octave(hz: float) -> None:
    f0 = tracked_f0(harmonic_tone(hz, 0.8, RATE), RATE, 480)
    assert np.median(hz_to_midi(f0)) == pytest.approx(hz_to_midi(hz), abs=0.1)
