"""The reference sound of the NEWT family against its equations written out sample by sample.

Runs without PyTorch.
Promises what `newt_render.py` promises; the authors' own sound is in `test_import_nws.py`.
"""

import math

import numpy as np
import pytest
from test_newt_export import random_constants

from timbrel_kit.newt_constants import NewtConstants
from timbrel_kit.newt_render import dry, placed, sound

RATE, HOP, TOP_HZ = 8000, 50, 3000.0


def frames(count: int, shapers: int) -> tuple[np.ndarray, np.ndarray]:
    """A glide through the places where partials leave, with film in motion."""
    random = np.random.default_rng(3)
    return np.linspace(300.0, 700.0, count), random.uniform(-1.0, 1.0, (count, 4, shapers))


def written_out(constants: NewtConstants, f0: np.ndarray, film: np.ndarray) -> np.ndarray:
    """One sample, one shaper, one node at a time."""
    out = []
    phase = 0.0
    for n in range((len(f0) - 1) * HOP):
        t, rise = divmod(n, HOP)
        rise /= HOP
        hz = f0[t] * (1 - rise) + f0[t + 1] * rise
        now = film[t] * (1 - rise) + film[t + 1] * rise
        total = float(constants.output_bias[0])
        for s in range(constants.shapers):
            y = float(constants.exciter_bias[s])
            for k in range(1, constants.harmonics + 1):
                if k * hz < TOP_HZ:
                    angle = 2 * math.pi * k * phase + float(constants.exciter_phases[k - 1])
                    y += float(constants.exciter_weights[s, k - 1]) * math.sin(angle)
            x = [now[0, s] * y + now[1, s]]
            for weights, biases in zip(constants.shaper_weights, constants.shaper_biases, strict=True):
                rows = zip(weights[s].tolist(), biases[s].tolist(), strict=True)
                x = [math.sin(sum(w * v for w, v in zip(row, x, strict=True)) + b) for row, b in rows]
            total += float(constants.output_weights[s]) * (now[2, s] * x[0] + now[3, s])
        out.append(total)
        phase += hz / RATE
    return np.array(out)


def db(error: np.ndarray, reference: np.ndarray) -> float:
    return float(10.0 * np.log10(np.mean(error**2) / np.mean(reference**2) + 1e-40))


def test_the_dry_sound_is_that_of_the_equations() -> None:
    constants = random_constants(3, 11, (4, 2, 1))
    f0, film = frames(12, 3)
    expected = written_out(constants, f0, film)
    exact = db(dry(constants, TOP_HZ, f0, film, RATE, HOP) - expected, expected)
    single = db(dry(constants, TOP_HZ, f0, film, RATE, HOP, np.float32) - expected, expected)
    print(f"float64 {exact:.0f} dB, float32 {single:.0f} dB from the equations written out")
    assert exact < -200.0
    assert single < -90.0


def test_a_sound_of_many_chunks_has_no_seams() -> None:
    constants = random_constants(3, 11, (4, 2, 1))
    f0, film = frames(400, 3)
    whole = dry(constants, TOP_HZ, f0, film, RATE, HOP)
    assert len(whole) == 399 * HOP
    turns = np.abs(np.diff(whole, 2))
    # Frames at which chunks begin are no rougher than the others.
    assert np.max(turns[:: 81 * HOP]) <= np.max(turns)
    silent = np.zeros((400, 5))
    assert db(sound(constants, TOP_HZ, f0, film, silent, RATE, HOP) - whole, whole) < -90.0


def test_an_impulse_response_is_heard_from_its_first_sample_on() -> None:
    click = np.zeros(20)
    click[3] = 2.0
    assert placed(click, np.array([1.0, 0.0, -0.5])) == pytest.approx(np.r_[0, 0, 0, 2, 0, -1, np.zeros(14)])
    assert np.array_equal(placed(click, None), click)
