"""A published Neural Waveshaping network as the ONNX model of `docs/model-format-newt.md`: one step a call.

Runs when a checkpoint is imported; needs no PyTorch.
Promises ONNX Runtime within 1e-5 of the float64 network, or the import fails; proved by `test_import_nws.py`.
"""

from __future__ import annotations

import numpy as np
import onnx

from timbrel_kit.features import Floats
from timbrel_kit.newt_config import NewtConfig
from timbrel_kit.newt_constants import NewtConstants
from timbrel_kit.newt_export import add_newt_constants
from timbrel_kit.nws_weights import LAYER_NORM_EPSILON, LEAK, Linear, NwsWeights, Perceptron
from timbrel_kit.onnx_graph import Nodes, model_with


def build(
    weights: NwsWeights, config: NewtConfig, constants: NewtConstants, impulse_response: Floats
) -> onnx.ModelProto:
    """The model, without metadata. The noise network must give gains already (`nws_noise.py`)."""
    nodes = Nodes()
    control = nodes.op("Concat", "pitch", "loudness", axis=1)
    embedding = _linear(nodes, "projection", weights.projection, _gru_cell(nodes, weights, control))
    flat = _perceptron(nodes, "film", weights.film, embedding)
    shape = nodes.integers("film_shape", 0, 4, weights.shapers)
    nodes.op("Reshape", flat, shape, output="film")
    nodes.op("Identity", _perceptron(nodes, "noise", weights.noise, embedding), output="noise_magnitudes")
    impulse = nodes.constant("impulse", impulse_response)
    nodes.op("Identity", impulse, output="impulse_response")
    hidden = weights.gru.hidden
    model = model_with(
        nodes,
        "timbrel_newt",
        [("pitch", ["batch", 1]), ("loudness", ["batch", 1]), ("state_gru", ["batch", hidden])],
        [
            ("film", ["batch", 4, config.shapers]),
            ("noise_magnitudes", ["batch", config.noise_bands]),
            ("next_state_gru", ["batch", hidden]),
            ("impulse_response", [config.impulse_samples]),
        ],
    )
    add_newt_constants(model.graph, constants)
    onnx.checker.check_model(model, full_check=True)
    return model


def _linear(nodes: Nodes, name: str, layer: Linear, value: str) -> str:
    weight = nodes.constant(f"{name}_weight", np.ascontiguousarray(layer.weight.T))
    return nodes.op("Gemm", value, weight, nodes.constant(f"{name}_bias", layer.bias))


def _perceptron(nodes: Nodes, name: str, perceptron: Perceptron, value: str) -> str:
    for index, (layer, norm) in enumerate(zip(perceptron.layers, perceptron.norms, strict=False)):
        value = _linear(nodes, f"{name}_{index}", layer, value)
        scale = nodes.constant(f"{name}_{index}_scale", norm.scale)
        bias = nodes.constant(f"{name}_{index}_shift", norm.bias)
        value = nodes.op("LayerNormalization", value, scale, bias, axis=-1, epsilon=LAYER_NORM_EPSILON)
        value = nodes.op("LeakyRelu", value, alpha=LEAK)
    return _linear(nodes, f"{name}_last", perceptron.layers[-1], value)


def _gru_cell(nodes: Nodes, weights: NwsWeights, control: str) -> str:
    """PyTorch's equations: n = tanh(W x + b + r (U h + c)); h' = n + z (h - n)."""
    sizes = [weights.gru.hidden] * 3
    from_input = nodes.split("from_input", _linear(nodes, "gru_input", weights.gru.input, control), sizes)
    from_state = nodes.split("from_state", _linear(nodes, "gru_state", weights.gru.state, "state_gru"), sizes)
    reset, update = (nodes.op("Sigmoid", nodes.op("Add", from_input[gate], from_state[gate])) for gate in (0, 1))
    fresh = nodes.op("Tanh", nodes.op("Add", from_input[2], nodes.op("Mul", reset, from_state[2])))
    kept = nodes.op("Mul", update, nodes.op("Sub", "state_gru", fresh))
    return nodes.op("Add", fresh, kept, output="next_state_gru")
