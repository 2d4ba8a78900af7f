"""The NEWT decoder in PyTorch: the shared front end, heads for film and noise, and the shapers themselves.

Runs in training and as the reference of the parity file; `newt_graph.py` writes the same equations as ONNX.
Promises the sound of `docs/model-format-newt.md`, and levels that follow the loudness asked for; `test_newt_train.py`.

Neural Waveshaping Synthesis (Hayes, Saitis, Fazekas, ISMIR 2021) with a level by construction: output scales and noise
gains are multiplied by 10^(loudness / 20), and what the network may add to that is bounded. Every network output
is bounded too, so that no weights can make the shapers leave the range for which tables are baked.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from timbrel_kit.front_end import LOG_TEN, FrontEnd, exp_sigmoid
from timbrel_kit.newt_config import JUDGED_PARTIALS, NewtConfig
from timbrel_kit.newt_cycles import Cycles, cycle_lengths, heard_cycles
from timbrel_kit.room import Room

# The A-weighted level of a low note lies far under its plain level: hence so many.
CORRECTION_DB = 30.0
# The index may be scaled by 2^-this to 2^this, and shifted by this much.
INDEX_OCTAVES = 2.0
INDEX_SHIFT = 1.5
# One shaper may be this many times as strong as at the start.
STRONGEST = 3.0
STARTING_RMS = 0.7


class NewtDecoder(FrontEnd):
    """`forward` takes features [B, T, ...] and states; returns film [B, T, 4, S], noise gains and next states."""

    CONTROLS = ("film", "noise_magnitudes")

    def __init__(self, config: NewtConfig) -> None:
        super().__init__(config, JUDGED_PARTIALS)
        self.config: NewtConfig = config
        shapers, hidden = config.shapers, config.hidden
        self.to_film = nn.Linear(hidden, 4 * shapers)
        self.to_level = nn.Linear(hidden, 1)
        self.to_noise = nn.Linear(hidden, config.noise_bands)
        number = torch.arange(1, config.harmonics + 1, dtype=torch.float32)
        # From nearly a sine to nearly a pulse: shapers begin with different brightnesses.
        slope = torch.linspace(0.6, 2.5, shapers)[:, None]
        weights = torch.randn(shapers, config.harmonics) * number[None] ** -slope
        weights = STARTING_RMS * weights / torch.sqrt(0.5 * (weights**2).sum(1, keepdim=True))
        self.exciter_weights = nn.Parameter(weights)
        self.exciter_bias = nn.Parameter(torch.zeros(shapers))
        self.register_buffer("exciter_phases", 2.0 * math.pi * torch.rand(config.harmonics))
        self.layer_weights = nn.ParameterList()
        self.layer_biases = nn.ParameterList()
        width = 1
        for layer, outputs in enumerate(config.layers):
            last = layer == len(config.layers) - 1
            scale = 1.2 if layer == 0 else math.sqrt(6.0 / width) * (0.7 if last else 1.0)
            self.layer_weights.append(nn.Parameter(scale * (2.0 * torch.rand(shapers, outputs, width) - 1.0)))
            bias = 0.0 if last else math.pi / 2.0
            self.layer_biases.append(nn.Parameter(bias * (2.0 * torch.rand(shapers, outputs) - 1.0)))
            width = outputs
        self.output_weights = nn.Parameter(torch.full((shapers,), 1.0 / math.sqrt(shapers)))
        if config.impulse_samples:
            self.room = Room(config.impulse_samples, config.sample_rate)
        with torch.no_grad():
            self.to_film.weight.mul_(0.5)
            self.to_film.bias.view(4, shapers)[2].copy_(torch.randn(shapers) * 0.7)
            self.to_noise.bias.fill_(-2.5)
        nn.init.zeros_(self.to_level.weight)
        nn.init.zeros_(self.to_level.bias)

    def forward(
        self, pitch: Tensor, loudness: Tensor, latent: Tensor, states: list[Tensor]
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        """From pitch, loudness [B, T, 1], latent [B, T, Z] to film [B, T, 4, S], noise [B, T, K], next states."""
        left, _, level_db, next_states = self.read(pitch, loudness, latent, states)
        gain = torch.exp(level_db * (LOG_TEN / 20.0))
        level = gain * torch.exp(torch.tanh(self.to_level(left)) * (CORRECTION_DB * LOG_TEN / 20.0))
        scale, shift, strength, rest = torch.chunk(self.to_film(left), 4, dim=-1)
        index_scale = torch.exp(torch.tanh(scale) * (INDEX_OCTAVES * math.log(2.0)))
        index_shift = INDEX_SHIFT * torch.tanh(shift)
        output_scale = level * STRONGEST * torch.tanh(strength)
        # What a shaper adds at rest is taken off again: the network says how much that is.
        output_shift = -output_scale * torch.tanh(rest)
        film = torch.stack([index_scale, index_shift, output_scale, output_shift], dim=-2)
        return film, gain * exp_sigmoid(self.to_noise(left)), next_states

    def shaped(self, index: Tensor) -> Tensor:
        """The shapers' networks: index [S, N] to [S, N], a sine after every layer."""
        value = index[:, None]
        for weights, biases in zip(self.layer_weights, self.layer_biases, strict=True):
            value = torch.sin(torch.baddbmm(biases[..., None], weights, value))
        return value[:, 0]

    def cycles(self, film: Tensor, f0_hz: Tensor) -> Cycles:
        """Partials [N, JUDGED_PARTIALS] of frames film [N, 4, S] with f0 [N] in Hz, from one cycle of each."""
        lengths = cycle_lengths(f0_hz, self.config.sample_rate, JUDGED_PARTIALS)
        return heard_cycles(self, film, f0_hz, lengths, JUDGED_PARTIALS)
