"""Matching: BS.1770 loudness, spectra that brighten with dynamics, and the tilts that make them.

Needs no PyTorch.
Promises what `matching.py` promises.
"""

import numpy as np
import pytest

from timbrel_kit.matching import (
    LEAST_RISE,
    Matching,
    k_weighting,
    log_centroid,
    rising,
    rising_tilts,
    tilted,
)

HERTZ = 220.0 * np.arange(1, 61)
DYNAMICS = np.linspace(0.0, 1.0, 5)


def test_a_sine_of_997_hz_reads_as_the_standard_says():
    # ITU-R BS.1770: a full-scale sine of 997 Hz in one channel reads -3.01 LKFS.
    lufs = -0.691 + 10.0 * np.log10(0.5 * k_weighting(np.array([997.0]))[0] ** 2)
    print(f"{lufs:.3f} LUFS")
    assert abs(lufs + 3.01) < 0.02
    assert 20.0 * np.log10(k_weighting(np.array([30.0]))[0]) < -6.0
    assert abs(20.0 * np.log10(k_weighting(np.array([10_000.0]))[0]) - 4.0) < 0.3


def test_the_nearest_rising_sequence():
    assert np.allclose(rising(np.array([1.0, 3.0, 2.0, 4.0])), [1.0, 2.5, 2.5, 4.0])
    assert np.allclose(rising(np.array([3.0, 2.0, 1.0])), 2.0)
    assert rising(np.array([1.0, 2.0])).tolist() == [1.0, 2.0]


@pytest.mark.parametrize("slopes", [(-9, -8, -6, -7, -6.5), (-6, -6, -6, -6, -6), (-5, -6, -7, -8, -9)])
def test_louder_becomes_brighter(slopes):
    partials = np.array([10.0 ** (slope * np.log2(np.arange(1, 61)) / 20.0) for slope in slopes])
    frequency = np.repeat(HERTZ[None], 5, axis=0)
    tilts = rising_tilts(partials, frequency, DYNAMICS)
    heard = [log_centroid(tilted(row, HERTZ, tilt), HERTZ) for row, tilt in zip(partials, tilts, strict=True)]
    print(np.round(tilts, 2), np.round(heard, 3))
    assert np.all(np.diff(heard) > 0.9 * LEAST_RISE / 4)
    assert np.max(np.abs(tilts)) < 6.0


def test_near_sines_are_tilted_with_measure():
    number = np.arange(1, 16)
    partials = np.array([np.where(number == 1, 1.0, 0.02 / number) for _ in DYNAMICS])
    tilts = rising_tilts(partials, 1300.0 * np.repeat(number[None], 5, axis=0), DYNAMICS)
    print(np.round(tilts, 2))
    assert np.all(np.diff(tilts) > 0.0)
    assert np.max(np.abs(tilts)) < 3.0


def test_what_is_right_already_is_left_alone():
    partials = np.array([10.0 ** (slope * np.log2(np.arange(1, 61)) / 20.0) for slope in (-9, -8, -7, -6, -5)])
    tilts = rising_tilts(partials, np.repeat(HERTZ[None], 5, axis=0), DYNAMICS)
    assert np.all(tilts == 0.0)
    assert "tilt" not in Matching(3.0, tilts[None].repeat(2, axis=0), -23.0).metadata()


def test_a_tilt_keeps_the_power():
    row = 1.0 / np.arange(1, 61)
    for tilt in (-6.0, -1.0, 2.0, 6.0):
        assert np.isclose(np.sum(tilted(row, HERTZ, tilt) ** 2), np.sum(row**2))
