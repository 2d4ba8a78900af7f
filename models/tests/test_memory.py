"""A bounded GRU: PyTorch's own where the bound is out of reach, forgetful where it is not, and the same in the file.

Needs PyTorch.
Promises what `memory.py` promises.
"""

from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from timbrel_kit.decoder_config import Credits, DecoderConfig  # noqa: E402
from timbrel_kit.families import decoder_of  # noqa: E402
from timbrel_kit.instrument import write_instrument  # noqa: E402
from timbrel_kit.memory import highest_update, recurrence  # noqa: E402
from timbrel_kit.newt_config import NewtConfig  # noqa: E402
from timbrel_kit.parity import TOLERANCE, parity_error  # noqa: E402

SMALL = NewtConfig(shapers=3, hidden=16, harmonics=8, noise_bands=5)


def slow_gru() -> torch.nn.GRU:
    """Random weights, with update gates near 1."""
    torch.manual_seed(2)
    gru = torch.nn.GRU(4, 16, batch_first=True)
    with torch.no_grad():
        gru.bias_ih_l0[16:32] = 9.0
    return gru


def test_without_need_of_the_bound_it_is_pytorchs_gru() -> None:
    gru, inputs, state = slow_gru(), torch.randn(3, 50, 4), torch.randn(3, 16).tanh()
    free, last_free = recurrence(gru, None, inputs, state)
    bounded, last_bounded = recurrence(gru, 1.0, inputs, state)
    error = float((free - bounded).detach().abs().max())
    print(f"spelled out against PyTorch's GRU: {error:.1e}")
    assert error < 1e-5
    assert torch.allclose(last_free, last_bounded, atol=1e-5)


def test_what_it_was_fed_fades_as_fast_as_the_bound_says() -> None:
    config = replace(DecoderConfig(), memory_seconds=0.3)
    bound = highest_update(config)
    assert bound is not None
    frames = round(3.0 * config.sample_rate / config.hop)
    gru, inputs = slow_gru(), torch.randn(1, 1, 4).expand(2, frames, 4)
    states = torch.stack([torch.full((16,), 0.9), torch.full((16,), -0.9)])
    far = [
        float((ends[0] - ends[1]).detach().abs().max())
        for ends in (recurrence(gru, b, inputs, states)[1] for b in (None, bound))
    ]
    print(f"two states after 3 s of the same note: {far[0]:.3f} apart without a bound, {far[1]:.1e} with 0.3 s")
    assert far[0] > 0.5
    assert far[1] < 0.01
    assert highest_update(DecoderConfig()) is None


def test_the_file_holds_the_bound(tmp_path: Path) -> None:
    torch.manual_seed(5)
    decoder = decoder_of(replace(SMALL, memory_seconds=0.1))
    with torch.no_grad():
        decoder.gru.bias_ih_l0[16:32] = 9.0
    path = write_instrument(decoder, Credits("Bounded", "tests", "CC0-1.0", "nothing"), tmp_path, lambda line: None)
    assert parity_error(path, path.with_suffix(".parity.npz")) < TOLERANCE
