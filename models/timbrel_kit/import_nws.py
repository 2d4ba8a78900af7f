"""Turns a published Neural Waveshaping checkpoint into a Timbrel model, without PyTorch.

`python -m timbrel_kit import nws CHECKPOINT_FOLDER -o FILE.onnx`, on the main thread.
Promises the authors' film, noise filter and dry sound, and that nothing half-written stays; `test_import_nws.py`.
"""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from timbrel_kit import nws_graph
from timbrel_kit.decoder_config import Credits
from timbrel_kit.errors import KitError, UnusableCheckpoint
from timbrel_kit.features import midi_to_hz
from timbrel_kit.newt_config import NewtConfig, newt_metadata
from timbrel_kit.newt_constants import MOST_HARMONICS, NewtConstants
from timbrel_kit.nws_levels import (
    HIGHEST_LOUDNESS,
    LOUD_DB,
    LOUD_LOUDNESS,
    LOWEST_LOUDNESS,
    SOFT_LOUDNESS,
    LevelLine,
    Statistics,
    measured_line,
    measured_range,
)
from timbrel_kit.nws_noise import noise_map
from timbrel_kit.nws_weights import Linear, NwsWeights, Perceptron, read_weights
from timbrel_kit.onnx_graph import write_model
from timbrel_kit.parity import FRAMES, TOLERANCE, parity_error, performance
from timbrel_kit.torch_checkpoint import Checkpoint

# What the published checkpoints were made with, where a file does not say.
DEFAULT_SAMPLE_RATE, DEFAULT_HOP = 16000.0, 128
# The first part of the published impulse responses is gain and equaliser, not room: it holds 89 to 97 % of the energy.
DIRECT_SECONDS = 0.02
LONGEST_IMPULSE_SECONDS = 10.0
MOST_NOISE_BANDS = 1025
LARGEST_STATISTICS_BYTES = 1 << 20


@dataclass(frozen=True)
class Wishes:
    """What the person who imports may say; what is None is taken from the folder."""

    name: str | None = None
    author: str | None = None
    licence: str | None = None
    seed: int = 1


def import_nws(source: Path, out: Path, wishes: Wishes, say: Callable[[str], None]) -> Path:
    """Imports a folder that holds a checkpoint and its statistics (or the checkpoint itself). Returns the model's path.

    Raises UnusableCheckpoint for what is wrong with the source, KitError where `out` cannot be written.
    """
    if out.suffix != ".onnx":
        raise KitError(f"The output {out} must end in .onnx: the plugin knows models by it.")
    path = checkpoint_in(source)
    checkpoint = Checkpoint(path)
    weights = read_weights(checkpoint)
    statistics = read_statistics(path.parent)
    say(f"Read {path}: {weights.shapers} shapers, {weights.exciter.weight.shape[1]} harmonics.")
    sample_rate, hop = _rates(checkpoint, say)
    _check_sizes(path, weights, sample_rate)
    try:
        imported = _Imported.of(weights, statistics, sample_rate, hop, wishes.seed)
    except KitError as error:
        raise UnusableCheckpoint(f"{path} cannot be imported: {error}") from error
    for line in imported.lines():
        say(line)
    _write(imported, _credits(path, wishes, imported), out, say)
    return out


def checkpoint_in(source: Path) -> Path:
    """The checkpoint of a folder: `last.ckpt`, else the one of the latest step."""
    if source.is_file():
        return source
    if not source.is_dir():
        raise UnusableCheckpoint(f"{source} does not exist. Give the folder of a checkpoint and its statistics.")
    if (source / "last.ckpt").is_file():
        return source / "last.ckpt"
    found = sorted(source.glob("*.ckpt"))
    if not found:
        raise UnusableCheckpoint(f"{source} holds no checkpoint (*.ckpt).")

    def step(path: Path) -> int:
        match = re.search(r"step=(\d{1,18})", path.name)
        return int(match[1]) if match else -1

    latest = max(step(path) for path in found)
    newest = [path for path in found if step(path) == latest]
    if len(newest) > 1:
        names = ", ".join(path.name for path in newest)
        raise UnusableCheckpoint(
            f"{source} holds several checkpoints ({names}) and no last.ckpt: give the file itself."
        )
    return newest[0]


