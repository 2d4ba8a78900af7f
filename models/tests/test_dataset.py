"""The split into training and held-out recordings, the cache, and the ranges that the model file states.

Runs without PyTorch.
Promises what `dataset.py` promises.
"""

from pathlib import Path

import numpy as np

from timbrel_kit.dataset import Clip, Grid, held_out, loudness_range, prepare
from timbrel_kit.recordings import find_recordings

GRID = Grid(16000, 128, 12, 9, "a_weighted")


def clip(name: str, midi: int, level_db: float = -20.0) -> Clip:
    loudness = np.full(100, level_db, np.float32)
    loudness[:10] = -100.0
    empty = np.zeros((100, 1), np.float32)
    return Clip(name, midi, np.zeros(100, np.float32), np.full(100, 220.0, np.float32), loudness, empty, empty)


def test_every_recording_of_a_held_out_pitch_is_held_out() -> None:
    clips = [clip(f"{midi}-{take}", midi) for midi in range(36, 85, 3) for take in range(5)]
    pitches, names = held_out(clips)
    assert len(pitches) == 2
    assert all(c.name in names for c in clips if c.midi in pitches)
    seen = [c for c in clips if c.midi not in pitches]
    assert sum(c.name in names for c in seen) == len(seen) // 12


def test_the_split_does_not_depend_on_the_order() -> None:
    clips = [clip(f"{midi}-{take}", midi) for midi in range(36, 85, 3) for take in range(5)]
    assert held_out(clips) == held_out(clips[::-1])


def test_few_recordings_leave_one_out_and_a_single_one_trains() -> None:
    assert len(held_out([clip("a", 60), clip("b", 62)])[1]) == 1
    assert held_out([clip("a", 60)]) == (set(), set())


def test_loudness_ranges_are_ordered_also_with_one_dynamic() -> None:
    for clips in ([clip("a", 60)], [clip(str(level), 60, level) for level in range(-50, -9, 5)]):
        levels = loudness_range(clips)
        assert levels.low <= levels.soft < levels.loud <= levels.high


def test_the_cache_gives_back_what_was_analysed(notes_folder: Path, tmp_path: Path) -> None:
    recordings = find_recordings(notes_folder, notes_folder / "manifest.csv", "tone")[:2]
    first = prepare(recordings, GRID, tmp_path, lambda line: None)
    second = prepare(recordings, GRID, tmp_path, lambda line: None)
    assert len(list(tmp_path.glob("*.npz"))) == 2
    for (_, before), (_, after) in zip(first, second, strict=True):
        assert before.midi == after.midi
        assert np.array_equal(before.audio, after.audio)
        assert np.array_equal(before.harmonic_db, after.harmonic_db)


def test_clips_start_and_end_in_silence(notes_folder: Path) -> None:
    recordings = find_recordings(notes_folder, notes_folder / "manifest.csv", "tone")[:1]
    ((_, found),) = prepare(recordings, GRID, None, lambda line: None)
    assert found.loudness_db[0] == found.loudness_db[-1] == -100.0
    assert found.midi == 57
