"""The report's measures and what they are taken of, on sounds whose distances are known.

Runs without PyTorch and without the report's weights.
Promises what `measures.py`, `mel.py`, `frechet.py`, `candidates.py` and `baselines.py` promise.
"""

from pathlib import Path

import numpy as np
import pytest
from conftest import RATE, harmonic_tone

from timbrel_kit.baselines import following
from timbrel_kit.candidates import Baselines
from timbrel_kit.dataset import SILENCE_SECONDS, Clip, Grid, prepare
from timbrel_kit.frechet import frechet_distance
from timbrel_kit.measures import Measures, f0_error_cents, loudness_error_db, mean_of, measured
from timbrel_kit.mel import filterbank, log_mel_distance
from timbrel_kit.recordings import find_recordings

GRID = Grid(RATE, 128, 12, 9, "a_weighted")


@pytest.fixture(scope="module")
def clips(notes_folder: Path) -> list[Clip]:
    recordings = find_recordings(notes_folder, notes_folder / "manifest.csv", "tone")
    return [clip for _, clip in prepare(recordings, GRID, None, lambda line: None)]


def test_a_recording_is_at_no_distance_from_itself(clips: list[Clip]) -> None:
    found = measured(clips[3].audio, clips[3], GRID)
    print(found)
    assert found.spectral == 0.0
    assert found.log_mel_db == 0.0
    assert found.loudness_db < 1e-4
    assert found.f0_cents < 0.2


def test_half_the_level_reads_6_db_in_mel_bands_and_loudness(clips: list[Clip]) -> None:
    clip = clips[3]
    half = (0.5 * clip.audio).astype(np.float32)
    assert loudness_error_db(half, clip, GRID) == pytest.approx(6.02, abs=0.05)
    noise = np.random.default_rng(1).standard_normal(RATE).astype(np.float32)
    assert log_mel_distance(0.5 * noise, noise, RATE) == pytest.approx(6.02, abs=0.01)
    silence = np.zeros_like(noise)
    assert 50.0 < log_mel_distance(silence, noise, RATE) <= 80.0


def test_a_pitch_ten_cents_off_reads_ten_cents(clips: list[Clip]) -> None:
    clip = clips[0]
    pad = np.zeros(int(SILENCE_SECONDS * RATE) // GRID.hop * GRID.hop, dtype=np.float32)
    sharp = harmonic_tone(220.0 * 2 ** (10 / 1200), 1.0, RATE, 0.05)
    sharp = np.concatenate([pad, sharp, pad])[: len(clip.audio)]
    error = f0_error_cents(sharp, clip, GRID)
    print(f"{error:.2f} cents")
    assert error == pytest.approx(10.0, abs=0.5)


def test_means_leave_out_what_could_not_be_measured() -> None:
    mean = mean_of([Measures(1.0, 2.0, 3.0, float("nan")), Measures(3.0, 4.0, 5.0, 6.0)])
    assert mean == Measures(2.0, 3.0, 4.0, 6.0)


def test_mel_bands_cover_the_spectrum_without_gaps() -> None:
    weights = filterbank(48000, 2048, 128, 20.0, 24000.0)
    assert weights.shape == (128, 1025)
    assert np.all(weights[:, 1:-1].sum(0)[2:] > 0.0)
    centres = weights.argmax(1)
    assert np.all(np.diff(centres) >= 0)
    # A thousand Hz is 15 of Slaney's mels; bands are as wide below it as they are long apart.
    assert abs(centres[-1] * 48000 / 2048 - 24000) < 1000


def test_the_frechet_distance_of_equal_sets_is_0_and_of_shifted_sets_their_shift() -> None:
    random = np.random.default_rng(3)
    few = random.standard_normal((30, 200))
    assert frechet_distance(few, few) == pytest.approx(0.0, abs=1e-9)
    assert frechet_distance(few, few + 0.5) == pytest.approx(200 * 0.25)
    many = random.standard_normal((4000, 3))
    # Of two normal distributions of deviations 1 and 2: D (2 - 1)^2.
    assert frechet_distance(many, 2.0 * random.standard_normal((4000, 3))) == pytest.approx(3.0, abs=0.2)


def test_a_following_sampler_fills_a_longer_note_and_has_its_loudness(clips: list[Clip]) -> None:
    target, note = clips[4], clips[5]
    pad = int(SILENCE_SECONDS * RATE) // GRID.hop * GRID.hop
    middle = len(note.audio) // 2
    short = Clip(note.name, note.midi, np.delete(note.audio, np.s_[middle - 5000 : middle + 5000]), *_features(note))
    made = following(short, target, GRID)
    assert len(made) == len(target.audio)
    assert loudness_error_db(made, target, GRID) < 1.0
    assert f0_error_cents(made, target, GRID) < 5.0
    assert not np.any(made[:pad])


def _features(clip: Clip) -> tuple[np.ndarray, ...]:
    return clip.f0_hz, clip.loudness_db, clip.harmonic_db, clip.noise_db


def test_candidates_are_as_long_as_the_recording_and_play_its_pitch(clips: list[Clip]) -> None:
    target, baselines = clips[4], Baselines([*clips[:4], *clips[5:]], GRID)
    makers = (baselines.sampler, baselines.following_sampler, baselines.fixed_spectrum, baselines.floor)
    for make in makers:
        sound = make(target)
        assert len(sound) == len(target.audio)
        assert f0_error_cents(sound, target, GRID) < 2.0
    assert loudness_error_db(baselines.floor(target), target, GRID) < 0.5
    assert loudness_error_db(baselines.fixed_spectrum(target), target, GRID) < 0.5
