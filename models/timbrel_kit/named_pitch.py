"""Pitches in file names: "cello_C#3_f.wav", "A4.flac", "sax 57 loud.ogg".

Pure functions of names and of what was heard.
Promises to believe only a way of reading that agrees with the sound; proved by `test_named_pitch.py`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

NOTES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B")
_SEMITONES = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_SIGNS = {"#": 1, "♯": 1, "s": 1, "sharp": 1, "b": -1, "♭": -1, "flat": -1, "": 0}
# Not inside of a word: "Take2" holds no e2. A capital may follow small letters: "CelloA2" does hold A2.
_NAME = re.compile(r"(?:(?<![A-Za-z0-9#])([A-Ga-g])|(?<=[a-z])([A-G]))(sharp|flat|#|♯|♭|b|s)?(-?\d)(?![0-9])", re.ASCII)
_NUMBER = re.compile(r"(?<!\d)(\d{2,3})(?!\d)")
# A way of reading is believed where it is right this often.
AGREEMENT = 0.6
# One or two names say nothing about an offset.
FEWEST_FOR_AN_OFFSET = 3


def note_name(midi: float) -> str:
    """Scientific pitch name: 60 is C4."""
    number = round(midi)
    return f"{NOTES[number % 12]}{number // 12 - 1}"


def names_in(path: str) -> list[int]:
    """MIDI pitches of the note names in a file's name, in order; middle C is C4."""
    found = []
    for plain, capital, sign, octave in _NAME.findall(PurePath(path).stem):
        midi = 12 * (int(octave) + 1) + _SEMITONES[(plain or capital).lower()] + _SIGNS[sign]
        if 0 <= midi <= 127:
            found.append(midi)
    return found


def numbers_in(path: str) -> list[int]:
    """Numbers of a file's name that could be MIDI pitches, in order."""
    return [int(text) for text in _NUMBER.findall(PurePath(path).stem) if 12 <= int(text) <= 127]


@dataclass(frozen=True)
class Reading:
    """How a folder's names are read: `named` gives MIDI pitches of names, `offset` semitones above what sounds."""

    named: dict[str, int]
    offset: int
    agreeing: int

    def expected(self, name: str) -> int | None:
        """The MIDI pitch that a file should sound at."""
        return self.named[name] - self.offset if name in self.named else None


def _ways() -> list[tuple[Callable[[str], list[int]], int]]:
    """Finders, and which of what they find is taken."""
    return [(finder, place) for finder in (names_in, numbers_in) for place in (0, -1, 1)]


def agreed_reading(heard: dict[str, int]) -> Reading | None:
    """The way of reading that agrees best with the MIDI pitches that were heard, by name; None where none does.

    Names may be whole octaves off (middle C is C3 to some), note names also a transposing instrument's interval.
    """
    best: Reading | None = None
    for finder, place in _ways():
        named = {}
        for name in heard:
            found = finder(name)
            if len(found) > max(place, 0):
                named[name] = found[place]
        if not named:
            continue
        offsets = Counter(named[name] - heard[name] for name in named)
        offset, agreeing = max(offsets.items(), key=lambda item: (item[1], -abs(item[0])))
        allowed = offset % 12 == 0 or finder is names_in
        if len(named) < FEWEST_FOR_AN_OFFSET:
            allowed = offset == 0
        if not allowed or abs(offset) > 24 or agreeing < AGREEMENT * len(named):
            continue
        if best is None or agreeing > best.agreeing:
            best = Reading(named, offset, agreeing)
    return best
