"""Files that several processes write at once, the cache of features among them.

Runs without PyTorch.
Promises what `whole_file.py` promises.
"""

import multiprocessing
from pathlib import Path

import pytest

from timbrel_kit.dataset import Grid, cached_clip
from timbrel_kit.recordings import find_recordings
from timbrel_kit.whole_file import write_whole

GRID = Grid(16000, 128, 12, 9, "a_weighted")
WRITERS = 4


def write_often(path: Path, letter: str, barrier) -> None:
    barrier.wait()
    for _ in range(200):
        write_whole(path, letter.encode() * 10_000)


def ends(target, arguments: list[tuple]) -> list[int | None]:
    """Runs `target` in as many processes as there are arguments, started together: how each ended."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(len(arguments))
    processes = [context.Process(target=target, args=(*given, barrier)) for given in arguments]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return [process.exitcode for process in processes]


def test_writers_of_one_file_leave_one_of_them_whole(tmp_path: Path) -> None:
    path = tmp_path / "shared"
    assert ends(write_often, [(path, letter) for letter in "abcd"]) == [0] * WRITERS
    content = path.read_bytes()
    assert len(content) == 10_000
    assert len(set(content)) == 1
    assert list(tmp_path.iterdir()) == [path]


def test_trainings_that_share_a_cache_do_not_stop_each_other(
    notes_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (recording,) = find_recordings(notes_folder, notes_folder / "manifest.csv", "tone")[:1]
    move = Path.replace

    def while_another_writes(part: Path, path: Path) -> None:
        monkeypatch.setattr(Path, "replace", move)
        cached_clip(recording, GRID, tmp_path)
        move(part, path)

    monkeypatch.setattr(Path, "replace", while_another_writes)
    cached_clip(recording, GRID, tmp_path)
    assert [path.suffix for path in tmp_path.iterdir()] == [".npz"]
