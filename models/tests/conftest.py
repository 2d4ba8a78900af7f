"""Sounds and folders that the kit's tests share.

Runs under pytest on the CPU.
Promises that no test needs the shared recordings, but those that say so when they skip.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

RATE = 16000


def harmonic_tone(f0_hz: float, seconds: float, rate: int, level: float = 0.3, partials: int = 8) -> np.ndarray:
    """A steady tone with partials falling as 1/k and a 20 ms attack and release."""
    t = np.arange(int(seconds * rate)) / rate
    tone = sum(np.sin(2 * np.pi * k * f0_hz * t) / k for k in range(1, partials + 1) if k * f0_hz < 0.45 * rate)
    ramp = np.minimum(np.minimum(t, t[::-1]) / 0.02, 1.0)
    return (level * tone * ramp).astype(np.float32)


@pytest.fixture(autouse=True)
def hurried_performances(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test that trains an instrument needs its performance well learned; those that do say so themselves."""
    try:
        from timbrel_kit import performance_train
    except ImportError:
        return  # without PyTorch nothing is trained
    monkeypatch.setattr(performance_train, "EMBEDDING_STEPS", 4)
    monkeypatch.setattr(performance_train, "TUNING_STEPS", 4)


@pytest.fixture(scope="session")
def notes_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten synthetic notes with a manifest, and one file that is no audio."""
    folder = tmp_path_factory.mktemp("notes")
    random = np.random.default_rng(1)
    rows = []
    for index, midi in enumerate(range(57, 67)):
        hz = 440.0 * 2 ** ((midi - 69) / 12)
        level = 0.05 + 0.03 * index
        tone = harmonic_tone(hz, 1.0, RATE, level)
        tone += (0.001 * random.standard_normal(len(tone))).astype(np.float32)
        name = f"note{midi}.wav"
        soundfile.write(folder / name, tone, RATE)
        rows.append(
            {"file": name, "instrument": "tone", "midi": midi, "measured_hz": f"{hz:.3f}", "licence": "CC0-1.0"}
        )
    (folder / "broken.wav").write_bytes(b"this is not audio")
    rows.append({"file": "broken.wav", "instrument": "tone", "midi": 60, "measured_hz": "261.6", "licence": "CC0-1.0"})
    with (folder / "manifest.csv").open("w", newline="") as lines:
        writer = csv.DictWriter(lines, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder


@pytest.fixture(scope="session")
def shared_audio() -> Path:
    """The recordings beside the repository, or where TIMBREL_AUDIO says."""
    repository = Path(__file__).resolve().parents[2]
    given = os.environ.get("TIMBREL_AUDIO")
    root = Path(given) if given else repository.parent / "shared" / "audio"
    if not (root / "manifest.csv").is_file():
        pytest.skip(f"no recordings at {root}; set TIMBREL_AUDIO to their folder")
    return root