def read_statistics(folder: Path) -> Statistics:
    """The means and deviations that the features were scaled by, from data_mean.npy and data_std.npy."""
    mean, deviation = (_column(folder / name) for name in ("data_mean.npy", "data_std.npy"))
    for row, what in enumerate(("f0", "loudness")):
        if deviation[row] <= 0.0:
            raise UnusableCheckpoint(
                f"{folder / 'data_std.npy'} has the deviation {deviation[row]:g} for {what} (row {row}), "
                "where a number above 0 is expected."
            )
    return Statistics(mean[0], deviation[0], mean[1], deviation[1])


def _column(path: Path) -> list[float]:
    """The first two rows of a statistics file: f0 and loudness."""
    if not path.is_file():
        raise UnusableCheckpoint(
            f"{path} is missing: without the training data's statistics nobody knows what the inputs mean."
        )
    try:
        if path.stat().st_size > LARGEST_STATISTICS_BYTES:
            raise ValueError("it is too large")
        values = np.load(io.BytesIO(path.read_bytes()), allow_pickle=False)
    except Exception as error:  # a damaged file can raise nearly anything
        raise UnusableCheckpoint(f"{path} is no NumPy file of numbers: {str(error).rstrip('.')}.") from error
    fits = isinstance(values, np.ndarray) and values.dtype.kind == "f" and values.ndim in (1, 2)
    if not fits or values.shape[0] < 2 or values.size != values.shape[0]:
        found = f"shape {list(values.shape)} of {values.dtype}" if isinstance(values, np.ndarray) else "several arrays"
        raise UnusableCheckpoint(f"{path} holds {found}, where [rows, 1] with at least 2 rows of floats is expected.")
    first = values.reshape(-1)[:2].astype(np.float64)
    if not np.all(np.isfinite(first)):
        raise UnusableCheckpoint(f"{path} holds NaN or infinity in row {int(np.argmin(np.isfinite(first)))}.")
    return [float(value) for value in first]


def _rates(checkpoint: Checkpoint, say: Callable[[str], None]) -> tuple[float, int]:
    """Sample rate in Hz and hop in samples, from the hyper-parameters."""
    values = checkpoint.values.get("hyper_parameters")
    values = values if isinstance(values, dict) else {}

    def number(name: str, default: float, low: float, high: float) -> float:
        found: Any = values.get(name)
        if found is None:
            say(f"{checkpoint.path.name} does not say its {name}; taken as {default:g}, as published.")
            return default
        if isinstance(found, bool) or not isinstance(found, (int, float)) or not low <= found <= high:
            raise UnusableCheckpoint(
                f"{checkpoint.path} has the {name} {found!r}, where a number from {low:g} to {high:g} is expected."
            )
        return float(found)

    sample_rate = number("sample_rate", DEFAULT_SAMPLE_RATE, 8000.0, 192000.0)
    return sample_rate, int(number("control_hop", DEFAULT_HOP, 16, min(8192.0, 0.1 * sample_rate)))


def _check_sizes(path: Path, weights: NwsWeights, sample_rate: float) -> None:
    """Limits of the model file that `NewtConstants` does not check."""
    for what, found, most in (
        ("noise bins", weights.noise_bins, MOST_NOISE_BANDS),
        ("samples of impulse response", len(weights.impulse_tail) + 1, int(LONGEST_IMPULSE_SECONDS * sample_rate)),
        ("harmonics", weights.exciter.weight.shape[1], MOST_HARMONICS),
    ):
        if found > most:
            raise UnusableCheckpoint(f"{path} has {found} {what}; a model file holds at most {most}.")


