"""Finds and reads recordings: from a manifest, or every audio file of a folder.

Runs on the training machine before anything else.
Promises that a file that cannot be used is named and skipped, never fatal; proved by `test_recordings.py`.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from scipy import signal

from timbrel_kit.errors import KitError, UnreadableAudio

AUDIO_SUFFIXES = {".wav", ".flac", ".ogg", ".aif", ".aiff", ".mp3"}
LOSSY_SUFFIXES = {".ogg", ".mp3"}
SHORTEST_SECONDS = 0.25


@dataclass(frozen=True)
class Recording:
    """One audio file and what is known about it; `measured_hz` is None where its pitch must be tracked."""

    path: Path
    name: str
    measured_hz: float | None
    midi: int | None
    dynamic: str
    gain_db: float
    licence: str
    source: str
    from_manifest: bool = False


def find_recordings(folder: Path, manifest: Path | None, instrument: str | None) -> list[Recording]:
    """Recordings of a folder in a stable order. With a manifest: its rows for `instrument`."""
    if not folder.is_dir():
        raise KitError(f"{folder} is not a folder. Give the folder that holds the recordings.")
    found = _from_manifest(folder, manifest, instrument) if manifest else _from_folder(folder)
    if not found:
        where = f"{manifest} has no rows for {instrument!r}" if manifest else f"{folder} holds no audio ({_kinds()})"
        raise KitError(f"There is nothing to train on: {where}.")
    return found


def instruments_of(manifest: Path) -> list[str]:
    """The instruments that a manifest lists, in the order of their names."""
    if not manifest.is_file():
        raise KitError(f"The manifest {manifest} does not exist.")
    with manifest.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    if rows and "instrument" not in rows[0]:
        raise KitError(f"The manifest {manifest} has no column 'instrument'.")
    return sorted({row["instrument"] for row in rows})


def _from_folder(folder: Path) -> list[Recording]:
    # macOS leaves a hidden "._NAME.wav" beside each file on foreign disks: no audio, and not the user's doing.
    files = sorted(
        p
        for p in folder.rglob("*")
        if p.suffix.lower() in AUDIO_SUFFIXES and p.is_file() and not p.name.startswith(".")
    )
    return [Recording(p, str(p.relative_to(folder)), None, None, "", 0.0, "", "") for p in files]


def _from_manifest(folder: Path, manifest: Path, instrument: str | None) -> list[Recording]:
    if not manifest.is_file():
        raise KitError(f"The manifest {manifest} does not exist.")
    with manifest.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    for column in ("file", "instrument", "measured_hz"):
        if rows and column not in rows[0]:
            raise KitError(f"The manifest {manifest} has no column {column!r}.")
    known = sorted({row["instrument"] for row in rows})
    if instrument is None and len(known) > 1:
        raise KitError(f"{manifest} lists several instruments ({', '.join(known)}). Choose one with --instrument.")
    if instrument is not None and instrument not in known:
        raise KitError(f"{manifest} has no instrument {instrument!r}. It has: {', '.join(known)}.")
    recordings = []
    for line, row in enumerate(rows, start=2):
        if instrument is not None and row["instrument"] != instrument:
            continue
        try:
            hz = float(row["measured_hz"])
            gain = float(row.get("train_gain_db") or 0.0)
            midi = int(float(row["midi"])) if row.get("midi") else round(69 + 12 * np.log2(hz / 440.0))
        except ValueError as error:
            raise KitError(f"{manifest}, line {line}: {error}.") from error
        recordings.append(
            Recording(
                _beside_manifest(folder, manifest, row["file"]),
                row["file"],
                hz,
                midi,
                row.get("dynamic", ""),
                gain,
                row.get("licence", ""),
                row.get("source_repo", ""),
                from_manifest=True,
            )
        )
    return recordings


def _beside_manifest(folder: Path, manifest: Path, file: str) -> Path:
    """A row's file stands relative to the manifest; where it is not, the folder given is tried too."""
    candidates = [manifest.parent / file, folder / file, folder / Path(file).name]
    return next((path for path in candidates if path.is_file()), candidates[0])


def _kinds() -> str:
    return ", ".join(sorted(AUDIO_SUFFIXES))


def is_lossy(path: Path) -> bool:
    """Whether a file's compression changes samples."""
    return path.suffix.lower() in LOSSY_SUFFIXES


def read_channels(path: Path) -> tuple[np.ndarray, int]:
    """Samples [N, channels] in float32, and their rate in Hz."""
    try:
        return soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, RuntimeError) as error:
        raise UnreadableAudio(f"{path} cannot be read as audio: it is damaged, or none of {_kinds()}.") from error


def read_audio(recording: Recording, sample_rate: int) -> np.ndarray:
    """Mono float32 at `sample_rate`, the manifest's gain applied."""
    audio, rate = read_channels(recording.path)
    mono = audio.mean(axis=1)
    if len(mono) < SHORTEST_SECONDS * rate:
        raise UnreadableAudio(f"{recording.path} is shorter than {SHORTEST_SECONDS} s.")
    if not np.all(np.isfinite(mono)):
        raise UnreadableAudio(f"{recording.path} holds samples that are not finite.")
    if np.max(np.abs(mono)) < 1e-4:
        raise UnreadableAudio(f"{recording.path} is silent.")
    if rate != sample_rate:
        divisor = int(np.gcd(int(rate), sample_rate))
        mono = signal.resample_poly(mono, sample_rate // divisor, int(rate) // divisor)
    return (mono * 10.0 ** (recording.gain_db / 20.0)).astype(np.float32)
