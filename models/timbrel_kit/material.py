"""What there is to train on: recordings analysed, looked over, and their pitches held against their names.

Runs once before training, and again before evaluation with the same outcome.
Promises that each recording left out is named with a reason, and that too little is an error; proved by
`test_material.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from timbrel_kit.dataset import Clip, Grid, cached_clip, prepare
from timbrel_kit.errors import KitError
from timbrel_kit.features import midi_to_hz
from timbrel_kit.inspection import (
    CLIPPED_SHARE,
    MOST_ELSEWHERE,
    Partials,
    clipped_share,
    has_one_pitch,
    multiple_of_f0,
    partials_of,
)
from timbrel_kit.named_pitch import agreed_reading, note_name
from timbrel_kit.recordings import Recording, is_lossy, read_channels

# Frames this far under a recording's loudest are not counted as sound.
SOUNDING_DB = 40.0
SHORTEST_MATERIAL_SECONDS = 3.0
# What lies in a wider gap between recorded pitches is guessed.
WIDE_GAP_SEMITONES = 5
ONE_DYNAMIC_DB = 6.0

Pairs = list[tuple[Recording, Clip]]


def gather(
    recordings: list[Recording], grid: Grid, cache: Path | None, say: Callable[[str], None], keep_doubtful: bool = False
) -> Pairs:
    """Analyses recordings and leaves out the spoiled ones, each with a line that says why."""
    keeper = _Keeper(say, keep_doubtful)
    pairs = _without_doubles(prepare(recordings, grid, cache, say), say)
    pairs = [pair for pair in pairs if keeper.keeps(pair[0], clipping(*pair))]
    partials = {clip.name: partials_of(clip.audio, grid.sample_rate, grid.hop, clip.f0_hz) for _, clip in pairs}
    pairs = [_at_true_multiple(pair, partials, grid, cache) for pair in pairs]
    pairs = _held_against_names(pairs, partials, grid, cache, say)
    good = [pair for pair in pairs if keeper.keeps(pair[0], several_pitches(pair[1], partials[pair[1].name]))]
    for line in described([clip for _, clip in good], grid):
        say(line)
    missing = too_little([clip for _, clip in good], grid)
    if missing is not None:
        raise KitError(missing)
    return good


@dataclass(frozen=True)
class _Keeper:
    """Decides about recordings with a fault, and says so."""

    say: Callable[[str], None]
    keep_doubtful: bool

    def keeps(self, recording: Recording, fault: str | None) -> bool:
        if fault is None:
            return True
        self.say(f"{'Kept, though' if self.keep_doubtful else 'Left out:'} {recording.name} {fault}")
        return self.keep_doubtful


def clipping(recording: Recording, clip: Clip) -> str | None:
    """What is wrong with a recording that clips, as the rest of a sentence, or None."""
    if not recording.path.is_file():
        return None
    channels, rate = read_channels(recording.path)
    f0_hz = float(np.median(clip.f0_hz[_sounding(clip)]))
    share = max(clipped_share(channel, rate, f0_hz, is_lossy(recording.path)) for channel in channels.T)
    if share <= CLIPPED_SHARE:
        return None
    return f"clips: {100 * share:.1f} % of its samples lie in flat tops. Record it at a lower level."


def several_pitches(clip: Clip, partials: Partials) -> str | None:
    """What is wrong with a recording of noise or of several notes at once, as the rest of a sentence, or None."""
    f0_hz = float(np.median(clip.f0_hz[_sounding(clip)]))
    if partials.elsewhere > MOST_ELSEWHERE:
        return (
            f"does not hold one pitch: {100 * partials.elsewhere:.0f} % of its partials' power is off those of "
            f"{f0_hz:.0f} Hz. It may be noise, or several notes at once."
        )
    if not has_one_pitch(partials):
        return (
            f"does not hold one pitch: its partials fit no note, {f0_hz:.0f} Hz least badly. Are there several at once?"
        )
    return None


def sounding_seconds(clip: Clip, grid: Grid) -> float:
    """How long a recording sounds."""
    return float(np.count_nonzero(_sounding(clip))) * grid.hop / grid.sample_rate


def too_little(clips: list[Clip], grid: Grid) -> str | None:
    """A sentence where there is not enough to train on."""
    seconds = sum(sounding_seconds(clip, grid) for clip in clips)
    if seconds >= SHORTEST_MATERIAL_SECONDS:
        return None
    return (
        f"There are {seconds:.1f} s of usable sound in {len(clips)} recording{'' if len(clips) == 1 else 's'}; "
        f"{SHORTEST_MATERIAL_SECONDS:g} s is the least, and a few minutes over the whole range are good. Add notes: "
        "every third semitone, soft and loud, two to five seconds each."
    )


def described(clips: list[Clip], grid: Grid) -> list[str]:
    """What the recordings cover, and what they lack, in a few lines."""
    if not clips:
        return []
    pitches = sorted({clip.midi for clip in clips})
    seconds = sum(sounding_seconds(clip, grid) for clip in clips)
    lines = [
        f"{len(clips)} recordings, {seconds / 60:.1f} min of sound, {len(pitches)} pitches from "
        f"{note_name(pitches[0])} to {note_name(pitches[-1])}."
    ]
    gaps = [(low, high) for low, high in pairwise(pitches) if high - low > WIDE_GAP_SEMITONES]
    if gaps:
        named = ", ".join(f"{note_name(low)} to {note_name(high)}" for low, high in gaps)
        lines.append(f"Nothing was recorded inside of {named}: notes there will be guessed.")
    levels = [float(np.median(clip.loudness_db[_sounding(clip)])) for clip in clips]
    span = float(np.percentile(levels, 95) - np.percentile(levels, 5))
    if span < ONE_DYNAMIC_DB:
        lines.append(
            f"All are about equally loud (within {span:.0f} dB): how the timbre changes with dynamics must be guessed "
            "from attacks and releases."
        )
    return lines


def _sounding(clip: Clip) -> np.ndarray:
    return clip.loudness_db > np.max(clip.loudness_db) - SOUNDING_DB


def _without_doubles(pairs: Pairs, say: Callable[[str], None]) -> Pairs:
    """Each sound once: a copy among what is kept out of training would spoil the evaluation."""
    seen: dict[bytes, str] = {}
    single = []
    for recording, clip in pairs:
        digest = hashlib.sha256(clip.audio.tobytes()).digest()
        if digest in seen:
            say(f"Left out: {recording.name} is the same sound as {seen[digest]}.")
            continue
        seen[digest] = recording.name
        single.append((recording, clip))
    return single


def _at_true_multiple(
    pair: tuple[Recording, Clip], partials: dict[str, Partials], grid: Grid, cache: Path | None
) -> tuple[Recording, Clip]:
    """Mends a tracker that has found an octave or a twelfth under the note."""
    recording, clip = pair
    factor = multiple_of_f0(partials[clip.name]) if recording.measured_hz is None else 1
    if factor == 1:
        return pair
    return _again(recording, factor * float(np.median(clip.f0_hz[_sounding(clip)])), partials, grid, cache)


def _again(
    recording: Recording, hz: float, partials: dict[str, Partials], grid: Grid, cache: Path | None
) -> tuple[Recording, Clip]:
    """Analyses a recording anew, as one note near `hz`."""
    midi = round(69 + 12 * np.log2(hz / 440.0))
    known = replace(recording, measured_hz=round(hz, 3), midi=int(midi))
    clip = cached_clip(known, grid, cache)
    partials[clip.name] = partials_of(clip.audio, grid.sample_rate, grid.hop, clip.f0_hz)
    return known, clip


def _held_against_names(
    pairs: Pairs, partials: dict[str, Partials], grid: Grid, cache: Path | None, say: Callable[[str], None]
) -> Pairs:
    """Holds the pitches that were heard against those in file names; a name decides which octave it is."""
    heard = {recording.name: clip.midi for recording, clip in pairs if not recording.from_manifest}
    reading = agreed_reading(heard)
    if reading is None:
        return pairs
    above = (
        ""
        if reading.offset == 0
        else f", {abs(reading.offset)} semitones {'above' if reading.offset > 0 else 'below'} it"
    )
    say(f"The pitches in {reading.agreeing} of {len(reading.named)} file names agree with the sound{above}.")
    checked = []
    for recording, clip in pairs:
        expected = reading.expected(recording.name)
        if expected is None or clip.midi == expected:
            checked.append((recording, clip))
            continue
        before = partials[clip.name]
        known, candidate = _again(recording, float(midi_to_hz(expected)), partials, grid, cache)
        if _is_that_note(partials[clip.name], before):
            say(f"{recording.name}: heard as {note_name(clip.midi)}; by its name it is {note_name(expected)}.")
            checked.append((known, candidate))
            continue
        partials[clip.name] = before
        if abs(clip.midi - expected) > 1 and has_one_pitch(before):
            say(
                f"{recording.name} is named {note_name(expected + reading.offset)} but sounds like "
                f"{note_name(clip.midi + reading.offset)}: the sound is believed."
            )
        checked.append((recording, clip))
    return checked


def _is_that_note(by_name: Partials, by_ear: Partials) -> bool:
    """Whether the partials fit the pitch of the name at least as well as the one that was tracked."""
    return has_one_pitch(by_name) and multiple_of_f0(by_name) == 1 and by_name.elsewhere <= by_ear.elsewhere
