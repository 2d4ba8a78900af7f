"""Runs an exported model through ONNX Runtime, as the plugin does: one call a frame, states carried along.

Used by evaluation, parity checks and held-note checks; needs no PyTorch.
Promises clear errors for files that are not Timbrel models; proved by `test_export.py`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from timbrel_kit.errors import UnusableModel
from timbrel_kit.features import Floats, midi_to_hz
from timbrel_kit.newt_constants import NewtConstants


@dataclass
class Controls:
    """Frames of a DDSP synthesizer: amplitude [T], distribution [T, H], noise [T, K]."""

    amplitude: np.ndarray
    harmonic_distribution: np.ndarray
    noise_magnitudes: np.ndarray

    def attenuated(self, gain: Floats) -> Controls:
        """The same at a gain [T]."""
        return Controls(self.amplitude * gain, self.harmonic_distribution, self.noise_magnitudes * gain[:, None])


@dataclass
class NewtControls:
    """Frames of waveshapers: film [T, 4, S], noise [T, K], and the gain of the dry sound [T]."""

    film: np.ndarray
    noise_magnitudes: np.ndarray
    presence: np.ndarray

    def attenuated(self, gain: Floats) -> NewtControls:
        """The same at a gain [T]."""
        return NewtControls(self.film, self.noise_magnitudes * gain[:, None], self.presence * gain)


# The outputs of each frame, by family.
CONTROLS = {
    "ddsp": ("amplitude", "harmonic_distribution", "noise_magnitudes"),
    "newt": ("film", "noise_magnitudes"),
}


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
        self.family: str = self.metadata["family"]
        if self.family not in CONTROLS:
            raise UnusableModel(f"{path} is of the family '{self.family}'; this kit knows {', '.join(CONTROLS)}.")

    def zero_states(self, batch: int) -> dict[str, np.ndarray]:
        return {item["name"]: np.zeros((batch, *item["shape"]), dtype=np.float32) for item in self.metadata["states"]}

    def step(
        self, midi: Floats, loudness_db: Floats, latent: Floats, states: dict[str, np.ndarray]
    ) -> tuple[list[np.ndarray], dict[str, np.ndarray]]:
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
        names = CONTROLS[self.family]
        results = self.session.run([*names, *(f"next_state_{name}" for name in states)], feeds)
        return results[: len(names)], dict(zip(states, results[len(names) :], strict=True))

    def run(self, midi: Floats, loudness_db: Floats, latent: Floats | None = None) -> Controls | NewtControls:
        """Frames [T] of one voice, from zero states."""
        rows = self.run_batch(np.asarray(midi)[None], np.asarray(loudness_db)[None], latent)
        named = {name: values[0] for name, values in rows.items()}
        if self.family == "newt":
            return NewtControls(**named, presence=np.ones(len(named["film"]), dtype=np.float32))
        return Controls(**named)

    def run_batch(self, midi: Floats, loudness_db: Floats, latent: Floats | None = None) -> dict[str, np.ndarray]:
        """Frames [B, T] of several voices, from zero states; latent [T, Z] is shared. Outputs [B, T, ...]."""
        batch, frames = midi.shape
        defaults = np.array([[item["default"] for item in self.metadata["latent"]]], dtype=np.float32)
        states = self.zero_states(batch)
        outputs: list[list[np.ndarray]] = [[] for _ in CONTROLS[self.family]]
        for t in range(frames):
            row = defaults if latent is None else latent[t : t + 1]
            frame, states = self.step(midi[:, t], loudness_db[:, t], np.repeat(row, batch, axis=0), states)
            for collected, value in zip(outputs, frame, strict=True):
                collected.append(value)
        named = {name: np.stack(values, axis=1) for name, values in zip(CONTROLS[self.family], outputs, strict=True)}
        if "amplitude" in named:
            named["amplitude"] = named["amplitude"][..., 0]
        return named

    def run_as_plugin(self, midi: Floats, loudness_db: Floats, latent: Floats | None = None) -> Controls | NewtControls:
        """As `run`, with the plugin's rule for what is outside of the trained range of loudness."""
        low, high = self.metadata["loudness"]["low_db"], self.metadata["loudness"]["high_db"]
        level = np.asarray(loudness_db, dtype=np.float32)
        controls = self.run(midi, np.clip(level, low, high), latent)
        gain = np.where(level <= -99.5, 0.0, 10.0 ** (np.minimum(level - low, 0.0) / 20.0)).astype(np.float32)
        return controls.attenuated(gain)

    @cached_property
    def newt_constants(self) -> NewtConstants:
        """The constants of a NEWT, read once."""
        layers = self.metadata["newt"]["layers"]
        if layers is None:
            raise UnusableModel(f"{self.path} has shapers that are no sine networks; this kit renders only those.")
        count = range(len(layers))
        single = ("exciter_weights", "exciter_bias", "exciter_phases", "shaper_range", "output_weights", "output_bias")
        names = [*single, *(f"shaper_{part}_{layer}" for part in ("weights", "biases") for layer in count)]
        found = dict(zip(names, self._constant_outputs(names), strict=True))
        return NewtConstants(
            **{name: found[name] for name in single},
            shaper_weights=[found[f"shaper_weights_{layer}"] for layer in count],
            shaper_biases=[found[f"shaper_biases_{layer}"] for layer in count],
        )

    @cached_property
    def impulse_response(self) -> np.ndarray | None:
        """The impulse response [samples], where the model has one."""
        return self._constant_outputs(["impulse_response"])[0] if self.metadata["impulse_response"] else None

    def _constant_outputs(self, names: list[str]) -> list[np.ndarray]:
        # ONNX Runtime wants all inputs, though no constant depends on one.
        feeds = {port.name: np.zeros([1, *port.shape[1:]], np.float32) for port in self.session.get_inputs()}
        try:
            return self.session.run(names, feeds)
        except Exception as error:  # ONNX Runtime raises classes of its own for each fault
            raise UnusableModel(f"{self.path} lacks a constant of its family: {error}") from error


def _column(values: Floats) -> np.ndarray:
    return np.asarray(values, dtype=np.float32).reshape(-1, 1)
