"""What is judged beside a recording: the same note by a model, by a sampler, by a fixed spectrum, and the floor.

Runs in evaluation and in the report; needs no PyTorch.
Promises sounds as long as the recording that hear of it only f0, loudness and length; proved by `test_measures.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from timbrel_kit.baselines import MeanSpectrum, analysed, following, nearest_note, pitch_shifted
from timbrel_kit.dataset import Clip, Grid
from timbrel_kit.features import hz_to_midi
from timbrel_kit.newt_config import JUDGED_PARTIALS
from timbrel_kit.played import rendered
from timbrel_kit.render import sound
from timbrel_kit.runtime import Controls, Model

Sound = NDArray[np.float32]


def grid_of(model: Model) -> Grid:
    """What recordings must be analysed for, to judge a model. A NEWT is judged by as many partials as in training."""
    meta = model.metadata
    partials = JUDGED_PARTIALS if model.family == "newt" else meta["harmonics"]
    return Grid(meta["sample_rate"], meta["hop"], partials, meta["noise_bands"], meta["loudness"]["measure"])


def place_of(model: Model, instrument: str) -> list[float] | None:
    """Where in a shared model's latent space an instrument stands; None where it is not in it."""
    for item in model.metadata.get("instruments", []):
        if item["name"] == instrument:
            return item["latent"]
    return None


def played(model: Model, clip: Clip, place: list[float] | None = None) -> Sound:
    """The model's sound for the recording's f0 and loudness, at a place of its latent space (at rest if None)."""
    latent = None if place is None else np.tile(np.array(place, dtype=np.float32), (clip.frames, 1))
    controls = model.run_as_plugin(hz_to_midi(clip.f0_hz), clip.loudness_db, latent)
    return _cut(rendered(model, clip.f0_hz, controls), clip)


@dataclass(frozen=True)
class Baselines:
    """What needs no training: made from the recordings that a model was trained on."""

    training: list[Clip]
    grid: Grid

    @cached_property
    def mean_spectrum(self) -> MeanSpectrum:
        return MeanSpectrum.of(self.training, self.grid)

    def sampler(self, clip: Clip) -> Sound:
        """The nearest training note, resampled to the pitch and at the recording's power."""
        return pitch_shifted(nearest_note(clip, self.training, self.grid), clip, self.grid)

    def following_sampler(self, clip: Clip) -> Sound:
        """The same note, looped where it is too short, at the recording's loudness in every frame."""
        return following(nearest_note(clip, self.training, self.grid), clip, self.grid)

    def fixed_spectrum(self, clip: Clip) -> Sound:
        """The mean spectrum of all training notes at the recording's f0 and loudness."""
        return self._bank(self.mean_spectrum.controls(clip.f0_hz, clip.loudness_db), clip)

    def floor(self, clip: Clip) -> Sound:
        """Controls analysed from the recording itself, resynthesised: about as near as a sine bank comes."""
        return self._bank(analysed(clip), clip)

    def _bank(self, controls: Controls, clip: Clip) -> Sound:
        return _cut(sound(clip.f0_hz, controls, self.grid.sample_rate, self.grid.hop), clip)


def _cut(made: Sound, clip: Clip) -> Sound:
    """As long as the recording."""
    audio = np.zeros(len(clip.audio), dtype=np.float32)
    count = min(len(made), len(audio))
    audio[:count] = made[:count]
    return audio
