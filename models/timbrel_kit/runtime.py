"""Runs an exported model through ONNX Runtime, as the plugin does: one call a frame, states carried along.

Used by evaluation, parity checks and held-note checks; needs no PyTorch.
Promises clear errors for files that are not Timbrel models; proved by `test_export.py`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from timbrel_kit.errors import UnusableModel
from timbrel_kit.features import Floats, midi_to_hz


@dataclass
class Controls:
    """Frames of synthesizer controls: amplitude [T], distribution [T, H], noise [T, K]."""

    amplitude: np.ndarray
    harmonic_distribution: np.ndarray
    noise_magnitudes: np.ndarray


class Model:
    """A loaded model file."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise UnusableModel(f"The model {path} does not exist.")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            text = self.session.get_modelmeta().custom_metadata_map.get("timbrel")
        except Exception as error:  # ONNX Runtime raises classes of its own for each fault
            raise UnusableModel(f"{path} is not an ONNX model that can be run: {error}") from error
        if text is None:
            raise UnusableModel(f"{path} is an ONNX model, but not one of Timbrel: it has no metadata 'timbrel'.")
        self.path = path
        self.metadata: dict[str, Any] = json.loads(text)

    def zero_states(self, batch: int) -> dict[str, np.ndarray]:
        return {item["name"]: np.zeros((batch, *item["shape"]), dtype=np.float32) for item in self.metadata["states"]}

    def step(
        self, midi: Floats, loudness_db: Floats, latent: Floats, states: dict[str, np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, np.ndarray]]:
        """One frame for a batch: midi, dB [B], latent [B, Z]. Features are scaled here by the metadata."""
        pitch, loudness = self.metadata["pitch"], self.metadata["loudness"]
        value = midi if pitch["unit"] == "midi" else midi_to_hz(midi)
        feeds = {
            "pitch": _column(value * pitch["scale"] + pitch["offset"]),
            "loudness": _column(loudness_db * loudness["scale"] + loudness["offset"]),
        }
        if self.metadata["latent"]:
            feeds["latent"] = np.asarray(latent, dtype=np.float32)
        feeds |= {f"state_{name}": value for name, value in states.items()}
        names = ["amplitude", "harmonic_distribution", "noise_magnitudes"]
        results = self.session.run(names + [f"next_state_{name}" for name in states], feeds)
        return results[0][:, 0], results[1], results[2], dict(zip(states, results[3:], strict=True))

    def run(self, midi: Floats, loudness_db: Floats, latent: Floats | None = None) -> Controls:
        """Frames [T] of one voice, from zero states."""
        rows = self.run_batch(np.asarray(midi)[None], np.asarray(loudness_db)[None], latent)
        return Controls(*(rows[name][0] for name in ("amplitude", "harmonic_distribution", "noise_magnitudes")))

    def run_batch(self, midi: Floats, loudness_db: Floats, latent: Floats | None = None) -> dict[str, np.ndarray]:
        """Frames [B, T] of several voices, from zero states; latent [T, Z] is shared. Outputs [B, T, ...]."""
        batch, frames = midi.shape
        defaults = np.array([[item["default"] for item in self.metadata["latent"]]], dtype=np.float32)
        states = self.zero_states(batch)
        outputs: tuple[list, list, list] = ([], [], [])
        for t in range(frames):
            row = defaults if latent is None else latent[t : t + 1]
            *frame, states = self.step(midi[:, t], loudness_db[:, t], np.repeat(row, batch, axis=0), states)
            for collected, value in zip(outputs, frame, strict=True):
                collected.append(value)
        names = ("amplitude", "harmonic_distribution", "noise_magnitudes")
        return {name: np.stack(values, axis=1) for name, values in zip(names, outputs, strict=True)}

    def run_as_plugin(self, midi: Floats, loudness_db: Floats) -> Controls:
        """As `run`, with the plugin's rule for what is outside of the trained range of loudness."""
        low, high = self.metadata["loudness"]["low_db"], self.metadata["loudness"]["high_db"]
        level = np.asarray(loudness_db, dtype=np.float32)
        controls = self.run(midi, np.clip(level, low, high))
        gain = np.where(level <= -99.5, 0.0, 10.0 ** (np.minimum(level - low, 0.0) / 20.0)).astype(np.float32)
        controls.amplitude = controls.amplitude * gain
        controls.noise_magnitudes = controls.noise_magnitudes * gain[:, None]
        return controls


def _column(values: Floats) -> np.ndarray:
    return np.asarray(values, dtype=np.float32).reshape(-1, 1)
