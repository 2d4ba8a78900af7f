"""Draws training batches: crops of recordings, and held notes that no recording has.

Runs on the training thread. The batch of a step depends on the seed and the step alone.
Promises the same batches after a resume as without one; proved by `test_train.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from scipy import signal
from torch import Tensor

from timbrel_kit.analysis import FLOOR_DB
from timbrel_kit.dataset import Clip
from timbrel_kit.decoder_config import DecoderConfig
from timbrel_kit.features import LOUDNESS_WINDOW_HOPS, hz_to_midi, loudness_db

# The network hears this much before the loss starts, so that it need not start notes from a zero state.
LEAD_SECONDS = 0.1
GAIN_JITTER_DB = 2.0
SILENT_DB = -100.0
# Share of crops that are resampled to another pitch, where shifting is asked for.
SHIFTED_SHARE = 0.5
# Speeds of small whole numbers (a polyphase filter is cheap for them), from 0.4 to 2.7 semitones, up and down.
_SMALL = [Fraction(n + 1, n) for n in (6, 7, 8, 9, 10, 11, 12, 14, 17, 21, 29, 44)]
SHIFT_RATIOS = [*_SMALL, *(1 / ratio for ratio in _SMALL)]


@dataclass
class Batch:
    """Crops with T = lead + crop + 1 frames; audio covers the crop only."""

    midi: Tensor  # [B, T, 1]
    f0_hz: Tensor  # [B, T]
    loudness_db: Tensor  # [B, T, 1]
    harmonic_db: Tensor  # [B, T, H]
    noise_db: Tensor  # [B, T, K]
    audio: Tensor  # [B, crop * hop]
    start_cycles: Tensor  # [B]
    lead: int


class Sampler:
    """Crops of the training clips, longer clips more often, by the square root of their length."""

    def __init__(self, clips: list[Clip], config: DecoderConfig, seed: int, shift_semitones: float = 0.0) -> None:
        self.clips = clips
        limit = 2.0 ** (shift_semitones / 12.0)
        self.ratios = [ratio for ratio in SHIFT_RATIOS if max(ratio, 1 / ratio) <= limit]
        self.config = config
        self.seed = seed
        self.lead = int(LEAD_SECONDS * config.sample_rate / config.hop)
        weights = np.sqrt([clip.frames for clip in clips])
        self.chances = weights / weights.sum()

    def random(self, stage: str, step: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, {"regression": 1, "spectral": 2, "held": 3}[stage], step])

    def crops(self, stage: str, step: int, size: int, seconds: float) -> Batch:
        """The batch of one step: `size` crops of `seconds`."""
        random = self.random(stage, step)
        crop = round(seconds * self.config.sample_rate / self.config.hop)
        rows = []
        for index in random.choice(len(self.clips), size=size, p=self.chances):
            clip = self.clips[index]
            start = int(random.integers(-self.lead, max(clip.frames - crop // 2, 1)))
            gain_db = float(random.uniform(-GAIN_JITTER_DB, GAIN_JITTER_DB))
            if self.ratios and random.uniform() < SHIFTED_SHARE:
                ratio = self.ratios[int(random.integers(len(self.ratios)))]
                rows.append(self._shifted_crop(clip, start, crop, gain_db, ratio))
            else:
                rows.append(self._crop(clip, start, crop, gain_db))
        stacked = {key: torch.from_numpy(np.stack([row[key] for row in rows])) for key in rows[0]}
        cycles = torch.from_numpy(random.uniform(size=size).astype(np.float32))
        return Batch(**stacked, start_cycles=cycles, lead=self.lead)

    def _crop(self, clip: Clip, start: int, crop: int, gain_db: float) -> dict[str, np.ndarray]:
        wanted = np.arange(start - self.lead, start + crop + 1)
        index = np.clip(wanted, 0, clip.frames - 1)
        outside = ((wanted < 0) | (wanted >= clip.frames))[:, None]
        loudness = np.where(outside, SILENT_DB, clip.loudness_db[index, None] + gain_db)
        hop = self.config.hop
        audio = np.zeros(crop * hop, dtype=np.float32)
        first, last = max(start, 0) * hop, min((start + crop) * hop, len(clip.audio))
        if last > first:
            audio[first - start * hop : last - start * hop] = clip.audio[first:last] * 10.0 ** (gain_db / 20.0)
        f0 = clip.f0_hz[index]
        return {
            "midi": hz_to_midi(f0)[:, None].astype(np.float32),
            "f0_hz": f0.astype(np.float32),
            "loudness_db": np.maximum(loudness, SILENT_DB).astype(np.float32),
            "harmonic_db": np.where(outside, FLOOR_DB, clip.harmonic_db[index] + gain_db).astype(np.float32),
            "noise_db": np.where(outside, FLOOR_DB, clip.noise_db[index] + gain_db).astype(np.float32),
            "audio": audio,
        }

    def _shifted_crop(
        self, clip: Clip, start: int, crop: int, gain_db: float, ratio: Fraction
    ) -> dict[str, np.ndarray]:
        """A crop played `ratio` times as fast: its pitch, and its loudness measured anew."""
        config = self.config
        source = self._crop(clip, start, int(np.ceil(crop * ratio)) + 2, gain_db)
        samples = crop * config.hop
        stretched = signal.resample_poly(source["audio"], ratio.denominator, ratio.numerator).astype(np.float32)
        # Before the crop there is no audio: the lead keeps the loudness of the source.
        at = np.concatenate([np.arange(self.lead), self.lead + np.arange(crop + 1) * float(ratio)])
        known = np.arange(len(source["f0_hz"]))
        below = np.minimum(at.astype(np.int64), len(known) - 2)
        fraction = (at - below)[:, None]

        def resampled(values: np.ndarray) -> np.ndarray:
            return (values[below] * (1.0 - fraction) + values[below + 1] * fraction).astype(np.float32)

        f0 = resampled(source["f0_hz"][:, None])[:, 0] * np.float32(float(ratio))
        loudness = resampled(source["loudness_db"])
        measured = loudness_db(stretched, config.sample_rate, config.hop, config.measure)[: crop + 1, None]
        # Near the ends of the crop the window sees the cut.
        edge = LOUDNESS_WINDOW_HOPS // 2 + 1
        loudness[self.lead + edge : -edge] = measured[edge:-edge]
        return {
            "midi": hz_to_midi(f0)[:, None].astype(np.float32),
            "f0_hz": f0,
            "loudness_db": loudness,
            "harmonic_db": resampled(source["harmonic_db"]),
            "noise_db": resampled(source["noise_db"]),
            "audio": stretched[:samples],
        }

    def held_notes(self, step: int, size: int, seconds: float) -> tuple[Tensor, Tensor]:
        """MIDI pitch and dB [B, T, 1] of notes that rise from silence and then do not move at all."""
        random = self.random("held", step)
        config = self.config
        frames = int(seconds * config.sample_rate / config.hop)
        midi = random.uniform(config.pitch_low - 1.0, config.pitch_high + 1.0, size=(size, 1))
        level = random.uniform(config.soft_db - 12.0, config.loud_db + 3.0, size=(size, 1))
        rise = random.integers(2, self.lead + 2, size=(size, 1))
        ramp = np.minimum(np.arange(frames)[None] / rise, 1.0)
        loudness = config.low_db + (level - config.low_db) * ramp
        midi = np.broadcast_to(midi, loudness.shape)
        return (
            torch.from_numpy(midi.astype(np.float32).copy())[..., None],
            torch.from_numpy(loudness.astype(np.float32))[..., None],
        )
