"""The DDSP decoder of several instruments: a place in a latent space says which, and what lies between them.

Runs in training and as the reference of the parity file; `shared_graph.py` writes the same equations as ONNX.
Promises ONNX Runtime within 1e-5, and level by construction at every place; proved by `test_shared.py`.

A small network makes a *character* of the place; the front end, the heads and the body read it. The body is a table
for each place (linear in the character): what belongs to absolute frequencies is what tells instruments apart.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn

from timbrel_kit.decoder import BODY_HIGH_HZ, BODY_LOW_HZ, Decoder
from timbrel_kit.front_end import LEAK, PITCH_FEATURES, exp_sigmoid
from timbrel_kit.shared_config import SharedConfig

# Places move by this much (standard deviation) while training, so that near places sound alike.
PLACE_NOISE = 0.08
# tanh never reaches 1: a place at the edge starts here.
FARTHEST_START = 0.95


class SharedDecoder(Decoder):
    """Sequence form, as `Decoder`; latent [B, T, Z] is a place."""

    def __init__(self, config: SharedConfig) -> None:
        super().__init__(config)
        width = config.character
        self.meet = nn.Linear(len(config.latent), width)
        self.know = nn.Linear(width, width)
        self.enter = nn.Linear(PITCH_FEATURES + 1 + width, config.hidden)
        self.character_to_harmonics = nn.Linear(width, config.harmonics, bias=False)
        self.character_to_noise = nn.Linear(width, config.noise_bands, bias=False)
        self.character_to_body = nn.Linear(width, config.body_points, bias=False)
        for layer in (self.character_to_harmonics, self.character_to_noise, self.character_to_body):
            nn.init.zeros_(layer.weight)
        start = torch.tensor(config.places, dtype=torch.float32)
        start = start.reshape(len(config.instruments), len(config.latent))
        self.table = nn.Parameter(torch.atanh(torch.clamp(start, -FARTHEST_START, FARTHEST_START)))

    def places(self) -> Tensor:
        """Where the instruments stand [I, Z], within -1..1."""
        return torch.tanh(self.table)

    def latent_of(self, instrument: Tensor, random: np.random.Generator) -> Tensor:
        """Places [B, 1, Z] of instruments [B], each moved a little."""
        places = self.places()[instrument]
        moved = places + PLACE_NOISE * _normal(random, places)
        return torch.clamp(moved, -1.0, 1.0)[:, None]

    def latent_between(self, instrument: Tensor, random: np.random.Generator) -> Tensor:
        """Places [B, 1, Z] on the lines from instruments [B] to others: notes must hold there too."""
        other = torch.from_numpy(random.integers(len(self.config.instruments), size=len(instrument)))
        share = torch.from_numpy(random.uniform(size=(len(instrument), 1)).astype(np.float32)).to(self.table.device)
        places = self.places()
        between = places[instrument] * share + places[other.to(self.table.device)] * (1.0 - share)
        return between[:, None]

    def character(self, latent: Tensor) -> Tensor:
        """What the network makes of a place: [..., Z] to [..., character]."""
        first = nn.functional.leaky_relu(self.meet(latent), LEAK)
        return nn.functional.leaky_relu(self.know(first), LEAK)

    def forward(
        self, pitch: Tensor, loudness: Tensor, latent: Tensor, states: list[Tensor]
    ) -> tuple[Tensor, Tensor, Tensor, list[Tensor]]:
        character = self.character(latent)
        fed = character.expand(*pitch.shape[:2], -1)
        left, midi, level_db, next_states = self.read(pitch, loudness, fed, states)
        frequency = self.frequencies(midi)
        logits = self.to_harmonics(left) + self.character_to_harmonics(character)
        logits = logits + self.body_at(self.body + self.character_to_body(character), frequency)
        inside = (frequency < 0.5 * self.config.sample_rate).to(logits.dtype)
        noise = exp_sigmoid(self.to_noise(left) + self.character_to_noise(character))
        partials = exp_sigmoid(logits) * inside
        amplitude, distribution, noise = self.scaled(partials, noise, self.to_correction(left), midi, level_db)
        return amplitude, distribution, noise, next_states

    def body_at(self, body: Tensor, frequency_hz: Tensor) -> Tensor:
        """Gains [B, T, H] of bodies [B, T or 1, points], linear between points over log frequency."""
        points = self.config.body_points
        slope = (points - 1) / math.log(BODY_HIGH_HZ / BODY_LOW_HZ)
        place = torch.clamp((torch.log(frequency_hz) - math.log(BODY_LOW_HZ)) * slope, 0.0, points - 1.001)
        below = torch.floor(place)
        index = below.long()
        fraction = place - below
        bodies = body.expand(*frequency_hz.shape[:2], -1)
        return bodies.gather(-1, index) * (1.0 - fraction) + bodies.gather(-1, index + 1) * fraction


def _normal(random: np.random.Generator, like: Tensor) -> Tensor:
    return torch.from_numpy(random.standard_normal(like.shape).astype(np.float32)).to(like.device)
