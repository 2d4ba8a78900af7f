"""Puts a performance network and a matching into an existing model file; the decoder's bytes stay as they are.

Runs after training, or on any finished model.
Promises that the decoder answers as before, and that ONNX Runtime plays the network as PyTorch does, within
TOLERANCE; proved by `test_performance.py`.
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from timbrel_kit.errors import KitError, UnusableModel
from timbrel_kit.matching import Matching
from timbrel_kit.onnx_graph import write_model
from timbrel_kit.performance_data import Fluctuation, Vibrato
from timbrel_kit.performance_graph import TOLERANCE, performance_graph
from timbrel_kit.performance_model import INPUTS, OUTPUTS, STATE
from timbrel_kit.performance_train import Learned
from timbrel_kit.whole_file import write_whole

CONSTANT = "performance_model"
# Of the parity file: (portion of the pitch range, dynamics, seconds held, peak position, attack noise) of some notes.
PARITY_NOTES = (
    (0.0, 0.0, 0.3, 0.0, 0.0),
    (0.5, 0.8, 0.04, 0.0, 1.0),
    (0.5, 0.5, 1.2, -1.0, -1.0),
    (1.0, 1.25, 0.6, 1.0, 0.5),
    (0.8, -0.25, 0.0, 0.0, 0.0),
)
PARITY_RELEASE_SECONDS = 0.4


@dataclass(frozen=True)
class Performed:
    """What was learned of one instrument's players."""

    learned: Learned
    vibrato: Vibrato
    fluctuation: Fluctuation
    matching: Matching | None

    def embeddings(self):
        return self.learned.held[:1], self.learned.let_go[:1]

    def metadata(self) -> dict[str, Any]:
        """The object `performance` of `docs/model-format.md`."""
        return {
            "states": [{"name": STATE, "shape": [1]}],
            "fluctuation": {
                "loudness_seconds": self.fluctuation.loudness_seconds,
                "pitch_seconds": self.fluctuation.pitch_seconds,
            },
            "vibrato": {
                "depth_cents": self.vibrato.depth_cents,
                "rate_hz": self.vibrato.rate_hz,
                "onset_seconds": self.vibrato.onset_seconds,
            },
        }


def write_performed(path: Path, performed: Performed) -> float:
    """Rewrites a model and its parity file with what was learned; the largest difference from PyTorch, dB or cents."""
    model = onnx.load(path)
    described = _described(model, path)
    seconds = described["hop"] / described["sample_rate"]
    network = performance_graph(performed.learned.net, performed.embeddings(), seconds).SerializeToString()
    requests, restart = parity_requests(described["pitch"]["low"], described["pitch"]["high"], seconds)
    reference = performed.learned.net.perform(requests, restart, performed.embeddings(), seconds)
    difference = network_error(network, requests, restart, reference)
    if difference > TOLERANCE:
        raise KitError(f"The performance of {path} differs from PyTorch by {difference:.2e}, over {TOLERANCE:g}.")
    parity = path.with_suffix(".parity.npz")
    content = _parity_with(parity, requests, restart, reference)
    described["parity_sha256"] = hashlib.sha256(content).hexdigest()
    described["performance"] = performed.metadata()
    described.pop("matching", None)
    if performed.matching is not None:
        described["matching"] = performed.matching.metadata()
    _set_constant(model.graph, network)
    write_whole(parity, content)
    write_model(model, described, path)
    return difference


def without_performance(path: Path, to: Path) -> None:
    """Writes a model without its performance and matching: what is measured must not depend on a former run."""
    model = onnx.load(path)
    described = _described(model, path)
    described.pop("performance", None)
    described.pop("matching", None)
    _drop_constant(model.graph)
    write_model(model, described, to)


def _described(model: onnx.ModelProto, path: Path) -> dict[str, Any]:
    for entry in model.metadata_props:
        if entry.key == "timbrel":
            return json.loads(entry.value)
    raise UnusableModel(f"{path} is an ONNX model, but not one of Timbrel: it has no metadata 'timbrel'.")


