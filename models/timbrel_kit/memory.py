"""A GRU whose memory has a bound, so that a held note comes to rest.

Runs in training and as the reference of the parity file; `export.py` writes the same equations.
Promises that what it was fed fades at least as fast as the bound says; proved by `test_memory.py`.

A unit whose update gate z stays near 1 remembers for 1 / (1 - z) frames. Training hears crops of a second and leaves
some units that remember for ten: on a held note they creep, and the level with them. With z held under
exp(-hop / memory) they cannot (K. Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014,
equation 7, in PyTorch's form h' = n + z (h - n)).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from timbrel_kit.decoder_config import DecoderConfig


def highest_update(config: DecoderConfig) -> float | None:
    """The bound of the update gate, from the longest time constant in seconds; None where there is none."""
    if not config.memory_seconds:
        return None
    return math.exp(-config.hop / config.sample_rate / config.memory_seconds)


def recurrence(gru: nn.GRU, bound: float | None, inputs: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
    """Runs `gru` over inputs [B, T, D] from state [B, H]: outputs [B, T, H] and the last state [B, H]."""
    if bound is None:
        outputs, last = gru(inputs, state[None].contiguous())
        return outputs, last[0]
    from_inputs = nn.functional.linear(inputs, gru.weight_ih_l0, gru.bias_ih_l0)
    outputs = []
    for gates in from_inputs.unbind(1):
        input_r, input_z, input_n = gates.chunk(3, dim=-1)
        state_r, state_z, state_n = nn.functional.linear(state, gru.weight_hh_l0, gru.bias_hh_l0).chunk(3, dim=-1)
        update = torch.clamp(torch.sigmoid(input_z + state_z), max=bound)
        fresh = torch.tanh(input_n + torch.sigmoid(input_r + state_r) * state_n)
        state = fresh + update * (state - fresh)
        outputs.append(state)
    return torch.stack(outputs, dim=1), state
