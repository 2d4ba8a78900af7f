"""How far a sound is from a recording: spectra, mel bands, loudness, pitch, and what a music tagger makes of both.

Pure functions of a sound and an analysed recording; used by the report.
Promises 0 for the recording itself, and a shift of level or pitch read as what it is; proved by `test_measures.py`.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields

import numpy as np
from numpy.typing import NDArray

from timbrel_kit.dataset import SILENCE_SECONDS, Clip, Grid
from timbrel_kit.distance import spectral_distance
from timbrel_kit.features import loudness_db, refined_f0
from timbrel_kit.mel import log_mel_distance
from timbrel_kit.music_features import features

# Loudness is compared in frames this far under the recording's loudest, pitch in frames that carry one.
LOUDNESS_RANGE_DB = 40.0
PITCH_RANGE_DB = 25.0
# The tagger's features depend on the level: recordings are brought to this peak, and what is judged with them.
FEATURE_PEAK = 0.5


@dataclass(frozen=True)
class Measures:
    """Distances of one sound from one recording; 0 is best in all of them."""

    spectral: float
    log_mel_db: float
    loudness_db: float
    f0_cents: float


MEASURES = tuple(field.name for field in fields(Measures))


def measured(audio: NDArray[np.float32], clip: Clip, grid: Grid) -> Measures:
    """The distances of `audio` from the clip's recording, which it is as long as."""
    inside = _inside(clip, grid)
    return Measures(
        spectral_distance(audio[inside], clip.audio[inside]),
        log_mel_distance(audio[inside], clip.audio[inside], grid.sample_rate),
        loudness_error_db(audio, clip, grid),
        f0_error_cents(audio, clip, grid),
    )


def loudness_error_db(audio: NDArray[np.float32], clip: Clip, grid: Grid) -> float:
    """Mean absolute difference of loudness, by the measure that the model is driven with."""
    ours = loudness_db(audio, grid.sample_rate, grid.hop, grid.measure)
    sounding = clip.loudness_db > np.max(clip.loudness_db) - LOUDNESS_RANGE_DB
    return float(np.abs(ours - clip.loudness_db)[sounding].mean())


def f0_error_cents(audio: NDArray[np.float32], clip: Clip, grid: Grid) -> float:
    """Mean absolute difference of f0, both tracked from the rotation of the first four harmonics.

    Tracking stays within 80 cents of the recording's f0 (`features.refined_f0`): a wrong octave would read as noise.
    """
    ours, reliable = refined_f0(audio, grid.sample_rate, grid.hop, clip.f0_hz)
    sounding = (clip.loudness_db > np.max(clip.loudness_db) - PITCH_RANGE_DB) & (reliable > 0.5)
    if not sounding.any():
        return float("nan")
    return float(np.abs(1200.0 * np.log2(ours / clip.f0_hz))[sounding].mean())


def heard_features(audio: NDArray[np.float32], clip: Clip, grid: Grid) -> NDArray[np.float32]:
    """Features [windows, 200] of `audio` at the gain that brings the recording to FEATURE_PEAK."""
    gain = np.float32(FEATURE_PEAK / max(float(np.max(np.abs(clip.audio))), 1e-6))
    return features(audio[_inside(clip, grid)] * gain, grid.sample_rate)


def mean_of(found: list[Measures]) -> Measures:
    """The mean of each measure over recordings."""
    return Measures(*(float(value) for value in np.nanmean([astuple(item) for item in found], axis=0)))


def _inside(clip: Clip, grid: Grid) -> slice:
    """The recording without the silence that was put around it."""
    pad = int(SILENCE_SECONDS * grid.sample_rate)
    return slice(pad, len(clip.audio) - pad)
