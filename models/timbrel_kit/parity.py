"""The parity file: what the PyTorch decoder answers to a fixed performance, and how close ONNX Runtime comes.

Runs at export. The file travels beside the model; its SHA-256 is in the model's metadata.
Promises agreement within TOLERANCE, or export fails; proved by `test_export.py`.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from timbrel_kit.decoder_config import DecoderConfig
from timbrel_kit.errors import KitError
from timbrel_kit.features import Floats
from timbrel_kit.runtime import Model

if TYPE_CHECKING:
    from timbrel_kit.front_end import FrontEnd

TOLERANCE = 1e-5
FRAMES = 160
INPUTS = ("pitch", "loudness", "latent")
# Names that begin so belong to the performance network (`performance_export.py`).
PERFORMANCE = "performance_"


def performance(config: DecoderConfig, frames: int) -> tuple[Floats, Floats, Floats]:
    """MIDI pitch [T], dB [T], latent [T, Z]: onset, glide over the trained range, tremolo, release to silence."""
    t = np.arange(frames) / max(frames - 1, 1)
    pitch = config.pitch_low + (config.pitch_high - config.pitch_low) * np.clip((t - 0.2) / 0.5, 0.0, 1.0)
    pitch = pitch + 0.3 * np.sin(2 * np.pi * 11 * t)
    level = np.interp(
        t,
        [0.0, 0.08, 0.6, 0.75, 0.9, 1.0],
        [config.low_db, config.loud_db, config.soft_db, config.high_db, config.low_db, config.low_db],
    )
    level = level + np.where((t > 0.2) & (t < 0.5), 2.0 * np.sin(2 * np.pi * 23 * t), 0.0)
    latent = (
        np.stack(
            [
                item.low + (item.high - item.low) * (0.5 + 0.5 * np.sin(2 * np.pi * (index + 2) * t))
                for index, item in enumerate(config.latent)
            ],
            axis=1,
        )
        if config.latent
        else np.zeros((frames, 0))
    )
    # The plugin's decoder clamps to the trained ranges, so nothing outside of them can be compared with it.
    pitch = np.clip(pitch, config.pitch_low, config.pitch_high)
    level = np.clip(level, config.low_db, config.high_db)
    return pitch.astype(np.float32), level.astype(np.float32), latent.astype(np.float32)


def write_parity(decoder: FrontEnd, path: Path, frames: int = FRAMES) -> str:
    """Writes the parity file from PyTorch and returns its SHA-256."""
    # Checking a parity file needs no PyTorch; only making one does.
    import torch

    midi, level, latent = performance(decoder.config, frames)
    with torch.no_grad():
        pitch, loudness = decoder.features(
            torch.from_numpy(midi)[None, :, None], torch.from_numpy(level)[None, :, None]
        )
        *controls, _ = decoder(pitch, loudness, torch.from_numpy(latent)[None], decoder.zero_states(1))
    named = {name: value[0].numpy() for name, value in zip(decoder.CONTROLS, controls, strict=True)}
    if "amplitude" in named:
        named["amplitude"] = named["amplitude"][:, 0]
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, pitch=midi, loudness=level, latent=latent, **named)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def parity_error(model_path: Path, parity_path: Path) -> float:
    """Largest absolute difference between ONNX Runtime and the parity file, over all outputs and frames."""
    model = Model(model_path)
    digest = hashlib.sha256(parity_path.read_bytes()).hexdigest()
    if model.metadata["parity_sha256"] != digest:
        raise KitError(
            f"{parity_path} is not the parity file of {model_path}: its SHA-256 is {digest}, "
            f"the model says {model.metadata['parity_sha256']}."
        )
    with np.load(parity_path) as expected:
        got = model.run(expected["pitch"], expected["loudness"], expected["latent"])
        return max(
            float(np.max(np.abs(getattr(got, name) - expected[name])))
            for name in expected.files
            if name not in INPUTS and not name.startswith(PERFORMANCE)
        )
