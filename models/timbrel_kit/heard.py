"""What training hears of a decoder: partials at some frames, noise at all of them, whatever the family.

Runs in training. Both families' decoders have an `Ear`; the losses and the loop know nothing else of them.
Promises controls as the plugin gets them, silence included; proved by `test_train.py` and `test_newt_train.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from timbrel_kit.decoder import Decoder
from timbrel_kit.front_end import FrontEnd
from timbrel_kit.newt_decoder import NewtDecoder
from timbrel_kit.workers import over_all

# A NEWT is heard one cycle at a time: at this many frames of a crop or of a held note, or at every sixth frame.
CYCLES_OF_A_CROP = 6
CYCLES_OF_A_HELD_NOTE = 5
FRAMES_BETWEEN_CYCLES = 6
# Weights of what a NEWT's network could get wrong beside the partials, each in dB.
LEVEL_WEIGHT = 0.3
REST_WEIGHT, REST_UNDER_DB = 0.1, 45.0
BEYOND_WEIGHT, BEYOND_FLOOR_DB = 0.1, -95.0


@dataclass
class Heard:
    """Amplitudes [B, F, H] at `frames` [F], noise gains [B, T, K], and the family's own penalties, in dB.

    `sines` and `cosines` [B, F, H] are the strengths of the partials' parts; without cosines all start at phase 0.
    """

    partials: Tensor
    sines: Tensor
    cosines: Tensor | None
    noise: Tensor
    frames: Tensor
    beside: Tensor

    def at_every_frame(self) -> tuple[Tensor, Tensor | None, Tensor]:
        """Sines, cosines and noise at the first heard frame and all after it; partials linear between those heard."""
        first, last = int(self.frames[0]), int(self.frames[-1])
        cosines = None if self.cosines is None else self._between(self.cosines)
        return self._between(self.sines), cosines, self.noise[:, first : last + 1]

    def _between(self, values: Tensor) -> Tensor:
        first, last = int(self.frames[0]), int(self.frames[-1])
        if len(self.frames) == last - first + 1:
            return values
        wanted = torch.arange(first, last + 1)
        right = torch.clamp(torch.searchsorted(self.frames, wanted, right=True), max=len(self.frames) - 1)
        span = (self.frames[right] - self.frames[right - 1]).float()
        rise = ((wanted - self.frames[right - 1]).float() / span)[:, None]
        return values[:, right - 1] * (1.0 - rise) + values[:, right] * rise


class Ear(Protocol):
    """How one family is heard: which frames, and what they sound like."""

    decoder: FrontEnd

    def crop_frames(self, lead: int, frames: int, random: np.random.Generator) -> Tensor:
        """Frames of a crop that regression compares."""

    def every_frame(self, lead: int, frames: int) -> Tensor:
        """Frames of a crop from which its sound is made; the first is `lead`, the last `frames - 1`."""

    def held_frames(self, settle: int, frames: int, random: np.random.Generator) -> Tensor:
        """Frames of a held note that must be alike."""

    def hear(self, midi: Tensor, loudness_db: Tensor, frames: Tensor, latent: Tensor | None = None) -> Heard:
        """Runs the decoder over midi, loudness [B, T, 1] from a zero state, latent [B, 1, Z] (at rest if None)."""


def _fed(decoder: FrontEnd, midi: Tensor, loudness_db: Tensor, latent: Tensor | None) -> tuple[tuple, Tensor]:
    """The decoder's outputs and the plugin's gain [B, T, 1].

    Under the trained range the plugin holds `low_db` and attenuates by the difference: so does this.
    """
    config = decoder.config
    pitch, loudness = decoder.features(midi, torch.clamp(loudness_db, config.low_db, config.high_db))
    if latent is None:
        latent = torch.tensor([[[item.default for item in config.latent]]], device=midi.device)
    latent = latent.expand(*midi.shape[:2], len(config.latent))
    under = torch.clamp(loudness_db - config.low_db, max=0.0)
    # -100 dB is the floor of the measure: what reads so is silence.
    gain = torch.where(loudness_db <= -99.5, 0.0, 10.0 ** (under / 20.0))
    return decoder(pitch, loudness, latent, decoder.zero_states(midi.shape[0])), gain


class HarmonicEar:
    """DDSP: the decoder says the partials outright, so that every frame is heard."""

    def __init__(self, decoder: Decoder) -> None:
        self.decoder = decoder

    def crop_frames(self, lead: int, frames: int, random: np.random.Generator) -> Tensor:
        return torch.arange(lead, frames)

    def every_frame(self, lead: int, frames: int) -> Tensor:
        return torch.arange(lead, frames)

    def held_frames(self, settle: int, frames: int, random: np.random.Generator) -> Tensor:
        return torch.arange(settle, frames)

    def hear(self, midi: Tensor, loudness_db: Tensor, frames: Tensor, latent: Tensor | None = None) -> Heard:
        (amplitude, distribution, noise, _), gain = _fed(self.decoder, midi, loudness_db, latent)
        partials = (amplitude * distribution * gain)[:, frames]
        return Heard(partials, partials, None, noise * gain, frames, torch.zeros(()))


class WaveshapingEar:
    """NEWT: a cycle of the shapers' sound for each frame heard, so that few are."""

    def __init__(self, decoder: NewtDecoder) -> None:
        self.decoder = decoder

    def crop_frames(self, lead: int, frames: int, random: np.random.Generator) -> Tensor:
        return _some_of(lead, frames, CYCLES_OF_A_CROP, random)

    def every_frame(self, lead: int, frames: int) -> Tensor:
        return torch.cat([torch.arange(lead, frames - 1, FRAMES_BETWEEN_CYCLES), torch.tensor([frames - 1])])

    def held_frames(self, settle: int, frames: int, random: np.random.Generator) -> Tensor:
        return _some_of(settle, frames, CYCLES_OF_A_HELD_NOTE, random)

    def hear(self, midi: Tensor, loudness_db: Tensor, frames: Tensor, latent: Tensor | None = None) -> Heard:
        decoder = self.decoder
        (film, noise, _), gain = _fed(decoder, midi, loudness_db, latent)
        batch, count = midi.shape[0], len(frames)
        at = midi[:, frames]
        f0_hz = (440.0 * torch.exp2((at - 69.0) / 12.0)).flatten()
        cycles = decoder.cycles(film[:, frames].flatten(0, 1), f0_hz)
        presence = gain[:, frames]
        heard_noise = noise * gain
        parts = (cycles.amplitudes, cycles.sines, cycles.cosines)
        partials, sines, cosines = (part.view(batch, count, -1) * presence for part in parts)
        power = 0.5 * (partials**2 * decoder.partial_weights(at)).sum(-1)
        power = power + (heard_noise[:, frames] ** 2 * decoder.noise_weights).sum(-1)
        wanted = loudness_db[:, frames, 0]
        error = (10.0 * torch.log10(power + 1e-11) - wanted).abs()
        rest = 10.0 * torch.log10(cycles.rest**2 + 1e-12) - 10.0 * torch.log10(cycles.power + 1e-12)
        beyond = 10.0 * torch.log10(cycles.beyond + 1e-12) - BEYOND_FLOOR_DB
        beside = LEVEL_WEIGHT * error
        beside = beside + REST_WEIGHT * torch.relu(rest + REST_UNDER_DB).view(batch, count)
        beside = beside + BEYOND_WEIGHT * torch.relu(beyond).view(batch, count)
        sounding = (wanted > decoder.config.low_db).float()
        beside = (beside * sounding).sum() / (over_all(sounding.sum()) + 1e-6)
        return Heard(partials, sines, cosines, heard_noise, frames, beside)


def _some_of(first: int, frames: int, count: int, random: np.random.Generator) -> Tensor:
    chosen = random.choice(np.arange(first, frames), size=min(count, frames - first), replace=False)
    # torch.tensor follows the device of the training, from_numpy would not.
    return torch.tensor(np.sort(chosen))


def ear_of(decoder: FrontEnd) -> Ear:
    """The ear for a decoder of either family."""
    return WaveshapingEar(decoder) if isinstance(decoder, NewtDecoder) else HarmonicEar(decoder)
