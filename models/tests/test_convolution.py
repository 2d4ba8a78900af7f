"""Dilated convolutions as the temporal core: causal, forgetful by construction, and the same in the file.

Needs PyTorch.
Promises what `convolution.py` and `convolution_graph.py` promise.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from timbrel_kit.convolution import CausalConvolutions  # noqa: E402
from timbrel_kit.decoder_config import Credits, DecoderConfig  # noqa: E402
from timbrel_kit.errors import KitError  # noqa: E402
from timbrel_kit.families import decoder_of  # noqa: E402
from timbrel_kit.golden import ODD  # noqa: E402
from timbrel_kit.instrument import write_instrument  # noqa: E402
from timbrel_kit.newt_config import NewtConfig  # noqa: E402
from timbrel_kit.parity import TOLERANCE, parity_error  # noqa: E402
from timbrel_kit.runtime import Model  # noqa: E402
from timbrel_kit.shared_config import SharedConfig, walkable  # noqa: E402

FULL = DecoderConfig(core="convolution", memory_seconds=0.35)
SMALL = replace(FULL, hidden=16, harmonics=12, noise_bands=9)
# More than a plugin's decoder may hold in its states is refused (docs/model-format.md).
LARGEST_STATES = 65536
FAMILIES = {
    "ddsp": FULL,
    "odd": replace(ODD, core="convolution", memory_seconds=0.35),
    "newt": NewtConfig(shapers=3, hidden=16, harmonics=8, noise_bands=5, core="convolution", memory_seconds=0.2),
    "shared": SharedConfig(
        core="convolution",
        memory_seconds=0.35,
        hidden=32,
        latent=walkable(2),
        instruments=("reed", "string"),
        places=((0.5, -0.8), (-0.3, 0.2)),
        character=16,
    ),
}


def untrained(config: DecoderConfig):
    torch.manual_seed(4)
    decoder = decoder_of(config)
    with torch.no_grad():
        for parameter in decoder.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return decoder


def core_and_states(config: DecoderConfig, batch: int) -> tuple[CausalConvolutions, list[torch.Tensor]]:
    torch.manual_seed(1)
    return CausalConvolutions(config), [torch.zeros(batch, *shape) for _, shape in config.core_states()]


def test_every_frame_of_the_reach_is_heard_and_none_before_it() -> None:
    core, states = core_and_states(SMALL, 1)
    inputs = torch.randn(1, core.reach + 20, SMALL.hidden, requires_grad=True)
    outputs, _ = core(inputs, states)
    outputs[0, -5].sum().backward()
    heard = torch.nonzero(inputs.grad[0].abs().sum(-1)).flatten()
    last = inputs.shape[1] - 5
    seconds = core.reach * SMALL.hop / SMALL.sample_rate
    print(f"{len(core.dilations)} layers of dilation {core.dilations} hear {core.reach} frames back, {seconds:.2f} s")
    assert heard.tolist() == list(range(last - core.reach, last + 1))
    assert seconds <= SMALL.memory_seconds


def test_pieces_give_what_the_whole_gives() -> None:
    core, states = core_and_states(SMALL, 2)
    inputs = torch.randn(2, 200, SMALL.hidden)
    with torch.no_grad():
        whole, last = core(inputs, states)
        pieces = []
        for piece in torch.split(inputs, [1, 2, 7, 90, 1, 99], dim=1):
            out, states = core(piece, states)
            pieces.append(out)
    assert torch.allclose(torch.cat(pieces, dim=1), whole, atol=1e-6)
    assert all(torch.allclose(one, other, atol=1e-6) for one, other in zip(states, last, strict=True))


@pytest.mark.parametrize("family", list(FAMILIES))
def test_onnx_runtime_agrees_with_pytorch(family: str, tmp_path: Path) -> None:
    config = FAMILIES[family]
    path = write_instrument(untrained(config), Credits(family, "tests", "CC0-1.0", "nothing"), tmp_path, lambda line: 0)
    error = parity_error(path, path.with_suffix(".parity.npz"))
    floats = sum(int(np.prod(shape)) for _, shape in config.states())
    print(f"{family}: largest difference {error:.1e}, {floats} numbers of state, {path.stat().st_size} bytes")
    assert error < TOLERANCE
    assert floats <= LARGEST_STATES


def test_a_held_note_is_at_rest_once_the_reach_is_over(tmp_path: Path) -> None:
    path = write_instrument(untrained(FULL), Credits("Held", "tests", "CC0-1.0", "nothing"), tmp_path, lambda line: 0)
    reach = CausalConvolutions(FULL).reach
    level = np.concatenate([np.linspace(-60.0, -20.0, 30), np.full(reach + 200, -20.0)])
    played = Model(path).run(np.full(len(level), 60.0), level)
    settled = slice(30 + reach, None)
    assert np.ptp(played.amplitude[settled]) == 0.0
    assert np.all(np.ptp(played.harmonic_distribution[settled], axis=0) == 0.0)
    assert np.ptp(played.amplitude[30 : 30 + reach]) > 0.0


def test_a_memory_that_is_too_short_is_told() -> None:
    with pytest.raises(KitError, match=r"needs a memory of 2 frames at least, which is 0\.008 s; it was given 0 s"):
        replace(FULL, memory_seconds=0.0).dilations()
