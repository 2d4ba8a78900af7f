"""The DDSP decoder in PyTorch: (pitch, loudness, latent) features to synthesizer controls, any number of frames.

Runs in training and as the reference of the parity file; `export.py` writes the same equations as ONNX.
Promises steady controls for held inputs and agreement with ONNX Runtime within 1e-5; `test_export.py` proves it.

The level is not left to the network. It gives the *shape* of the spectrum; the shape is scaled so that its weighted
power equals the loudness that was asked for, up to a learned correction of at most CORRECTION_DB. So silence in is
silence out, and louder in is louder out, for any weights.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from timbrel_kit.decoder_config import DecoderConfig
from timbrel_kit.front_end import LOG_TEN, FrontEnd, exp_sigmoid

CORRECTION_DB = 6.0
POWER_FLOOR = 1e-10
BODY_LOW_HZ, BODY_HIGH_HZ = 30.0, 24000.0


class Decoder(FrontEnd):
    """Sequence form. `forward` takes features [B, T, ...] and states; returns controls [B, T, ...] and next states."""

    CONTROLS = ("amplitude", "harmonic_distribution", "noise_magnitudes")

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__(config, config.harmonics)
        hidden = config.hidden
        self.to_harmonics = nn.Linear(hidden, config.harmonics)
        self.to_noise = nn.Linear(hidden, config.noise_bands)
        self.to_correction = nn.Linear(hidden, 1)
        nn.init.zeros_(self.to_correction.weight)
        nn.init.zeros_(self.to_correction.bias)
        with torch.no_grad():
            # A start near instruments: partials fall by about 20 dB a decade, noise 40 dB under.
            self.to_harmonics.bias.copy_(-torch.log10(torch.arange(1, config.harmonics + 1).float()) - 1.0)
            self.to_noise.bias.fill_(-3.0)
        if config.body_points:
            self.body = nn.Parameter(torch.zeros(config.body_points))
        if config.impulse_samples:
            impulse = torch.zeros(config.impulse_samples)
            impulse[0] = 1.0
            self.impulse = nn.Parameter(impulse)

    def forward(
        self, pitch: Tensor, loudness: Tensor, latent: Tensor, states: list[Tensor]
    ) -> tuple[Tensor, Tensor, Tensor, list[Tensor]]:
        """From pitch, loudness [B, T, 1], latent [B, T, Z] to amplitude [B, T, 1], distribution [B, T, H], noise."""
        left, midi, level_db, next_states = self.read(pitch, loudness, latent, states)
        shape = self.shape(left, midi)
        amplitude, distribution, noise = self.scaled(*shape, self.to_correction(left), midi, level_db)
        return amplitude, distribution, noise, next_states

    def body_gain(self, frequency_hz: Tensor) -> Tensor:
        """The body's gain, in units of exp_sigmoid's input, linear between points over log frequency."""
        points = self.config.body_points
        slope = (points - 1) / math.log(BODY_HIGH_HZ / BODY_LOW_HZ)
        place = (torch.log(frequency_hz) - math.log(BODY_LOW_HZ)) * slope
        place = torch.clamp(place, 0.0, points - 1.001)
        below = torch.floor(place)
        index = below.long()
        fraction = place - below
        return self.body[index] * (1.0 - fraction) + self.body[index + 1] * fraction

    def shape(self, left: Tensor, midi: Tensor) -> tuple[Tensor, Tensor]:
        """Unscaled partial amplitudes, those from Nyquist up at 0, and unscaled noise gains."""
        frequency = self.frequencies(midi)
        logits = self.to_harmonics(left)
        if self.config.body_points:
            logits = logits + self.body_gain(frequency)
        inside = (frequency < 0.5 * self.config.sample_rate).to(logits.dtype)
        return exp_sigmoid(logits) * inside, exp_sigmoid(self.to_noise(left))

    def scaled(self, partials, noise, correction, midi, level_db) -> tuple[Tensor, Tensor, Tensor]:
        """Scales the shape to the loudness that was asked for."""
        power = 0.5 * (partials * partials * self.partial_weights(midi)).sum(-1, keepdim=True)
        power = power + (noise * noise * self.noise_weights).sum(-1, keepdim=True)
        wanted_db = level_db + CORRECTION_DB * torch.tanh(correction)
        gain = torch.exp(wanted_db * (LOG_TEN / 20.0)) / torch.sqrt(power + POWER_FLOOR)
        total = partials.sum(-1, keepdim=True)
        return gain * total, partials / (total + 1e-12), gain * noise
