"""Tables and cycles of a NEWT against the sound that its networks make, and what evaluation makes of a model.

Runs without PyTorch.
Promises what `newt_tables.py`, `newt_partials.py` and `played.py` promise of this family.
"""

import numpy as np
import pytest
from newt_models import CONFIG, IMPULSE, write_newt
from test_newt_export import random_constants

from timbrel_kit.held import measure_held_notes
from timbrel_kit.newt_partials import partials
from timbrel_kit.newt_render import dry
from timbrel_kit.newt_tables import TabledConstants
from timbrel_kit.played import rendered, spectra
from timbrel_kit.runtime import Model

RATE, HOP = 16000, 100


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return Model(write_newt(tmp_path_factory.mktemp("newt") / "known.onnx"))


def test_tables_sound_as_the_networks_do() -> None:
    constants = random_constants(5, 20, (4, 4, 1))
    random = np.random.default_rng(1)
    film = random.uniform(-0.2, 0.2, (60, 4, 5))
    exact, tabled = (
        dry(which, 8000.0, np.full(60, 300.0), film, RATE, HOP) for which in (constants, TabledConstants.of(constants))
    )
    error_db = 10.0 * np.log10(np.mean((exact - tabled) ** 2) / np.mean(exact**2))
    print(f"tables against networks: {error_db:.1f} dB")
    assert error_db < -70.0


def test_tables_hold_their_end_values() -> None:
    constants = random_constants(3, 4, (2, 1))
    low, high = constants.shaper_range.T[..., None]
    beyond = TabledConstants.of(constants).shaped(np.concatenate([low - 1.0, high + 1.0], axis=1))
    assert np.allclose(beyond, constants.shaped(np.concatenate([low, high], axis=1)), atol=1e-6)


@pytest.mark.parametrize("f0_hz", [100.0, 250.0, 1600.0])
def test_a_cycle_has_the_partials_of_the_rendered_sound(f0_hz: float) -> None:
    constants = random_constants(4, 20, (3, 1))
    film = np.repeat(np.random.default_rng(2).uniform(-0.2, 0.2, (1, 4, 4)), 161, axis=0)
    # At a high rate, for what folds back is no partial.
    fine = 8 * RATE
    audio = dry(constants, 5000.0, np.full(161, f0_hz), film, fine, 8 * HOP)[:fine]
    amplitudes = partials(constants, 5000.0, np.array([f0_hz]), film[:1], RATE)[0]
    places = np.round(f0_hz * np.arange(1, len(amplitudes) + 1)).astype(int)
    found = np.abs(np.fft.rfft(audio))[places] * 2.0 / fine
    error = np.max(np.abs(found - amplitudes)) / np.max(amplitudes)
    print(f"{f0_hz} Hz: {len(amplitudes)} partials, largest difference {error:.1e} of the strongest")
    assert error < 5e-3


def test_held_notes_of_a_newt_hold_and_follow_loudness(model: Model) -> None:
    report = measure_held_notes(model)
    print("\n".join(report.lines()))
    assert len(report.notes) == 15
    assert report.worst_spread_db < 1e-3
    step = (CONFIG.loud_db - CONFIG.soft_db) / 12
    assert report.smallest_step_db == pytest.approx(step, abs=0.01)


def test_spectra_and_sound_of_a_model_have_one_level(model: Model) -> None:
    frames = 200
    midi, level = np.full((1, frames), 57.0), np.full((1, frames), -20.0)
    through_direct = spectra(model, midi, level, np.array([frames - 1])).power()[0, 0]
    controls = model.run_as_plugin(midi[0], level[0])
    sound = rendered(model, np.full(frames, 220.0), controls)[4000:20000]
    # The room's one sample changes the level too: it is known exactly.
    spectrum = np.fft.rfft(sound.astype(np.float64))
    at = np.arange(len(spectrum)) * 2.0 * np.pi / len(sound)
    whole, direct = (
        np.abs(sum(tap * np.exp(-1j * at * n) for n, tap in enumerate(taps))) for taps in (IMPULSE, IMPULSE[:2])
    )
    power = np.sum(np.abs(spectrum[1:] * direct[1:] / whole[1:]) ** 2) * 2.0 / len(sound) ** 2
    difference_db = 10.0 * np.log10(power / through_direct)
    print(f"difference {difference_db:.3f} dB")
    assert abs(difference_db) < 0.1


def test_under_its_range_a_newt_is_attenuated_and_then_silent(model: Model) -> None:
    level = np.array([CONFIG.low_db, CONFIG.low_db - 10.0, -100.0])
    controls = model.run_as_plugin(np.full(3, 60.0), level)
    assert controls.presence == pytest.approx([1.0, 10.0**-0.5, 0.0])