@dataclass(frozen=True)
class _Imported:
    """Everything that the model file says but for who made it. The noise network gives gains already."""

    weights: NwsWeights
    config: NewtConfig
    constants: NewtConstants
    impulse_response: np.ndarray
    line: LevelLine
    statistics: Statistics

    @staticmethod
    def of(weights: NwsWeights, statistics: Statistics, sample_rate: float, hop: int, seed: int) -> _Imported:
        weights = replace(weights, noise=_giving_gains(weights, hop))
        top_hz = 0.5 * sample_rate
        constants = _constants(weights, statistics, top_hz, seed)
        impulse = np.concatenate([[1.0], weights.impulse_tail.astype(np.float64)])
        direct = min(round(DIRECT_SECONDS * sample_rate), len(impulse))
        line = measured_line(weights, constants, statistics, top_hz, impulse[:direct], sample_rate, hop)
        low, high = statistics.pitch_range()
        config = NewtConfig(
            sample_rate=int(sample_rate) if sample_rate == int(sample_rate) else sample_rate,
            hop=hop,
            harmonics=constants.harmonics,
            noise_bands=weights.noise_bins,
            hidden=weights.gru.hidden,
            pitch_unit="hz",
            pitch_scale=1.0 / statistics.f0_deviation,
            pitch_offset=-statistics.f0_mean / statistics.f0_deviation,
            pitch_low=low,
            pitch_high=high,
            measure="power",
            loudness_scale=line.scale,
            loudness_offset=line.offset,
            low_db=round(line.db(LOWEST_LOUDNESS), 2),
            high_db=round(line.db(HIGHEST_LOUDNESS), 2),
            soft_db=round(line.db(SOFT_LOUDNESS), 2),
            loud_db=round(line.db(LOUD_LOUDNESS), 2),
            impulse_samples=len(impulse),
            shapers=constants.shapers,
            exciter_top_hz=top_hz,
            layers=constants.layers,
            impulse_direct=direct,
        )
        scaled = (line.gain * impulse).astype(np.float32)
        return _Imported(weights, config, constants, scaled, line, statistics)

    def lines(self) -> list[str]:
        """For the terminal: what was measured and decided."""
        config, line = self.config, self.line
        return [
            f"Pitch: {config.pitch_low:g} to {config.pitch_high:g} (MIDI), mean and 3 deviations of the statistics.",
            f"Level: {line.slope_db:.1f} dB for each deviation of loudness, within {line.worst_db:.1f} dB of what was "
            f"measured; velocity 1 at {config.soft_db:g} dB, 127 at {config.loud_db:g} dB.",
            f"Impulse response: {config.impulse_samples} samples, of which the first {config.impulse_direct} always "
            f"sound; its gain was changed by {20.0 * np.log10(line.gain):+.1f} dB, so that loud notes are at "
            f"{LOUD_DB:g} dBFS.",
            "Played as published: constant pitch and loudness are not what it was trained on; held notes may wander.",
        ]


def _giving_gains(weights: NwsWeights, hop: int) -> Perceptron:
    """The noise network with its last layer turned from filter bins into gains."""
    to_gains = noise_map(weights.noise_window, hop)
    *layers, last = weights.noise.layers
    turned = Linear(
        (to_gains @ last.weight.astype(np.float64)).astype(np.float32),
        (to_gains @ last.bias.astype(np.float64)).astype(np.float32),
    )
    return Perceptron([*layers, turned], weights.noise.norms)


def _constants(weights: NwsWeights, statistics: Statistics, top_hz: float, seed: int) -> NewtConstants:
    """The constants of the model file. The published code draws the phases anew for each call: here they are fixed."""
    random = np.random.default_rng(seed)
    phases = random.uniform(-np.pi, np.pi, weights.exciter.weight.shape[1]).astype(np.float32)
    first, *others = weights.shaper_weights
    return NewtConstants(
        exciter_weights=weights.exciter.weight,
        exciter_bias=weights.exciter.bias,
        exciter_phases=phases,
        shaper_weights=[first * weights.input_scale[:, None, None], *others],
        shaper_biases=weights.shaper_biases,
        shaper_range=measured_range(weights, phases, statistics, top_hz, seed),
        output_weights=weights.output.weight[0],
        output_bias=weights.output.bias,
    )


