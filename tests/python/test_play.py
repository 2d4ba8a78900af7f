"""What `cargo xtask play` wrote for the demo melody, against the MIDI file that it was made from.

Runs on the main thread.
Promises that steady parts are within 15 cents of the MIDI notes, that the sound begins on its sample, that every sample
is a number, and that a picture lies beside the sound.
"""

from __future__ import annotations

import os
from pathlib import Path

import mido
import numpy as np
import pytest
import soundfile

ROOT = Path(__file__).resolve().parents[2]
MIDI = ROOT / "assets" / "demo" / "melody.mid"
#: What a note may be off, cents: it is shaped as the recorded players shaped theirs, who still move after 0.35 s.
CENTS = 15
#: Partials that take part in the measurement of a pitch.
PARTIALS = 8


@pytest.fixture(scope="module")
def wav() -> Path:
    path = Path(os.environ.get("TIMBREL_MELODY", ROOT / "target" / "check" / "melody.wav"))
    if not path.exists():
        pytest.fail(f"{path} is not there: cargo xtask play --midi {MIDI} --out {path}")
    return path


def notes() -> list[tuple[int, float, float]]:
    """(MIDI note, start, end) in seconds."""
    sounding: dict[int, float] = {}
    found = []
    now = 0.0
    for message in mido.MidiFile(MIDI):
        now += message.time
        if message.type == "note_on" and message.velocity > 0:
            sounding[message.note] = now
        elif message.type in ("note_on", "note_off"):
            found.append((message.note, sounding.pop(message.note), now))
    return found


def fundamental(samples: np.ndarray, rate: int, expected: float) -> float:
    """Harmonic sum over candidates within 60 cents, then finer about the best, hertz."""
    length = 1 << 20
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), length)) ** 2
    bins = np.arange(len(power)) * rate / length

    def score(hertz: float) -> float:
        return sum(np.interp(hertz * k, bins, power) for k in range(1, PARTIALS + 1))

    best, reach = expected, 60.0
    for _ in range(3):
        candidates = best * 2 ** (np.linspace(-reach, reach, 61) / 1200)
        best = max(candidates, key=score)
        reach /= 15
    return float(best)


def test_the_file_is_float_stereo_and_every_sample_a_number(wav: Path) -> None:
    info = soundfile.info(wav)
    assert (info.channels, info.subtype) == (2, "FLOAT")
    sound, _ = soundfile.read(wav, dtype="float32")
    assert np.isfinite(sound).all()
    assert 0.02 < np.abs(sound).max() <= 1.0


def test_steady_parts_are_in_tune(wav: Path) -> None:
    sound, rate = soundfile.read(wav, dtype="float64")
    measured = 0
    for note, start, end in notes():
        # After the attack and the release of the note before, which is 0.25 s.
        steady = sound[int((start + 0.35) * rate) : int((end - 0.02) * rate), 0]
        if len(steady) < 0.2 * rate:
            continue
        hertz = 440.0 * 2 ** ((note - 69) / 12)
        cents = 1200 * np.log2(fundamental(steady, rate, hertz) / hertz)
        assert abs(cents) < CENTS, f"note {note} at {start:.2f} s is {cents:+.2f} cents off"
        measured += 1
    assert measured >= 15


def test_the_sound_begins_on_its_sample(wav: Path) -> None:
    sound, rate = soundfile.read(wav, dtype="float32")
    first = int(np.flatnonzero(sound[:, 0])[0])
    expected = round(notes()[0][1] * rate)
    # A partial begins with sin 0, so that the first sample that is not zero may be the one after.
    assert 0 <= first - expected <= 1, f"the melody begins {first - expected} samples late"


def test_a_picture_lies_beside_the_sound(wav: Path) -> None:
    picture = wav.with_suffix(".png").read_bytes()
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
