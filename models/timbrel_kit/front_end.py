"""The front end that both families share: (pitch, loudness, latent) features to the width that the heads read.

Runs in training and as the reference of the parity file; `export.py` writes the same equations as ONNX.
Promises the scalings of the metadata, and agreement with ONNX Runtime within 1e-5; proved by `test_export.py`.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn

from timbrel_kit.convolution import CausalConvolutions
from timbrel_kit.decoder_config import DecoderConfig
from timbrel_kit.features import a_weighting
from timbrel_kit.memory import highest_update, recurrence
from timbrel_kit.room import Room

LOWEST_DB, HIGHEST_DB = -100.0, 6.0
# Weights under -30 dB are not trusted to set the level: a spectrum of nothing but 20 Hz must not become huge.
WEIGHT_FLOOR = 1e-3
LOG_TEN = math.log(10.0)
LEAK = 0.2
PITCH_FEATURES = 3


def exp_sigmoid(x: Tensor) -> Tensor:
    """2 sigmoid(x)^ln 10 + 1e-7: about 20 dB for each unit below 0, saturating at 2 (DDSP, ICLR 2020, B.5)."""
    return 2.0 * torch.sigmoid(x) ** LOG_TEN + 1e-7


def noise_power_weights(config: DecoderConfig) -> np.ndarray:
    """Weighted power [noise_bands] of unit-variance noise under each band's triangle, its gain being 1."""
    fine = np.linspace(0.0, 1.0, 64 * (config.noise_bands - 1) + 1)
    position = fine * (config.noise_bands - 1)
    weight = np.ones_like(fine)
    if config.measure == "a_weighted":
        weight = a_weighting(fine * config.sample_rate / 2) ** 2 + WEIGHT_FLOOR
    bands = np.arange(config.noise_bands)
    triangle = np.maximum(0.0, 1.0 - np.abs(position[None, :] - bands[:, None]))
    return (triangle * weight).sum(axis=1) / len(fine)


