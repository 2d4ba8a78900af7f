"""The golden vectors hold what they promise.

Needs PyTorch.
Promises what `golden.py` promises.
"""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from timbrel_kit.golden import CASES, HIGHEST_PART_OF_NYQUIST, SAMPLE_RATES, write_case
from timbrel_kit.golden_newt import write_newt_case


@pytest.mark.parametrize("rate", SAMPLE_RATES)
@pytest.mark.parametrize("name", list(CASES))
def test_frames_are_in_order_and_partials_under_the_fade(name: str, rate: int) -> None:
    frames = CASES[name](rate)
    assert frames.positions[0] == 0
    assert np.all(np.diff(frames.positions) > 0)
    highest = frames.f0_hz.max() * frames.distribution.shape[1]
    assert highest < HIGHEST_PART_OF_NYQUIST * rate / 2
    assert frames.distribution.sum(1) == pytest.approx(1.0, abs=1e-6)


def test_a_case_is_the_same_on_every_run_and_starts_at_zero(tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    with (
        np.load(write_case("held", 44100, tmp_path)) as first,
        np.load(write_case("held", 44100, tmp_path / "again")) as second,
    ):
        assert np.array_equal(first["audio_harmonic"], second["audio_harmonic"])
        assert first["audio_harmonic"][0] == 0.0
        assert len(first["audio_harmonic"]) == first["hop_positions"][-1]
        assert first["noise_magnitudes"].shape == (len(first["f0_hz"]), 65)
        assert len(first["noise_band_power_db"]) + 1 == len(first["noise_band_edges_hz"])


@pytest.mark.parametrize("rate", [16000, 48000])
def test_a_newts_case_is_the_same_on_every_run_and_sounds(tmp_path: Path, rate: int) -> None:
    (tmp_path / "again").mkdir()
    positions = np.arange(0, 40 * rate // 250, rate // 250, dtype=np.int64)
    with (
        np.load(write_newt_case("jumps", rate, positions, 48000, tmp_path)) as first,
        np.load(write_newt_case("jumps", rate, positions, 48000, tmp_path / "again")) as second,
    ):
        assert np.array_equal(first["audio_dry"], second["audio_dry"])
        assert len(first["audio_dry"]) == positions[-1]
        peak = np.abs(first["audio_dry"]).max()
        print(f"peak {peak:.3f}")
        assert 0.05 < peak < 1.0
        assert first["film"].shape == (len(positions), 4, len(first["output_weights"]))
