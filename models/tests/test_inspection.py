"""Spoiled recordings against good ones, made here and real.

Runs without PyTorch; the test on the shared recordings skips where there are none.
Promises what `inspection.py` promises.
"""

import csv
from pathlib import Path

import numpy as np
import pytest
import soundfile
from conftest import harmonic_tone

from timbrel_kit.features import midi_to_hz
from timbrel_kit.inspection import CLIPPED_SHARE, clipped_share, has_one_pitch, multiple_of_f0, partials_of

RATE = 44100
HOP = 192


def constant(hz: float, audio: np.ndarray) -> np.ndarray:
    return np.full(len(audio) // HOP + 1, hz)


@pytest.mark.parametrize("midi", [24, 45, 69, 93])
@pytest.mark.parametrize("partials", [1, 8])
def test_a_clipped_note_shows_and_a_clean_one_does_not_at_16_bits(midi: int, partials: int) -> None:
    tone = harmonic_tone(float(midi_to_hz(midi)), 2.0, RATE, level=0.5, partials=partials)
    tone = tone / np.max(np.abs(tone))
    for gain in (1.0, 0.05):
        clean = np.round(tone * gain * 32767) / 32768
        clipped = np.round(np.clip(1.5 * tone, -1.0, 1.0) * gain * 32767) / 32768
        assert clipped_share(clean, RATE, float(midi_to_hz(midi)), False) == 0.0
        assert clipped_share(clipped, RATE, float(midi_to_hz(midi)), False) > 5 * CLIPPED_SHARE


@pytest.mark.parametrize("kind", [("mp3", "MPEG_LAYER_III"), ("ogg", "VORBIS")])
def test_clipping_is_still_seen_after_lossy_compression(tmp_path: Path, kind: tuple[str, str]) -> None:
    tone = harmonic_tone(220.0, 2.0, RATE, partials=4)
    tone = tone / np.max(np.abs(tone))
    found = []
    for name, audio in (("clean", tone), ("clipped", np.clip(3.0 * tone, -1.0, 1.0))):
        path = tmp_path / f"{name}.{kind[0]}"
        soundfile.write(path, audio, RATE, subtype=kind[1])
        read, _ = soundfile.read(path, dtype="float32")
        found.append(clipped_share(read, RATE, 220.0, True))
    print(found)
    assert found[0] == 0.0
    assert found[1] > CLIPPED_SHARE


@pytest.mark.parametrize("semitones", [1, 3, 4, 5, 7, 11])
def test_two_notes_at_once_are_not_one_pitch(semitones: int) -> None:
    low, high = (harmonic_tone(220.0 * 2 ** (step / 12), 1.0, RATE) for step in (0, semitones))
    both = low + high
    assert has_one_pitch(partials_of(low, RATE, HOP, constant(220.0, low)))
    partials = partials_of(both, RATE, HOP, constant(220.0, both))
    print(semitones, partials.elsewhere)
    assert not has_one_pitch(partials)


def test_two_notes_with_a_common_period_are_not_one_pitch() -> None:
    # A tracker hears a fifth as a note an octave under its lower one.
    fifth = harmonic_tone(220.0, 1.0, RATE) + harmonic_tone(330.0, 1.0, RATE)
    assert not has_one_pitch(partials_of(fifth, RATE, HOP, constant(110.0, fifth)))


def test_noise_is_not_one_pitch() -> None:
    noise = np.random.default_rng(1).standard_normal(RATE).astype(np.float32) * 0.1
    for hz in (60.0, 220.0, 900.0):
        assert not has_one_pitch(partials_of(noise, RATE, HOP, constant(hz, noise)))


def test_a_note_tracked_an_octave_or_a_twelfth_too_low_is_found_out() -> None:
    tone = harmonic_tone(440.0, 1.0, RATE)
    assert multiple_of_f0(partials_of(tone, RATE, HOP, constant(440.0, tone))) == 1
    assert multiple_of_f0(partials_of(tone, RATE, HOP, constant(220.0, tone))) == 2
    assert multiple_of_f0(partials_of(tone, RATE, HOP, constant(440.0 / 3, tone))) == 3


def test_vibrato_and_a_stiff_string_are_one_pitch() -> None:
    t = np.arange(2 * RATE) / RATE
    depth = 330.0 * (2 ** (40 / 1200) - 1) / 5.0
    phase = 2 * np.pi * (330.0 * t + depth / (2 * np.pi) * np.sin(2 * np.pi * 5.0 * t))
    vibrato = sum(np.sin(k * phase) / k for k in range(1, 9)).astype(np.float32) * 0.2
    stiff = sum(np.sin(2 * np.pi * 330.0 * k * np.sqrt(1 + 3e-4 * k * k) * t) / k for k in range(1, 11))
    for audio in (vibrato, 0.2 * stiff.astype(np.float32)):
        assert has_one_pitch(partials_of(audio, RATE, HOP, constant(330.0, audio)))


def test_real_single_notes_pass_and_most_real_pairs_do_not(shared_audio: Path) -> None:
    with (shared_audio / "manifest.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))[::40]
    notes = []
    for row in rows:
        audio, rate = soundfile.read(shared_audio / row["file"], dtype="float32")
        notes.append((row, audio[: 4 * rate], rate))
    passed = caught = pairs = 0
    for (row, audio, rate), (other, second, _) in zip(notes, notes[1:] + notes[:1], strict=True):
        hz = float(row["measured_hz"])
        passed += has_one_pitch(partials_of(audio, rate, HOP, constant(hz, audio)))
        assert clipped_share(audio, rate, hz, False) < CLIPPED_SHARE
        # An octave or a twelfth above is a note with stronger even or third partials: nothing can tell.
        if (int(other["midi"]) - int(row["midi"])) % 12 in (0, 7):
            continue
        count = min(len(audio), len(second))
        louder = second[:count] * np.sqrt(np.mean(audio[:count] ** 2) / np.mean(second[:count] ** 2))
        both = audio[:count] + louder
        pairs += 1
        caught += not has_one_pitch(partials_of(both, rate, HOP, constant(hz, both)))
    print(f"{passed} of {len(notes)} single notes pass, {caught} of {pairs} pairs are caught")
    assert passed == len(notes)
    assert caught > 0.8 * pairs


def test_a_sung_note_with_nearly_all_of_its_power_in_one_partial_is_one_pitch() -> None:
    # As the soprano's F4 in the shared recordings: the third partial stands on a formant.
    t = np.arange(RATE) / RATE
    powers = (0.0040, 0.0363, 0.9423, 0.0145, 0.0008)
    sung = sum(np.sqrt(p) * np.sin(2 * np.pi * 349.2 * k * t) for k, p in enumerate(powers, start=1))
    assert has_one_pitch(partials_of(sung.astype(np.float32), RATE, HOP, constant(349.2, sung)))
