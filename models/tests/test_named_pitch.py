"""Pitches in file names, and which way of reading them is believed.

Runs without PyTorch.
Promises what `named_pitch.py` promises.
"""

import pytest

from timbrel_kit.named_pitch import agreed_reading, names_in, numbers_in


@pytest.mark.parametrize(
    ("name", "midi"),
    [
        ("A4.wav", [69]),
        ("cello_C#3_f.flac", [49]),
        ("deep/er/Bb2-loud.ogg", [46]),
        ("CelloA2.wav", [45]),
        ("eb1_vl3_stac.flac", [27]),
        ("Fs5 mf.mp3", [78]),
        ("g-note-55.flac", []),
        ("Take2.wav", []),
        ("C-1.wav", [0]),
        ("from A3 to E♭4.wav", [57, 63]),
    ],
)
def test_note_names_are_found_in_file_names(name: str, midi: list[int]) -> None:
    assert names_in(name) == midi


def test_numbers_that_could_be_midi_pitches_are_found() -> None:
    assert numbers_in("note57_127.wav") == [57, 127]
    assert numbers_in("2024 take 3.wav") == []


def test_a_velocity_or_a_take_beside_the_pitch_is_not_mistaken_for_it() -> None:
    heard = {
        f"{100 + take}_{midi}_{velocity}.wav": midi for take, midi in enumerate(range(50, 62)) for velocity in (64,)
    }
    reading = agreed_reading(heard)
    assert reading is not None
    assert reading.offset == 0
    assert reading.agreeing == 12


def test_names_an_octave_off_or_of_a_transposing_instrument_are_read_with_their_offset() -> None:
    octave = agreed_reading({"C3.wav": 60, "D3.wav": 62, "E3.wav": 64})
    assert octave is not None
    assert octave.offset == -12
    assert octave.expected("C3.wav") == 60
    alto = agreed_reading({"sax C5.wav": 63, "sax D5.wav": 65, "sax E5.wav": 67})
    assert alto is not None
    assert alto.offset == 9


def test_numbers_that_only_count_are_no_pitches() -> None:
    assert agreed_reading({f"{number:02d}.wav": number + 29 for number in range(20, 40)}) is None


def test_one_name_in_four_may_be_wrong() -> None:
    reading = agreed_reading({"A4.wav": 64, "C4.wav": 60, "D4.wav": 62, "E4.wav": 64})
    assert reading is not None
    assert reading.agreeing == 3
    assert reading.expected("A4.wav") == 69
