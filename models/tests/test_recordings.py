"""Finding and reading recordings, good and bad.

Runs without PyTorch.
Promises what `recordings.py` promises.
"""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from conftest import harmonic_tone

from timbrel_kit.dataset import Grid, prepare
from timbrel_kit.errors import KitError, UnreadableAudio
from timbrel_kit.recordings import Recording, find_recordings, read_audio

GRID = Grid(16000, 128, 12, 9, "a_weighted")


def test_a_file_that_is_no_audio_is_named_and_the_rest_is_used(notes_folder: Path) -> None:
    said: list[str] = []
    recordings = find_recordings(notes_folder, notes_folder / "manifest.csv", "tone")
    ready = prepare(recordings, GRID, None, said.append)
    assert len(recordings) == 11
    assert len(ready) == 10
    assert any("broken.wav" in line and "cannot be read" in line for line in said)


def test_without_a_manifest_the_pitch_is_tracked(notes_folder: Path) -> None:
    recordings = find_recordings(notes_folder, None, None)
    ready = prepare(recordings, GRID, None, lambda line: None)
    assert [clip.midi for _, clip in ready] == list(range(57, 67))


def test_an_empty_folder_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(KitError, match=r"nothing to train on: .* holds no audio"):
        find_recordings(tmp_path, None, None)


def test_an_instrument_that_the_manifest_lacks_is_named(notes_folder: Path) -> None:
    with pytest.raises(KitError, match=r"no instrument 'kazoo'\. It has: tone"):
        find_recordings(notes_folder, notes_folder / "manifest.csv", "kazoo")


def test_a_manifest_without_pitches_is_refused(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("file,instrument\na.wav,x\n")
    with pytest.raises(KitError, match="no column 'measured_hz'"):
        find_recordings(tmp_path, manifest, "x")


def test_a_number_that_is_none_is_told_with_its_line(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("file,instrument,measured_hz\na.wav,x,high\n")
    with pytest.raises(KitError, match="line 2"):
        find_recordings(tmp_path, manifest, "x")


@pytest.mark.parametrize(
    ("samples", "sentence"),
    [
        (np.zeros(16000, np.float32), "is silent"),
        (np.full(16000, np.nan, np.float32), "not finite"),
        (np.ones(100, np.float32), "shorter than"),
    ],
)
def test_audio_that_cannot_be_used_says_why(tmp_path: Path, samples: np.ndarray, sentence: str) -> None:
    path = tmp_path / "bad.wav"
    soundfile.write(path, samples, 16000, subtype="FLOAT")
    with pytest.raises(UnreadableAudio, match=rf"bad\.wav.*{sentence}"):
        read_audio(Recording(path, "bad.wav", 440.0, 69, "", 0.0, "", ""), 16000)


def test_stereo_at_another_rate_becomes_mono_at_the_rate_asked_for_with_its_gain(tmp_path: Path) -> None:
    tone = harmonic_tone(440.0, 1.0, 44100, partials=1)
    path = tmp_path / "stereo.flac"
    soundfile.write(path, np.stack([tone, tone], axis=1), 44100)
    audio = read_audio(Recording(path, "stereo.flac", 440.0, 69, "", -6.0206, "", ""), 48000)
    assert abs(len(audio) - 48000) <= 1
    assert np.max(np.abs(audio)) == pytest.approx(0.15, rel=0.01)