def _credits(path: Path, wishes: Wishes, imported: _Imported) -> Credits:
    folder = path.resolve().parent
    licence = wishes.licence
    if licence is None and (folder / "LICENSE").is_file():
        head = (folder / "LICENSE").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        licence = head[0].strip()[:80] if head else None
    line, config = imported.line, imported.config
    return Credits(
        name=(wishes.name or folder.name)[:64],
        author=wishes.author or "not stated",
        licence=licence or "not stated: see where the checkpoint comes from",
        trained_on=f"not stated (an imported Neural Waveshaping checkpoint, {path.name})",
        card=(
            "Imported from a Neural Waveshaping checkpoint (Hayes, Saitis, Fazekas, ISMIR 2021). Levels were measured: "
            f"{line.slope_db:.1f} dB for each deviation of its own loudness, loud notes brought to {LOUD_DB:g} dBFS by "
            f"a gain of {20.0 * np.log10(line.gain):+.1f} dB in the impulse response. Pitches from "
            f"{midi_to_hz(config.pitch_low):.0f} to {midi_to_hz(config.pitch_high):.0f} Hz, from its statistics. "
            "Held notes may wander: it was not trained on constant pitch and loudness."
        ),
    )


def _write(imported: _Imported, credits: Credits, out: Path, say: Callable[[str], None]) -> None:
    """Writes model and parity file beside it, checked, whole or not at all."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.is_dir():
            raise IsADirectoryError(21, "it is a folder")
        folder = Path(tempfile.mkdtemp(prefix=f".{out.stem}-", dir=out.parent))
        try:
            model, parity = folder / out.name, folder / f"{out.stem}.parity.npz"
            digest = write_parity(imported, parity)
            described = newt_metadata(imported.config, credits, digest)
            graph = nws_graph.build(imported.weights, imported.config, imported.constants, imported.impulse_response)
            write_model(graph, described, model)
            error = parity_error(model, parity)
            say(f"ONNX Runtime against the network in float64: largest difference {error:.2e} (bound {TOLERANCE:g}).")
            if not error <= TOLERANCE:
                raise KitError(f"{out} was not written: it differs from the checkpoint by {error:.2e}.")
            parity.replace(out.with_name(parity.name))
            model.replace(out)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        raise KitError(f"{out} cannot be written: {error.strerror or error}.") from error
    say(f"Wrote {out} ({out.stat().st_size / 1e6:.2f} MB).")


def write_parity(imported: _Imported, path: Path) -> str:
    """Writes what the network in float64 answers to the kit's fixed performance; returns its SHA-256."""
    config = imported.config
    # At the corners of its ranges a published network magnifies the last digit of its input tenfold: stay inside.
    margin = (config.pitch_high - config.pitch_low) / 6.0
    inside = replace(
        config, pitch_low=config.pitch_low + margin, pitch_high=config.pitch_high - margin, high_db=config.loud_db
    )
    midi, level, latent = performance(inside, FRAMES)
    pitch = (midi_to_hz(midi) * config.pitch_scale + config.pitch_offset).astype(np.float32)
    loudness = (level * config.loudness_scale + config.loudness_offset).astype(np.float32)
    film, noise = imported.weights.controls(np.stack([pitch, loudness], axis=-1)[None])
    np.savez_compressed(
        path,
        pitch=midi,
        loudness=level,
        latent=latent,
        film=film[0].astype(np.float32),
        noise_magnitudes=noise[0].astype(np.float32),
    )
    return hashlib.sha256(path.read_bytes()).hexdigest()
