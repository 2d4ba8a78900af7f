"""Turns recordings into training material: audio, features and analysed controls, cached on disk.

Runs once before training. Frames of a recording start and end in true silence.
Promises that held-out recordings (every one of a held-out pitch) never reach training; proved by `test_dataset.py`.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from timbrel_kit import __version__
from timbrel_kit.analysis import analysed_controls
from timbrel_kit.errors import KitError, UnreadableAudio
from timbrel_kit.features import hz_to_midi, loudness_db, refined_f0
from timbrel_kit.recordings import Recording, read_audio
from timbrel_kit.tracking import tracked_f0
from timbrel_kit.whole_file import write_whole

SILENCE_SECONDS = 0.4
# One recording in this many is kept out of training, beside those of held-out pitches.
HELD_OUT_EVERY = 12
# Held-out pitches stand this far apart in the list of pitches that were recorded.
HELD_OUT_PITCH_FRACTIONS = (0.32, 0.77)
FEWEST_PITCHES_TO_HOLD_OUT = 8


@dataclass(frozen=True)
class Grid:
    """The training rate and the sizes of what is analysed."""

    sample_rate: int
    hop: int
    harmonics: int
    noise_bands: int
    measure: str


@dataclass
class Clip:
    """One analysed recording: audio [N]; the rest [T] or [T, size] with frame t at sample t * hop."""

    name: str
    midi: int
    audio: np.ndarray
    f0_hz: np.ndarray
    loudness_db: np.ndarray
    harmonic_db: np.ndarray
    noise_db: np.ndarray

    @property
    def frames(self) -> int:
        return len(self.f0_hz)


def prepare(
    recordings: list[Recording], grid: Grid, cache: Path | None, say: Callable[[str], None]
) -> list[tuple[Recording, Clip]]:
    """Analyses every usable recording. Names those that are not, and goes on without them."""
    ready = []
    for index, recording in enumerate(recordings):
        try:
            ready.append((recording, cached_clip(recording, grid, cache)))
        except UnreadableAudio as error:
            say(f"Left out: {error}")
        if (index + 1) % 25 == 0 or index + 1 == len(recordings):
            say(f"Analysed {index + 1} of {len(recordings)} recordings.")
    if not ready:
        raise KitError("None of the recordings can be used; the lines above say why.")
    return ready


def cached_clip(recording: Recording, grid: Grid, cache: Path | None) -> Clip:
    """Analyses a recording, or takes what `cache` holds of an earlier time."""
    if cache is None or not recording.path.is_file():
        return analyse(recording, grid)
    content = recording.path.read_bytes()
    key = hashlib.sha256(content + repr((grid, recording.measured_hz, recording.gain_db, __version__)).encode())
    stored = cache / f"{key.hexdigest()[:24]}.npz"
    if stored.is_file():
        with np.load(stored) as arrays:
            return Clip(recording.name, int(arrays["midi"]), *(arrays[n] for n in _ARRAYS))
    clip = analyse(recording, grid)
    content = io.BytesIO()
    np.savez(content, midi=clip.midi, **{n: getattr(clip, n) for n in _ARRAYS})
    write_whole(stored, content.getvalue())
    return clip


_ARRAYS = ("audio", "f0_hz", "loudness_db", "harmonic_db", "noise_db")


def analyse(recording: Recording, grid: Grid) -> Clip:
    """Reads one recording, puts silence around it, and extracts features and controls."""
    sound = read_audio(recording, grid.sample_rate)
    pad = np.zeros(int(SILENCE_SECONDS * grid.sample_rate) // grid.hop * grid.hop, dtype=np.float32)
    audio = np.concatenate([pad, sound, pad])
    reference = recording.measured_hz
    if reference is None:
        reference = tracked_f0(audio, grid.sample_rate, grid.hop)
    f0, _ = refined_f0(audio, grid.sample_rate, grid.hop, reference)
    loud = loudness_db(audio, grid.sample_rate, grid.hop, grid.measure)
    harmonic, noise = analysed_controls(audio, grid.sample_rate, grid.hop, f0, grid.harmonics, grid.noise_bands)
    midi = recording.midi
    if midi is None:
        midi = round(float(np.median(hz_to_midi(f0)[loud > np.max(loud) - 30.0])))
    return Clip(recording.name, midi, audio, f0, loud, harmonic, noise)


def held_out(clips: list[Clip]) -> tuple[set[int], set[str]]:
    """Pitches (MIDI) and names of recordings that training must not see.

    With fewer than FEWEST_PITCHES_TO_HOLD_OUT pitches none is held out whole; with one recording nothing is.
    """
    pitches = sorted({clip.midi for clip in clips})
    whole: set[int] = set()
    if len(pitches) >= FEWEST_PITCHES_TO_HOLD_OUT:
        whole = {pitches[round(fraction * (len(pitches) - 1))] for fraction in HELD_OUT_PITCH_FRACTIONS}
    names = {clip.name for clip in clips if clip.midi in whole}
    others = [clip for clip in clips if clip.midi not in whole]
    # By a hash of the name: the choice does not move when recordings are added.
    others.sort(key=lambda clip: hashlib.sha256(clip.name.encode()).digest())
    count = len(others) // HELD_OUT_EVERY
    if count == 0 and len(clips) > 1 and not whole:
        count = 1
    names |= {clip.name for clip in others[:count]}
    return whole, names


@dataclass(frozen=True)
class LoudnessRange:
    """dB: trained range, and the sustain levels of the softest and the loudest notes."""

    low: float
    high: float
    soft: float
    loud: float


LOWEST_LOW_DB = -80.0
# A recording without attack or release still gives the player this much.
SMALLEST_RANGE_DB = 18.0


def loudness_range(clips: list[Clip]) -> LoudnessRange:
    """The ranges that the model file states, from the training clips."""
    sounding = []
    sustain = []
    for clip in clips:
        level = clip.loudness_db
        sounding.append(level[level > max(LOWEST_LOW_DB, float(np.max(level)) - 60.0)])
        sustain.append(float(np.median(level[level > np.max(level) - 12.0])))
    every = np.concatenate(sounding)
    high = float(np.max(every))
    low = max(LOWEST_LOW_DB, min(float(np.percentile(every, 0.5)), high - SMALLEST_RANGE_DB))
    soft = max(float(np.percentile(sustain, 3)), low)
    loud = min(float(np.percentile(sustain, 97)), high)
    if loud - soft < 3.0:
        # One dynamic only: the attack and the release are all the dynamics there is.
        soft = max(low, loud - 12.0)
    return LoudnessRange(round(low, 2), round(high, 2), round(soft, 2), round(loud, 2))
