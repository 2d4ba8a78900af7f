"""Baselines, held notes and the card, and the shipped cello's own figures.

Runs without PyTorch; the cello's distances need the shared recordings.
Promises what `evaluate.py`, `baselines.py`, `held.py` and `card.py` promise.
"""

from pathlib import Path

import numpy as np
import pytest

from timbrel_kit.baselines import MeanSpectrum, analysed, nearest_note, pitch_shifted
from timbrel_kit.card import note_name
from timbrel_kit.dataset import Clip, Grid, prepare
from timbrel_kit.distance import spectral_distance
from timbrel_kit.evaluate import _judged
from timbrel_kit.features import loudness_db
from timbrel_kit.held import measure_held_notes
from timbrel_kit.parity import TOLERANCE
from timbrel_kit.recordings import find_recordings
from timbrel_kit.render import sound
from timbrel_kit.runtime import Model
from timbrel_kit.training_record import TrainingRecord

GRID = Grid(16000, 128, 12, 9, "a_weighted")
CELLO = Path(__file__).resolve().parents[1] / "instruments" / "cello" / "cello.onnx"


@pytest.fixture(scope="module")
def clips(notes_folder: Path) -> list[Clip]:
    recordings = find_recordings(notes_folder, notes_folder / "manifest.csv", "tone")
    return [clip for _, clip in prepare(recordings, GRID, None, lambda line: None)]


def test_the_nearest_note_is_near_and_shifted_to_the_pitch_and_power(clips: list[Clip]) -> None:
    target, training = clips[4], [*clips[:4], *clips[5:]]
    note = nearest_note(target, training, GRID)
    assert abs(note.midi - target.midi) == 1
    shifted = pitch_shifted(note, target, GRID)
    assert len(shifted) == len(target.audio)
    assert np.mean(shifted**2) == pytest.approx(np.mean(target.audio**2), rel=1e-4)
    spectrum = np.abs(np.fft.rfft(shifted, 1 << 17))
    assert np.argmax(spectrum) * 16000 / (1 << 17) == pytest.approx(float(np.median(target.f0_hz)), rel=0.003)


def test_the_mean_spectrum_is_as_loud_as_the_note(clips: list[Clip]) -> None:
    target = clips[0]
    controls = MeanSpectrum.of(clips, GRID).controls(target.f0_hz, target.loudness_db)
    rendered = sound(target.f0_hz, controls, GRID.sample_rate, GRID.hop)
    level = loudness_db(rendered, GRID.sample_rate, GRID.hop, GRID.measure)
    middle = slice(len(level) // 2 - 10, len(level) // 2 + 10)
    assert level[middle] == pytest.approx(target.loudness_db[middle], abs=0.5)


def test_analysed_controls_sound_nearer_than_the_mean_spectrum(clips: list[Clip]) -> None:
    target = clips[3]
    mean = MeanSpectrum.of(clips[5:], GRID).controls(target.f0_hz, target.loudness_db)
    near, far = (
        spectral_distance(sound(target.f0_hz, controls, GRID.sample_rate, GRID.hop), target.audio)
        for controls in (analysed(target), mean)
    )
    assert near < far


def test_notes_are_named_as_musicians_do() -> None:
    assert [note_name(midi) for midi in (36, 60, 69)] == ["C2", "C4", "A4"]


def test_the_shipped_cello_is_small_and_agrees_with_its_parity_file() -> None:
    model = Model(CELLO)
    parity = CELLO.with_name("cello.parity.npz")
    assert CELLO.stat().st_size < 3_000_000
    assert parity.stat().st_size < 300_000
    with np.load(parity) as expected:
        got = model.run(expected["pitch"], expected["loudness"])
        for name in ("amplitude", "harmonic_distribution", "noise_magnitudes"):
            assert np.max(np.abs(getattr(got, name) - expected[name])) < TOLERANCE


def test_the_shipped_cello_holds_its_notes_and_rises_with_loudness() -> None:
    report = measure_held_notes(Model(CELLO))
    assert len(report.notes) == 15
    assert report.worst_spread_db < 1.5
    assert report.smallest_step_db > 0.5
    assert report.silence_db < -60.0


def test_the_shipped_cello_beats_the_mean_spectrum_on_a_pitch_it_has_not_heard(shared_audio: Path) -> None:
    model = Model(CELLO)
    record = TrainingRecord.beside(CELLO)
    meta = model.metadata
    grid = Grid(meta["sample_rate"], meta["hop"], meta["harmonics"], meta["noise_bands"], "a_weighted")
    rows = find_recordings(shared_audio, shared_audio / "manifest.csv", "cello")
    unseen = record.held_out_pitches[0]
    held = [r for r in rows if r.name in record.held_out and r.midi == unseen][:2]
    training = [r for r in rows if r.name not in record.held_out and abs(r.midi - unseen) <= 6][:8]
    assert len(held) == 2
    clips = [clip for _, clip in prepare(held + training, grid, None, lambda line: None)]
    evaluation = _judged(model, clips[:2], clips[2:], grid, {unseen})
    ours, _, mean_spectrum, _ = evaluation.mean()
    assert ours < 0.9 * mean_spectrum
