"""Sounds, pictures and the card at the end of a training.

Runs without PyTorch; the whole way through is in `test_cli.py`.
Promises what `finish.py` and `comparisons.py` promise.
"""

from pathlib import Path

import numpy as np
import soundfile
from conftest import harmonic_tone

from timbrel_kit.comparisons import Comparison, _spectrograms, _write_png, chosen, write_sound
from timbrel_kit.dataset import Clip
from timbrel_kit.training_record import TrainingRecord

RATE = 48000
LARGEST_BYTES = 100_000


def clip(name: str, midi: int, level: float = -20.0) -> Clip:
    empty = np.zeros((100, 1), np.float32)
    loud = np.full(100, level, np.float32)
    return Clip(name, midi, np.zeros(100, np.float32), np.full(100, 220.0, np.float32), loud, empty, empty)


def record(held_out: list[str], pitches: list[int]) -> TrainingRecord:
    return TrainingRecord(Path("x.training.json"), None, 9, 9.0, held_out, pitches, 1, 0, 0, 0.0)


def test_kept_out_pitches_are_compared_first_then_kept_out_recordings_from_low_to_high() -> None:
    clips = [clip(str(midi), midi) for midi in range(40, 60)]
    assert [c.midi for c in chosen(clips, record(["43", "55", "50", "58"], [43, 55]))] == [43, 50, 55]
    assert [c.midi for c in chosen(clips, record(["58"], []))] == [58]
    assert len(chosen(clips, record([], []))) == 3


def test_one_recording_for_each_pitch_and_the_loudest_of_it() -> None:
    clips = [clip("soft", 60, -40.0), clip("loud", 60, -15.0), clip("other", 62)]
    assert [c.name for c in chosen(clips, record(["soft", "loud"], [60]))] == ["loud"]


def test_sounds_and_pictures_are_small_and_whole(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    tone = harmonic_tone(146.8, 3.0, RATE, 0.3, partials=60)
    rough = tone + (0.02 * random.standard_normal(len(tone))).astype(np.float32)
    comparison = Comparison(clip("a", 50), "", False, rough, 0.5 * tone)
    write_sound(tmp_path / "a.ogg", comparison, RATE)
    _write_png(tmp_path / "a.png", _spectrograms(comparison, RATE))
    sizes = [(tmp_path / name).stat().st_size for name in ("a.ogg", "a.png")]
    print(sizes)
    assert max(sizes) < LARGEST_BYTES
    heard, rate = soundfile.read(tmp_path / "a.ogg")
    assert rate == RATE
    assert abs(len(heard) / rate - 6.4) < 0.05
    recorded, played = heard[: 3 * RATE], heard[-3 * RATE :]
    assert abs(20 * np.log10(np.std(played) / np.std(recorded)) + 6.0) < 0.5
