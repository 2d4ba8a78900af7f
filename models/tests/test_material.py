"""What is gathered from a folder: the good, the bad, and what is said about each.

Runs without PyTorch.
Promises what `material.py` promises.
"""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from conftest import harmonic_tone

from timbrel_kit.dataset import Grid
from timbrel_kit.errors import KitError
from timbrel_kit.features import midi_to_hz
from timbrel_kit.material import gather
from timbrel_kit.recordings import find_recordings

GRID = Grid(16000, 128, 12, 9, "a_weighted")


def note(midi: int, seconds: float = 1.0, rate: int = 22050, level: float = 0.2) -> np.ndarray:
    return harmonic_tone(float(midi_to_hz(midi)), seconds, rate, level)


def gathered(folder: Path) -> tuple[dict[str, int], list[str]]:
    """MIDI pitches by name, and what was said."""
    said: list[str] = []
    pairs = gather(find_recordings(folder, None, None), GRID, None, said.append)
    return {clip.name: clip.midi for _, clip in pairs}, said


def test_a_folder_of_good_and_bad_recordings_in_four_formats(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "A3.wav", np.stack([note(57), 0.5 * note(57)], axis=1), 22050)
    soundfile.write(tmp_path / "C4.flac", note(60, rate=44100), 44100)
    soundfile.write(tmp_path / "E4.ogg", note(64, rate=48000, level=0.1), 48000)
    soundfile.write(tmp_path / "G4.mp3", note(67, rate=44100), 44100)
    soundfile.write(tmp_path / "silence.wav", np.zeros(22050), 22050)
    soundfile.write(tmp_path / "copy of A3.wav", np.stack([note(57), 0.5 * note(57)], axis=1), 22050)
    loud = note(59, level=0.5)
    soundfile.write(tmp_path / "B3 too loud.wav", np.clip(4.0 * loud, -1.0, 1.0), 22050)
    soundfile.write(tmp_path / "chord.wav", note(57) + note(61) + note(64), 22050)
    soundfile.write(tmp_path / "breath.wav", 0.1 * np.random.default_rng(1).standard_normal(22050), 22050)
    soundfile.write(tmp_path / "click.wav", note(60, 0.1), 22050)
    (tmp_path / "broken.mp3").write_bytes(b"this is not audio")
    (tmp_path / "._A3.wav").write_bytes(b"what macOS leaves behind")
    (tmp_path / "notes.txt").write_text("no audio, nobody's business")
    good, said = gathered(tmp_path)
    print("\n".join(said))
    assert good == {"A3.wav": 57, "C4.flac": 60, "E4.ogg": 64, "G4.mp3": 67}
    for name, reason in (
        ("silence.wav", "is silent"),
        ("copy of A3.wav", "the same sound as A3.wav"),
        ("B3 too loud.wav", "clips"),
        ("chord.wav", "does not hold one pitch"),
        ("breath.wav", "does not hold one pitch"),
        ("click.wav", "shorter than 0.25 s"),
        ("broken.mp3", "cannot be read as audio"),
    ):
        assert any(name in line and reason in line for line in said), name
    assert not any("._A3" in line or "notes.txt" in line for line in said)
    assert "The pitches in 4 of 4 file names agree with the sound." in said
    assert any("4 recordings" in line and "A3 to G4" in line for line in said)


def test_a_wrong_name_is_told_and_the_sound_believed(tmp_path: Path) -> None:
    for name, midi in (("A3", 57), ("B3", 59), ("C4", 60), ("D4", 66)):
        soundfile.write(tmp_path / f"{name}.wav", note(midi), 22050)
    good, said = gathered(tmp_path)
    assert good["D4.wav"] == 66
    assert "D4.wav is named D4 but sounds like F#4: the sound is believed." in said


def test_doubtful_recordings_are_kept_on_request(tmp_path: Path) -> None:
    for name, sound in (("one", note(57, 4.0)), ("two", note(57, 4.0) + note(61, 4.0))):
        soundfile.write(tmp_path / f"{name}.wav", sound, 22050)
    said: list[str] = []
    pairs = gather(find_recordings(tmp_path, None, None), GRID, None, said.append, keep_doubtful=True)
    assert len(pairs) == 2
    assert any(line.startswith("Kept, though two.wav does not hold one pitch") for line in said)


def test_too_little_is_an_error_that_says_what_is_missing(tmp_path: Path) -> None:
    for midi in (57, 60):
        soundfile.write(tmp_path / f"{midi}.wav", note(midi), 22050)
    with pytest.raises(
        KitError, match=r"There are 2\.\d s of usable sound in 2 recordings; 3 s is the least.*Add notes"
    ):
        gathered(tmp_path)


def test_gaps_and_a_single_dynamic_are_told(tmp_path: Path) -> None:
    for midi in (50, 52, 64, 66):
        soundfile.write(tmp_path / f"{midi}.wav", note(midi), 22050)
    _, said = gathered(tmp_path)
    assert "Nothing was recorded inside of E3 to E4: notes there will be guessed." in said
    assert any(line.startswith("All are about equally loud") for line in said)


def test_a_tracker_an_octave_low_is_mended_by_the_partials_or_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from timbrel_kit import dataset

    real = dataset.tracked_f0
    monkeypatch.setattr(dataset, "tracked_f0", lambda *arguments: 0.5 * real(*arguments))
    for midi in (69, 71, 72):
        soundfile.write(tmp_path / f"{midi}.wav", note(midi, 1.5), 22050)
    good, _ = gathered(tmp_path)
    assert good == {"69.wav": 69, "71.wav": 71, "72.wav": 72}
