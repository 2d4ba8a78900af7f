"""Draws training batches: crops of recordings, and held notes that no recording has.

Runs on the training thread. The batch of a step depends on the seed and the step alone.
Promises the same batches after a resume as without one; proved by `test_train.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from timbrel_kit.analysis import FLOOR_DB
from timbrel_kit.dataset import Clip
from timbrel_kit.decoder_config import DecoderConfig
from timbrel_kit.features import hz_to_midi
from timbrel_kit.workers import ALONE, Workers

# The network hears this much before the loss starts, so that it need not start notes from a zero state.
LEAD_SECONDS = 0.1
GAIN_JITTER_DB = 2.0
SILENT_DB = -100.0
# Each draws from random numbers of its own.
STREAMS = ("", "regression", "spectral", "held", "frames", "held frames", "places", "held places")


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
    instrument: Tensor  # [B], its index where several are trained together
    lead: int


class Sampler:
    """Crops of the training clips, longer clips more often, by the square root of their length.

    `instruments` are the indices of the clips' instruments, where there are several. They share the crops by the same
    rule: one of four times the material is drawn twice as often.
    """

    def __init__(
        self,
        clips: list[Clip],
        config: DecoderConfig,
        seed: int,
        instruments: list[int] | None = None,
        workers: Workers = ALONE,
    ) -> None:
        self.clips = clips
        self.instruments = np.array(instruments if instruments is not None else [0] * len(clips))
        self.config = config
        self.seed = seed
        self.workers = workers
        self.lead = int(LEAD_SECONDS * config.sample_rate / config.hop)
        weights = np.sqrt([clip.frames for clip in clips])
        weights /= np.sqrt(np.bincount(self.instruments, weights))[self.instruments]
        self.chances = weights / weights.sum()

    def random(self, stage: str, step: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, STREAMS.index(stage), step])

    def crops(self, stage: str, step: int, size: int, seconds: float) -> Batch:
        """The batch of one step: `size` crops of `seconds`, of the `size` times workers that are drawn."""
        random = self.random(stage, step)
        crop = round(seconds * self.config.sample_rate / self.config.hop)
        rows = []
        own = self.workers.rows(size)
        chosen = random.choice(len(self.clips), size=size * self.workers.count, p=self.chances)
        for row, index in enumerate(chosen):
            clip = self.clips[index]
            start = int(random.integers(-self.lead, max(clip.frames - crop // 2, 1)))
            gain_db = float(random.uniform(-GAIN_JITTER_DB, GAIN_JITTER_DB))
            if own.start <= row < own.stop:
                rows.append(self._crop(clip, start, crop, gain_db))
        stacked = {key: self._placed(np.stack([row[key] for row in rows])) for key in rows[0]}
        cycles = self._placed(random.uniform(size=len(chosen)).astype(np.float32)[own])
        instrument = self._placed(self.instruments[chosen][own])
        return Batch(**stacked, start_cycles=cycles, instrument=instrument, lead=self.lead)

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

    def held_instruments(self, step: int, size: int) -> Tensor:
        """The instruments [B] of the held notes of one step."""
        random = self.random("held places", step)
        drawn = random.integers(self.instruments.max() + 1, size=size * self.workers.count)
        return self._placed(drawn[self.workers.rows(size)])

    def held_notes(self, step: int, size: int, seconds: float) -> tuple[Tensor, Tensor]:
        """MIDI pitch and dB [B, T, 1] of notes that rise from silence and then do not move at all."""
        random = self.random("held", step)
        config = self.config
        frames = int(seconds * config.sample_rate / config.hop)
        own = self.workers.rows(size)
        size *= self.workers.count
        midi = random.uniform(config.pitch_low - 1.0, config.pitch_high + 1.0, size=(size, 1))
        level = random.uniform(config.soft_db - 12.0, config.loud_db + 3.0, size=(size, 1))
        rise = random.integers(2, self.lead + 2, size=(size, 1))
        ramp = np.minimum(np.arange(frames)[None] / rise, 1.0)
        loudness = config.low_db + (level - config.low_db) * ramp
        midi = np.broadcast_to(midi, loudness.shape)
        return (
            self._placed(midi.astype(np.float32)[own].copy())[..., None],
            self._placed(loudness.astype(np.float32)[own])[..., None],
        )

    def _placed(self, values: np.ndarray) -> Tensor:
        return torch.from_numpy(values).to(self.workers.device)
