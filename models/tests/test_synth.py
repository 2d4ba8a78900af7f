"""The synthesizers against closed forms and against each other.

Needs PyTorch.
Promises what `synth.py`, `render.py` and `losses.py` promise.
"""

from itertools import pairwise

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from timbrel_kit import render  # noqa: E402
from timbrel_kit.distance import spectral_distance  # noqa: E402
from timbrel_kit.golden import band_powers_db, noise_gains  # noqa: E402
from timbrel_kit.losses import spectral_distance as torch_distance  # noqa: E402
from timbrel_kit.runtime import Controls  # noqa: E402
from timbrel_kit.synth import reference_harmonics, training_harmonics, training_noise  # noqa: E402

RATE, HOP = 48000, 192


def frames(count: int = 51, partials: int = 12) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(2)
    f0 = np.linspace(300.0, 340.0, count)
    amplitude = random.uniform(0.1, 0.5, count)
    share = random.uniform(size=(count, partials))
    return f0, amplitude, share / share.sum(1, keepdims=True)


def reference(f0: np.ndarray, amplitude: np.ndarray, share: np.ndarray) -> np.ndarray:
    at = torch.arange(len(f0)) * HOP
    parts = (torch.from_numpy(value) for value in (f0, amplitude, share))
    return reference_harmonics(*parts, at, RATE, (len(f0) - 1) * HOP).numpy()


def test_the_reference_starts_at_phase_zero_and_holds_a_steady_sine() -> None:
    share = np.zeros((11, 3))
    share[:, 1] = 1.0
    audio = reference(np.full(11, 440.0), np.full(11, 0.5), share)
    expected = 0.5 * np.sin(2 * np.pi * 880.0 * np.arange(10 * HOP) / RATE)
    assert audio[0] == 0.0
    assert np.max(np.abs(audio - expected)) < 1e-10


def test_the_reference_leaves_out_partials_from_nyquist_up() -> None:
    share = np.full((11, 8), 1 / 8)
    audio = reference(np.full(11, 6000.0), np.full(11, 1.0), share)
    expected = sum(np.sin(2 * np.pi * 6000.0 * k * np.arange(10 * HOP) / RATE) for k in (1, 2, 3)) / 8
    assert np.max(np.abs(audio - expected)) < 1e-9


def test_the_training_synth_agrees_with_the_reference() -> None:
    f0, amplitude, share = frames()
    partials = torch.from_numpy(amplitude[:, None] * share).float()[None]
    fast = training_harmonics(torch.from_numpy(f0)[None], partials, torch.zeros(1), RATE, HOP)[0].numpy()
    assert np.max(np.abs(fast - reference(f0, amplitude, share))) < 1e-5


def test_the_numpy_synth_agrees_with_the_reference() -> None:
    f0, amplitude, share = frames(count=600)
    controls = Controls(amplitude.astype(np.float32), share.astype(np.float32), np.zeros((600, 3), np.float32))
    assert np.max(np.abs(render.harmonics(f0, controls, RATE, HOP) - reference(f0, amplitude, share))) < 1e-5


def test_the_numpy_synth_keeps_the_partials_of_a_low_note_after_a_high_one() -> None:
    f0 = np.repeat([2000.0, 200.0], 20)
    amplitude, share = np.full(40, 0.5, np.float32), np.full((40, 16), 1 / 16, np.float32)
    controls = Controls(amplitude, share, np.zeros((40, 3), np.float32))
    assert np.max(np.abs(render.harmonics(f0, controls, RATE, HOP) - reference(f0, amplitude, share))) < 1e-5


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_noise_has_the_power_that_its_bands_say(library: str) -> None:
    gains = noise_gains()
    if library == "numpy":
        audio = render.noise(np.tile(gains, (3001, 1)), HOP, 1)
    else:
        steady = torch.from_numpy(gains).expand(1, 3001, -1)
        audio = training_noise(steady, HOP, torch.Generator().manual_seed(1))[0].numpy()
    power = np.abs(np.fft.rfft(audio)) ** 2 / len(audio) ** 2 * 2
    hz = np.fft.rfftfreq(len(audio), 1 / RATE)
    edges = np.linspace(750.0, 21600.0, 9)
    measured = [10 * np.log10(power[(hz >= a) & (hz < b)].sum()) for a, b in pairwise(edges)]
    assert measured == pytest.approx(band_powers_db(gains, edges), abs=0.3)


def test_noise_frames_sound_where_they_stand() -> None:
    gains = np.zeros((41, 5), np.float32)
    gains[20] = 1.0
    for audio in (
        render.noise(gains, HOP, 1),
        training_noise(torch.from_numpy(gains)[None], HOP, torch.Generator().manual_seed(1))[0].numpy(),
    ):
        centre = np.sum(audio**2 * np.arange(len(audio))) / np.sum(audio**2)
        assert centre == pytest.approx(20 * HOP, abs=HOP / 4)


def test_both_spectral_distances_are_the_same_number() -> None:
    random = np.random.default_rng(4)
    one, other = (0.1 * random.standard_normal(16384).astype(np.float32) for _ in range(2))
    assert spectral_distance(one, one) == 0.0
    both = torch_distance(torch.from_numpy(one)[None], torch.from_numpy(other)[None])
    assert float(both[0]) == pytest.approx(spectral_distance(one, other), rel=1e-3)


def test_gradients_reach_amplitudes_through_the_training_synth() -> None:
    f0, amplitude, share = frames(count=6)
    partials = torch.from_numpy(amplitude[:, None] * share).float()[None].requires_grad_()
    training_harmonics(torch.from_numpy(f0)[None], partials, torch.zeros(1), RATE, HOP).pow(2).sum().backward()
    assert partials.grad is not None
    assert torch.all(partials.grad.abs().sum(1) > 0)