def _drop_constant(graph: onnx.GraphProto) -> None:
    for field, name in ((graph.initializer, f"{CONSTANT}_values"), (graph.output, CONSTANT)):
        for item in [item for item in field if item.name == name]:
            field.remove(item)
    for node in [node for node in graph.node if CONSTANT in node.output]:
        graph.node.remove(node)


def _set_constant(graph: onnx.GraphProto, network: bytes) -> None:
    _drop_constant(graph)
    values = np.frombuffer(network, dtype=np.uint8)
    graph.initializer.append(numpy_helper.from_array(values, f"{CONSTANT}_values"))
    graph.node.append(helper.make_node("Identity", [f"{CONSTANT}_values"], [CONSTANT], name=f"Constant_{CONSTANT}"))
    graph.output.append(helper.make_tensor_value_info(CONSTANT, TensorProto.UINT8, [len(values)]))


def parity_requests(low: float, high: float, seconds: float) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Some notes, frame by frame: inputs [T] by name, and 1 where a note begins [T]."""
    rows = []
    restart = []
    for place, dynamics, held, peak, noise in PARITY_NOTES:
        on = round(held / seconds)
        count = on + round(PARITY_RELEASE_SECONDS / seconds)
        t = np.arange(count)
        gate = (t < on).astype(np.float32)
        note = {
            "pitch": np.full(count, low + place * (high - low)),
            "dynamics": np.full(count, dynamics),
            "since_on": t * seconds,
            "gate": gate,
            "since_off": np.maximum(t - on, 0) * seconds,
            "peak_position": np.full(count, peak),
            "attack_noise": np.full(count, noise),
        }
        rows.append({name: value.astype(np.float32) for name, value in note.items()})
        restart.append((t == 0).astype(np.float32))
    return {name: np.concatenate([row[name] for row in rows]) for name in INPUTS}, np.concatenate(restart)


def network_error(
    network: bytes, requests: dict[str, np.ndarray], restart: np.ndarray, reference: dict[str, np.ndarray]
) -> float:
    """Largest difference of ONNX Runtime from a reference, over all outputs and frames."""
    answers = played(network, {name: value[None] for name, value in requests.items()}, restart)
    return max(float(np.max(np.abs(answers[name][0] - reference[name]))) for name in OUTPUTS)


def played(network: bytes, requests: dict[str, np.ndarray], restart: np.ndarray) -> dict[str, np.ndarray]:
    """The network through ONNX Runtime, a frame a call: inputs [B, T] by name to outputs [B, T]; `restart` is [T]."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
    batch, frames = requests["pitch"].shape
    state = np.zeros((batch, 1), dtype=np.float32)
    collected = []
    for t in range(frames):
        if restart[t]:
            state = np.zeros_like(state)
        feeds = {name: requests[name][:, t : t + 1].astype(np.float32) for name in INPUTS}
        *values, state = session.run([*OUTPUTS, f"next_state_{STATE}"], feeds | {f"state_{STATE}": state})
        collected.append(values)
    return {name: np.concatenate([row[n] for row in collected], axis=1) for n, name in enumerate(OUTPUTS)}


def _parity_with(
    path: Path, requests: dict[str, np.ndarray], restart: np.ndarray, reference: dict[str, np.ndarray]
) -> bytes:
    """The content of a parity file, its performance exchanged."""
    if not path.is_file():
        raise KitError(f"{path} is missing: a model's performance needs its parity file beside it.")
    with np.load(path) as arrays:
        kept = {name: arrays[name] for name in arrays.files if not name.startswith("performance_")}
    kept |= {f"performance_in_{name}": value for name, value in requests.items()}
    kept |= {f"performance_out_{name}": value.astype(np.float32) for name, value in reference.items()}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **kept, performance_restart=restart)
    return buffer.getvalue()
