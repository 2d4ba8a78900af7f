"""What is read off a note: its beginning, its end, what moves, and how its player shaped it."""

import numpy as np
import pytest

from timbrel_kit.dataset import Clip, Grid
from timbrel_kit.performance_data import fluctuation_of, held_batch, player_of, ranked, release_batch, vibrato_of
from timbrel_kit.performance_notes import Note, note_of

GRID = Grid(48000, 192, 8, 9, "a_weighted")
SECONDS = GRID.hop / GRID.sample_rate


def clip(level_db: np.ndarray, cents: np.ndarray | float = 0.0, name: str = "note", hz: float = 220.0) -> Clip:
    """A clip whose loudness is `level_db` [T] and whose pitch is `cents` off `hz`."""
    frames = len(level_db)
    f0 = hz * 2.0 ** (np.broadcast_to(cents, frames) / 1200.0)
    harmonic = np.repeat(level_db[:, None] - 6.0, GRID.harmonics, axis=1)
    noise = np.repeat(level_db[:, None] - 40.0, GRID.noise_bands, axis=1)
    return Clip(name, 57, np.zeros(1), f0, np.maximum(level_db, -100.0), harmonic, noise)


def contour(attack: float, held: float, release: float, level_db: float = -20.0) -> np.ndarray:
    """0.4 s of silence, a rise from -30 dB, a held part, and a fall to -60 dB; dB."""
    rise = level_db + np.linspace(-30.0, 0.0, round(attack / SECONDS))
    fall = level_db + np.linspace(0.0, -60.0, round(release / SECONDS))
    body = np.full(round(held / SECONDS), level_db)
    silence = np.full(100, -100.0)
    return np.concatenate([silence, rise, body, fall, silence])


@pytest.mark.parametrize(("attack", "held", "release"), [(0.02, 2.0, 0.3), (0.2, 1.5, 0.6), (0.05, 0.3, 0.2)])
def test_a_note_begins_and_ends_where_it_was_played(attack, held, release):
    note = note_of(clip(contour(attack, held, release)), GRID)
    let_go = note.off * SECONDS - (attack + held)
    print(f"level {note.level_db:.2f} dB, off {1000 * let_go:+.0f} ms, release {(note.end - note.off) * SECONDS:.3f} s")
    assert abs(note.level_db + 20.0) < 0.7
    assert abs(let_go) < 0.03
    assert -31.0 < note.loudness_db[0] < -24.0
    assert note.has_release
    assert note.is_heard_out
    assert note.is_short == (held < 0.5)


def test_a_recording_that_is_cut_off_teaches_no_release():
    level = np.concatenate([np.full(100, -100.0), np.full(500, -20.0), np.full(100, -100.0)])
    note = note_of(clip(level), GRID)
    assert not note.has_release
    assert release_batch([player_of("cut", [note], -30.0, -10.0)]) is None


def test_silence_holds_no_note():
    level = np.full(600, -100.0)
    level[300] = -20.0
    assert note_of(clip(level), GRID) is None


def test_an_intonation_is_not_learned():
    note = note_of(clip(contour(0.05, 2.0, 0.3), cents=37.0), GRID)
    assert np.max(np.abs(note.cents)) < 1e-6
    assert abs(note.midi - 57.37) < 1e-3


def note_with(cents: np.ndarray, loudness: np.ndarray | None = None) -> Note:
    frames = len(cents)
    loudness = np.zeros(frames) if loudness is None else loudness
    return Note("n", 60.0, -20.0, SECONDS, loudness, cents, np.zeros(frames), frames, frames)


def test_vibrato_is_measured_by_depth_rate_and_onset():
    t = np.arange(800) * SECONDS
    grown = np.clip((t - 0.3) / 0.6, 0.0, 1.0)
    found = vibrato_of([note_with(25.0 * grown * np.sin(2.0 * np.pi * 5.5 * t))] * 3)
    print(found)
    assert abs(found.depth_cents - 25.0) < 3.0
    assert abs(found.rate_hz - 5.5) < 0.2
    assert 0.5 < found.onset_seconds < 1.1


def test_a_steady_note_has_no_vibrato_and_fluctuates_as_measured():
    draw = np.random.default_rng(1)
    kernel = np.hanning(27)[1:-1]
    noise = np.convolve(draw.standard_normal(1600), kernel, mode="same")
    noise *= 0.4 / np.std(noise)
    note = note_with(3.0 * noise, noise)
    vibrato = vibrato_of([note] * 3)
    found = fluctuation_of([note], vibrato)
    print(vibrato, found)
    assert vibrato.depth_cents == 0.0
    assert abs(found.loudness_db - 0.4) < 0.08
    assert abs(found.pitch_cents - 1.2) < 0.24
    assert 0.02 < found.loudness_seconds < 0.06


def test_expressions_lie_between_minus_one_and_one_around_zero():
    values = ranked(np.array([3.0, np.nan, 1.0, 2.0]))
    assert values.tolist() == [1.0, 0.0, -1.0, 0.0]
    assert ranked(np.array([5.0])).tolist() == [0.0]


def test_batches_hold_every_note_and_every_release():
    notes = [note_of(clip(contour(0.05, held, 0.3), name=str(held)), GRID) for held in (0.3, 1.0, 2.0)]
    player = player_of("three", notes, -30.0, -10.0)
    held, releases = held_batch([player]), release_batch([player])
    assert held.loudness_db.shape == (3, 300)
    assert np.all(held.weight[0, 100:] == 0.0)
    assert np.allclose(player.dynamics, 0.5, atol=0.05)
    assert releases.fall_db.shape[0] == 3
    assert np.all(releases.fall_db[:, 0] == 0.0)
    # What lies late in a held note is not shape.
    assert np.allclose(held.loudness_db[2, -2:], 0.0, atol=1e-4)
