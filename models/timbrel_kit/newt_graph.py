"""Writes a NEWT decoder as the ONNX model file of `docs/model-format-newt.md`: film and noise a step, constants beside.

Runs after training; needs PyTorch only for the weights it is given.
Promises ONNX Runtime within 1e-5 of PyTorch; proved by `test_newt_train.py`.
"""

from __future__ import annotations

import math

import numpy as np
import onnx

from timbrel_kit import newt_decoder as equations
from timbrel_kit.export import Graph, add_front_end, model_of
from timbrel_kit.front_end import LOG_TEN
from timbrel_kit.newt_constants import NewtConstants
from timbrel_kit.newt_decoder import NewtDecoder
from timbrel_kit.newt_export import add_newt_constants
from timbrel_kit.newt_range import measured_range


def build(decoder: NewtDecoder) -> onnx.ModelProto:
    """The ONNX model of a decoder, without metadata."""
    config = decoder.config
    graph = Graph()
    left, _, level_db = add_front_end(graph, decoder)
    gain = graph.op("Exp", graph.op("Mul", level_db, LOG_TEN / 20.0))
    more = graph.op("Tanh", graph.linear("to_level", decoder.to_level, left))
    level = graph.op("Mul", gain, graph.op("Exp", graph.op("Mul", more, equations.CORRECTION_DB * LOG_TEN / 20.0)))
    film = graph.op("Tanh", graph.linear("to_film", decoder.to_film, left))
    scale, shift, strength, rest = graph.split("film_sizes", film, [config.shapers] * 4)
    index_scale = graph.op("Exp", graph.op("Mul", scale, equations.INDEX_OCTAVES * math.log(2.0)))
    index_shift = graph.op("Mul", shift, equations.INDEX_SHIFT)
    output_scale = graph.op("Mul", level, graph.op("Mul", strength, equations.STRONGEST))
    output_shift = graph.op("Neg", graph.op("Mul", output_scale, rest))
    axis = graph.integers("film_axis", 1)
    rows = [graph.op("Unsqueeze", row, axis) for row in (index_scale, index_shift, output_scale, output_shift)]
    graph.op("Concat", *rows, axis=1, output="film")
    noise = graph.exp_sigmoid(graph.linear("to_noise", decoder.to_noise, left))
    graph.op("Mul", gain, noise, output="noise_magnitudes")
    if config.impulse_samples:
        impulse = graph.constant("impulse", decoder.room.response().detach().numpy())
        graph.op("Identity", impulse, output="impulse_response")
    controls = {"film": [4, config.shapers], "noise_magnitudes": [config.noise_bands]}
    model = model_of(graph, config, controls, "timbrel_newt")
    add_newt_constants(model.graph, constants_of(decoder))
    onnx.checker.check_model(model, full_check=True)
    return model


def constants_of(decoder: NewtDecoder) -> NewtConstants:
    """What the engine reads once: exciter, shapers and how they are summed."""

    def array(value) -> np.ndarray:
        return value.detach().numpy().astype(np.float32)

    return NewtConstants(
        exciter_weights=array(decoder.exciter_weights),
        exciter_bias=array(decoder.exciter_bias),
        exciter_phases=array(decoder.exciter_phases),
        shaper_weights=[array(weights) for weights in decoder.layer_weights],
        shaper_biases=[array(biases) for biases in decoder.layer_biases],
        shaper_range=measured_range(decoder),
        output_weights=array(decoder.output_weights),
        output_bias=np.zeros(1, dtype=np.float32),
    )
