"""Writes the decoder of several instruments as an ONNX model file, in the order of `shared_decoder.py`.

Runs after training; needs PyTorch only for the weights it is given.
Promises ONNX Runtime within 1e-5 of PyTorch at every place; proved by `test_shared.py`.
"""

from __future__ import annotations

import math

import onnx

from timbrel_kit import decoder as equations
from timbrel_kit import front_end
from timbrel_kit.export import Graph, add_front_end, add_level, frequencies, model_of, under_nyquist
from timbrel_kit.shared_decoder import SharedDecoder


def build(decoder: SharedDecoder) -> onnx.ModelProto:
    """The ONNX model of a decoder, without metadata."""
    config = decoder.config
    graph = Graph()
    character = "latent"
    for name, layer in (("meet", decoder.meet), ("know", decoder.know)):
        character = graph.op("LeakyRelu", graph.linear(name, layer, character), alpha=front_end.LEAK)
    left, midi, level_db = add_front_end(graph, decoder, character)
    frequency = frequencies(graph, decoder, midi)

    def adapted(name: str, layer, change) -> str:
        return graph.op("Add", graph.linear(name, layer, left), _product(graph, f"character_{name}", change, character))

    logits = adapted("to_harmonics", decoder.to_harmonics, decoder.character_to_harmonics)
    logits = graph.op("Add", logits, _body_gain(graph, decoder, frequency, character))
    partials = graph.op("Mul", graph.exp_sigmoid(logits), under_nyquist(graph, config, frequency))
    noise = graph.exp_sigmoid(adapted("to_noise", decoder.to_noise, decoder.character_to_noise))
    add_level(graph, decoder, left, level_db, frequency, partials, noise)
    controls = {"amplitude": [1], "harmonic_distribution": [config.harmonics], "noise_magnitudes": [config.noise_bands]}
    return model_of(graph, config, controls, "timbrel_ddsp_shared")


def _product(graph: Graph, name: str, layer, value: str) -> str:
    return graph.op("MatMul", value, graph.constant(f"{name}_weight", layer.weight.detach().numpy().T.copy()))


def _body_gain(graph: Graph, decoder: SharedDecoder, frequency: str, character: str) -> str:
    points = decoder.config.body_points
    change = _product(graph, "character_body", decoder.character_to_body, character)
    body = graph.op("Add", change, graph.constant("body", decoder.body.detach().numpy()[None]))
    slope = (points - 1) / math.log(equations.BODY_HIGH_HZ / equations.BODY_LOW_HZ)
    place = graph.op("Mul", graph.op("Sub", graph.op("Log", frequency), math.log(equations.BODY_LOW_HZ)), slope)
    place = graph.clip(place, 0.0, points - 1.001)
    below = graph.op("Floor", place)
    index = graph.op("Cast", below, to=onnx.TensorProto.INT64)
    next_index = graph.op("Add", index, graph.integers("one", 1))
    fraction = graph.op("Sub", place, below)
    low = graph.op("GatherElements", body, index, axis=1)
    high = graph.op("GatherElements", body, next_index, axis=1)
    return graph.op("Add", graph.op("Mul", low, graph.op("Sub", 1.0, fraction)), graph.op("Mul", high, fraction))
