"""Judges every instrument on the recordings that its training has not heard, beside what it must beat.

Runs by `python -m timbrel_kit report`; needs no PyTorch. What was measured once is kept in a cache.
Promises that nothing is judged on what it was trained on; proved by `test_report.py`.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass, field
from pathlib import Path

import numpy as np
import onnx

from timbrel_kit import __version__
from timbrel_kit.candidates import Baselines, Sound, grid_of, place_of, played
from timbrel_kit.dataset import Clip, Grid, prepare
from timbrel_kit.errors import KitError
from timbrel_kit.frechet import frechet_distance
from timbrel_kit.measures import Measures, heard_features, mean_of, measured
from timbrel_kit.recordings import find_recordings
from timbrel_kit.runtime import Model
from timbrel_kit.training_record import TrainingRecord
from timbrel_kit.whole_file import write_whole

MODEL, SAMPLER, FOLLOWING, FIXED = "model", "sampler", "following sampler", "fixed spectrum"
SHARED, FLOOR = "shared network", "floor"
CANDIDATES = (MODEL, SAMPLER, FOLLOWING, FIXED, SHARED, FLOOR)
# Goes up when a measure or a baseline changes: what is cached is then measured anew.
REVISION = 1
# The nodes and constants of a performance end so: what they say changes no figure of this report.
PERFORMANCE_NAMES = ("performance_model", "performance_model_values")


@dataclass
class Judged:
    """One held-out recording: measures by candidate, and features of the recording and of each candidate."""

    name: str
    midi: int
    unseen_pitch: bool
    recording: np.ndarray
    measures: dict[str, Measures] = field(default_factory=dict)
    features: dict[str, np.ndarray] = field(default_factory=dict)


@dataclass
class InstrumentReport:
    """All that was measured of one instrument."""

    name: str
    family: str
    record: TrainingRecord
    rows: list[Judged]

    def count(self, unseen_pitch: bool) -> int:
        return sum(row.unseen_pitch == unseen_pitch for row in self.rows)

    def mean(self, candidate: str, unseen_pitch: bool) -> Measures | None:
        """Means over the recordings of unseen or of seen pitches; None where there are none."""
        chosen = [
            r.measures[candidate] for r in self.rows if r.unseen_pitch == unseen_pitch and candidate in r.measures
        ]
        return mean_of(chosen) if chosen else None

    def frechet(self, candidate: str) -> float | None:
        """Distance of the features of all held-out notes from those of their recordings."""
        rows = [row for row in self.rows if candidate in row.features]
        if not rows:
            return None
        ours = np.concatenate([row.features[candidate] for row in rows])
        return frechet_distance(ours, np.concatenate([row.recording for row in rows]))


@dataclass(frozen=True)
class SharedModel:
    """A decoder of several instruments and what it has not heard."""

    model: Model
    held_out: set[str]
    record: TrainingRecord

    @staticmethod
    def load(path: Path) -> SharedModel:
        model = Model(path)
        if not model.metadata.get("instruments"):
            raise KitError(f"{path} is a model of one instrument: the report wants one that train-shared wrote.")
        record = TrainingRecord.beside(path)
        return SharedModel(model, set(record.held_out), record)


def shipped(folder: Path) -> list[Path]:
    """Model files of an instruments folder with one folder for each."""
    found = sorted(path for path in folder.glob("*/*.onnx") if TrainingRecord.path_beside(path).is_file())
    if not found:
        raise KitError(f"{folder} holds no instrument with a training record.")
    return found


def judge(
    paths: list[Path], audio: Path, shared: SharedModel | None, cache: Path, say: Callable[[str], None]
) -> list[InstrumentReport]:
    """Measures every model on its held-out recordings under `audio`."""
    reports = []
    for path in paths:
        model = Model(path)
        if model.metadata.get("instruments"):
            say(f"{path.name}: a model of several instruments is judged beside each of them, not by itself.")
            continue
        reports.append(_judge_one(model, audio, shared, cache, say))
    return sorted(reports, key=lambda report: report.name)


def _judge_one(
    model: Model, audio: Path, shared: SharedModel | None, cache: Path, say: Callable[[str], None]
) -> InstrumentReport:
    record = TrainingRecord.beside(model.path)
    if record.instrument is None:
        raise KitError(f"{record.path} names no instrument: the report finds recordings by a manifest's instruments.")
    recordings = find_recordings(audio, audio / "manifest.csv", record.instrument)
    # What training left out is no baseline's either.
    recordings = [recording for recording in recordings if recording.name not in set(record.left_out)]
    grid = grid_of(model)
    clips = [clip for _, clip in prepare(recordings, grid, cache / "clips", lambda line: None)]
    held = [clip for clip in clips if clip.name in set(record.held_out)]
    training = [clip for clip in clips if clip.name not in set(record.held_out)]
    if not held or not training:
        raise KitError(f"{audio} does not hold the recordings that {record.path} lists as held out.")
    say(f"{model.metadata['name']}: {len(held)} held-out recordings.")
    unseen = set(record.held_out_pitches)
    sources = _Sources(model, Baselines(training, grid), shared, record.instrument)
    rows = []
    for index, clip in enumerate(held):
        row = Judged(clip.name, clip.midi, clip.midi in unseen, _features_of(clip, grid, cache))
        for candidate, identity, make in sources.of(clip):
            row.measures[candidate], row.features[candidate] = _cached(clip, grid, identity, make, cache)
        rows.append(row)
        if (index + 1) % 10 == 0:
            say(f"  {index + 1} of {len(held)}")
    result = InstrumentReport(model.metadata["name"], model.family, record, rows)
    for line in _progress(result):
        say(line)
    return result


@dataclass(frozen=True)
class _Sources:
    """Who makes the candidates of one instrument, and what tells their sounds apart in the cache."""

    model: Model
    baselines: Baselines
    shared: SharedModel | None
    instrument: str

    def of(self, clip: Clip) -> Iterator[tuple[str, str, Callable[[], Sound]]]:
        heard = hashlib.sha256("\n".join(sorted(c.name for c in self.baselines.training)).encode()).hexdigest()
        yield MODEL, _digest(self.model), lambda: played(self.model, clip)
        yield SAMPLER, f"{SAMPLER} {heard}", lambda: self.baselines.sampler(clip)
        yield FOLLOWING, f"{FOLLOWING} {heard}", lambda: self.baselines.following_sampler(clip)
        yield FIXED, f"{FIXED} {heard}", lambda: self.baselines.fixed_spectrum(clip)
        if self.shared is not None and clip.name in self.shared.held_out:
            model, place = self.shared.model, place_of(self.shared.model, self.instrument)
            if place is not None:
                yield SHARED, _digest(model), lambda: played(model, clip, place)
        yield FLOOR, FLOOR, lambda: self.baselines.floor(clip)


def _digest(model: Model) -> str:
    """What the judged sound depends on: the graph and the scalings, but not a performance, which plays no part here."""
    graph = onnx.load(str(model.path)).graph
    parts = [*graph.initializer, *graph.node]
    kept = [part.SerializeToString() for part in parts if not part.name.endswith(PERFORMANCE_NAMES)]
    scalings = {name: model.metadata[name] for name in ("sample_rate", "hop", "pitch", "loudness", "latent")}
    return hashlib.sha256(b"".join(kept) + repr(scalings).encode()).hexdigest()


def _key(clip: Clip, grid: Grid, identity: str) -> str:
    about = repr((clip.name, grid, identity, REVISION, __version__)).encode()
    return hashlib.sha256(np.ascontiguousarray(clip.audio).tobytes() + about).hexdigest()[:24]


def _cached(
    clip: Clip, grid: Grid, identity: str, make: Callable[[], Sound], cache: Path
) -> tuple[Measures, np.ndarray]:
    stored = cache / "measured" / f"{_key(clip, grid, identity)}.npz"
    if not stored.is_file():
        sound = make()
        values = np.array(astuple(measured(sound, clip, grid)))
        _store(stored, values=values, features=heard_features(sound, clip, grid))
    with np.load(stored) as arrays:
        return Measures(*(float(value) for value in arrays["values"])), arrays["features"]


def _features_of(clip: Clip, grid: Grid, cache: Path) -> np.ndarray:
    stored = cache / "measured" / f"{_key(clip, grid, 'recording')}.npz"
    if not stored.is_file():
        _store(stored, features=heard_features(clip.audio, clip, grid))
    with np.load(stored) as arrays:
        return arrays["features"]


def _store(path: Path, **arrays: np.ndarray) -> None:
    content = io.BytesIO()
    np.savez(content, **arrays)
    write_whole(path, content.getvalue())


def _progress(report: InstrumentReport) -> Iterator[str]:
    for label, unseen in (("unseen", True), ("seen", False)):
        found = {name: report.mean(name, unseen) for name in CANDIDATES}
        figures = ", ".join(f"{name} {mean.log_mel_db:.2f}" for name, mean in found.items() if mean is not None)
        if figures:
            yield f"  log-mel dB, {label} pitches: {figures}"