class FrontEnd(nn.Module):
    """Sequence form: features [B, T, ...] and states to `left` [B, T, hidden], which the heads of a family read.

    `partial` are the numbers of the partials that are judged and weighted, `noise_weights` the noise bands' power.
    """

    # What `forward` returns before the states, by the names of the model file.
    CONTROLS: tuple[str, ...] = ()

    def __init__(self, config: DecoderConfig, partials: int) -> None:
        super().__init__()
        self.config = config
        width = PITCH_FEATURES + 1 + len(config.latent) + config.history * (2 + len(config.latent))
        hidden = config.hidden
        self.enter = nn.Linear(width, hidden)
        self.enter_norm = nn.LayerNorm(hidden)
        if config.core == "gru":
            self.gru = nn.GRU(hidden, hidden, batch_first=True)
        else:
            self.convolutions = CausalConvolutions(config)
        self.leave = nn.Linear(hidden + config.core_width, hidden)
        self.leave_norm = nn.LayerNorm(hidden)
        # Learned in the spectral stage, where there is one.
        self.room: Room | None = None
        partial = torch.arange(1, partials + 1, dtype=torch.float32)
        self.register_buffer("partial", partial, persistent=False)
        weights = torch.tensor(noise_power_weights(config), dtype=torch.float32)
        self.register_buffer("noise_weights", weights, persistent=False)

    def zero_states(self, batch: int) -> list[Tensor]:
        return [torch.zeros(batch, *shape) for _, shape in self.config.states()]

    def latent_of(self, instrument: Tensor, random: np.random.Generator) -> Tensor:
        """Latents [B, 1, Z] of the instruments [B] of a batch: with one instrument, the values at rest."""
        rest = torch.tensor([item.default for item in self.config.latent], device=instrument.device)
        return rest.expand(len(instrument), 1, len(self.config.latent))

    def latent_between(self, instrument: Tensor, random: np.random.Generator) -> Tensor:
        """Latents [B, 1, Z] at which notes must hold: with one instrument, the values at rest."""
        return self.latent_of(instrument, random)

    def features(self, midi: Tensor, loudness_db: Tensor) -> tuple[Tensor, Tensor]:
        """Model inputs from MIDI pitch and dB, by the scalings of the metadata."""
        config = self.config
        pitch = midi if config.pitch_unit == "midi" else 440.0 * torch.exp2((midi - 69.0) / 12.0)
        return (
            pitch * config.pitch_scale + config.pitch_offset,
            loudness_db * config.loudness_scale + config.loudness_offset,
        )

    def midi_from_feature(self, pitch: Tensor) -> Tensor:
        config = self.config
        value = (pitch - config.pitch_offset) / config.pitch_scale
        if config.pitch_unit == "hz":
            value = 69.0 + (12.0 / math.log(2.0)) * torch.log(torch.clamp(value, 8.0, 13000.0) / 440.0)
        return torch.clamp(value, 0.0, 127.0)

    def read(
        self, pitch: Tensor, loudness: Tensor, latent: Tensor, states: list[Tensor]
    ) -> tuple[Tensor, Tensor, Tensor, list[Tensor]]:
        """`left` [B, T, hidden], MIDI pitch and dB [B, T, 1] as the equations use them, and the next states."""
        midi = self.midi_from_feature(pitch)
        level_db = (loudness - self.config.loudness_offset) / self.config.loudness_scale
        level_db = torch.clamp(level_db, LOWEST_DB, HIGHEST_DB)
        inputs, next_states = self._inputs(midi, level_db, pitch, loudness, latent, states)
        entered = nn.functional.leaky_relu(self.enter_norm(self.enter(inputs)), LEAK)
        remembered, core_states = self._core(entered, states[: len(self.config.core_states())])
        left = torch.cat([entered, remembered], dim=-1)
        left = nn.functional.leaky_relu(self.leave_norm(self.leave(left)), LEAK)
        return left, midi, level_db, [*core_states, *next_states]

    def _core(self, entered: Tensor, states: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """What the core makes of [B, T, hidden], [B, T, core_width], and its next states."""
        if self.config.core == "convolution":
            return self.convolutions(entered, states)
        outputs, last = recurrence(self.gru, highest_update(self.config), entered, states[0])
        return outputs, [last]

    def _inputs(self, midi, level_db, pitch, loudness, latent, states) -> tuple[Tensor, list[Tensor]]:
        config = self.config
        centre = 0.5 * (config.pitch_low + config.pitch_high)
        half = 0.5 * (config.pitch_high - config.pitch_low)
        place = torch.clamp((midi - centre) / half, -1.25, 1.25)
        middle = 0.5 * (config.low_db + config.high_db)
        loud = torch.clamp((level_db - middle) / (0.5 * (config.high_db - config.low_db)), -1.5, 1.5)
        parts = [place, torch.sin(math.pi * place), torch.cos(math.pi * place), loud]
        if config.latent:
            parts.append(latent)
        next_states = []
        if config.history:
            now = [pitch, loudness] + ([latent] if config.latent else [])
            line = torch.cat([states[-1], torch.cat(now, dim=-1)], dim=1)
            frames = pitch.shape[1]
            parts += [line[:, tap : tap + frames] for tap in range(config.history)]
            next_states = [line[:, -config.history :]]
        return torch.cat(parts, dim=-1), next_states

    def frequencies(self, midi: Tensor) -> Tensor:
        """Frequency in Hz of each partial, [..., harmonics]."""
        return 440.0 * torch.exp((midi - 69.0) * (math.log(2.0) / 12.0)) * self.partial

    def partial_weights(self, midi: Tensor) -> Tensor:
        """Power weight of each partial: A-weighting in kHz (so that float32 keeps its digits), or 1."""
        if self.config.measure != "a_weighted":
            return torch.ones_like(self.partial)
        square = (self.frequencies(midi) * 1e-3) ** 2
        high = square + 12.194217**2
        low = square + 0.020598997**2
        middle = (square + 0.10765265**2) * (square + 0.73786223**2)
        ratio = (square * square) / (low * high)
        return A_WEIGHT_NORMALISER * ratio * ratio / middle + WEIGHT_FLOOR


def _normaliser() -> float:
    ratio = 1.0 / ((1.0 + 0.020598997**2) * (1.0 + 12.194217**2))
    return 1.0 / (ratio * ratio / ((1.0 + 0.10765265**2) * (1.0 + 0.73786223**2)))


A_WEIGHT_NORMALISER = _normaliser()
