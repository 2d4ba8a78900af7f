"""Writes a decoder as the ONNX model file of `docs/model-format.md`: one step a call, batch free, states explicit.

Runs after training; needs PyTorch only for the weights it is given.
Promises ONNX Runtime within 1e-5 of PyTorch and complete metadata; proved by `test_export.py`.

The graph is spelled out node by node, in the order of `decoder.py`: no exporter's taste stands between the equations
and the file, and the GRU is a cell of two matrix products.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto

from timbrel_kit import decoder as equations
from timbrel_kit import front_end
from timbrel_kit.convolution_graph import add_convolutions
from timbrel_kit.decoder import Decoder
from timbrel_kit.decoder_config import DecoderConfig
from timbrel_kit.front_end import FrontEnd
from timbrel_kit.memory import highest_update
from timbrel_kit.onnx_graph import Nodes, Port, model_with


class Graph(Nodes):
    """Nodes from PyTorch's layers."""

    def linear(self, name: str, layer: Any, value: str, output: str | None = None) -> str:
        weight = self.constant(f"{name}_weight", layer.weight.detach().numpy().T.copy())
        bias = self.constant(f"{name}_bias", layer.bias.detach().numpy())
        return self.op("Gemm", value, weight, bias, output=output)

    def normalised(self, name: str, layer: Any, value: str) -> str:
        scale = self.constant(f"{name}_scale", layer.weight.detach().numpy())
        bias = self.constant(f"{name}_bias", layer.bias.detach().numpy())
        value = self.op("LayerNormalization", value, scale, bias, axis=-1, epsilon=layer.eps)
        return self.op("LeakyRelu", value, alpha=front_end.LEAK)

    def exp_sigmoid(self, value: str) -> str:
        power = self.op("Pow", self.op("Sigmoid", value), front_end.LOG_TEN)
        return self.op("Add", self.op("Mul", power, 2.0), 1e-7)

    def weighted_sum(self, name: str, value: str, weights: np.ndarray) -> str:
        """Sum over the last axis of [B, N], each column by its weight; the same to the bit at any place of the batch.

        ONNX Runtime's ReduceSum adds in an order that depends on where in memory a row begins, which differs from row
        to row where N is odd; a matrix product adds every row in one order.
        """
        return self.op("MatMul", value, self.constant(name, weights[:, None]))


def build(decoder: Decoder) -> onnx.ModelProto:
    """The ONNX model of a decoder, without metadata."""
    config = decoder.config
    graph = Graph()
    left, midi, level_db = add_front_end(graph, decoder)
    _controls(graph, decoder, left, midi, level_db)
    if config.impulse_samples:
        impulse = graph.constant("impulse", decoder.impulse.detach().numpy())
        graph.op("Identity", impulse, output="impulse_response")
    controls = {"amplitude": [1], "harmonic_distribution": [config.harmonics], "noise_magnitudes": [config.noise_bands]}
    return model_of(graph, config, controls, "timbrel_ddsp")


def add_front_end(graph: Graph, decoder: FrontEnd, latent: str = "latent") -> tuple[str, str, str]:
    """The nodes of `FrontEnd.read`: the names of `left`, the MIDI pitch and the level in dB.

    `latent` is the name of what the network reads as such, where it has a latent input.
    """
    config = decoder.config
    value = graph.op("Div", graph.op("Sub", "pitch", config.pitch_offset), config.pitch_scale)
    if config.pitch_unit == "hz":
        octaves = graph.op("Log", graph.op("Div", graph.clip(value, 8.0, 13000.0), 440.0))
        value = graph.op("Add", graph.op("Mul", octaves, 12.0 / math.log(2.0)), 69.0)
    midi = graph.clip(value, 0.0, 127.0)
    level = graph.op("Div", graph.op("Sub", "loudness", config.loudness_offset), config.loudness_scale)
    level_db = graph.clip(level, front_end.LOWEST_DB, front_end.HIGHEST_DB)
    entered = graph.normalised(
        "enter_norm",
        decoder.enter_norm,
        graph.linear("enter", decoder.enter, _inputs(graph, config, midi, level_db, latent)),
    )
    left = graph.linear("leave", decoder.leave, graph.op("Concat", entered, _core(graph, decoder, entered), axis=1))
    left = graph.normalised("leave_norm", decoder.leave_norm, left)
    return left, midi, level_db


def _inputs(graph: Graph, config: DecoderConfig, midi: str, level_db: str, latent: str) -> str:
    centre = 0.5 * (config.pitch_low + config.pitch_high)
    half = 0.5 * (config.pitch_high - config.pitch_low)
    place = graph.clip(graph.op("Div", graph.op("Sub", midi, centre), half), -1.25, 1.25)
    turn = graph.op("Mul", place, math.pi)
    middle = 0.5 * (config.low_db + config.high_db)
    span = 0.5 * (config.high_db - config.low_db)
    loud = graph.clip(graph.op("Div", graph.op("Sub", level_db, middle), span), -1.5, 1.5)
    parts = [place, graph.op("Sin", turn), graph.op("Cos", turn), loud]
    if config.latent:
        parts.append(latent)
    if config.history:
        now = ["pitch", "loudness"] + ([latent] if config.latent else [])
        width = 2 + len(config.latent)
        frame = graph.op("Unsqueeze", graph.op("Concat", *now, axis=1), graph.integers("frame_axis", 1))
        line = graph.op("Concat", "state_history", frame, axis=1)
        flat_shape = graph.integers("history_flat", 0, config.history * width)
        parts.append(graph.op("Reshape", "state_history", flat_shape))
        start, end = graph.integers("history_start", 1), graph.integers("history_end", config.history + 1)
        graph.op("Slice", line, start, end, graph.integers("frame_axis", 1), output="next_state_history")
    return graph.op("Concat", *parts, axis=1)


def _core(graph: Graph, decoder: FrontEnd, entered: str) -> str:
    if decoder.config.core == "convolution":
        states = [name for name, _ in decoder.config.core_states()]
        return add_convolutions(graph, decoder.convolutions, states, entered)
    return _gru_cell(graph, decoder, entered)


def _gru_cell(graph: Graph, decoder: FrontEnd, entered: str) -> str:
    """PyTorch's GRU equations: n = tanh(W x + b + r (U h + c)); h' = n + z (h - n), z bounded as `memory.py` says."""
    gru = decoder.gru
    hidden = decoder.config.hidden

    def product(suffix: str, value: str) -> str:
        weight = graph.constant(f"gru_weight_{suffix}", getattr(gru, f"weight_{suffix}_l0").detach().numpy().T.copy())
        bias = graph.constant(f"gru_bias_{suffix}", getattr(gru, f"bias_{suffix}_l0").detach().numpy())
        return graph.op("Gemm", value, weight, bias)

    def gates(value: str, tag: str) -> list[str]:
        return graph.split(f"{tag}_gates", value, [hidden] * 3)

    input_r, input_z, input_n = gates(product("ih", entered), "from_input")
    state_r, state_z, state_n = gates(product("hh", "state_gru"), "from_state")
    reset = graph.op("Sigmoid", graph.op("Add", input_r, state_r))
    update = graph.op("Sigmoid", graph.op("Add", input_z, state_z))
    if bound := highest_update(decoder.config):
        update = graph.op("Min", update, bound)
    fresh = graph.op("Tanh", graph.op("Add", input_n, graph.op("Mul", reset, state_n)))
    kept = graph.op("Mul", update, graph.op("Sub", "state_gru", fresh))
    return graph.op("Add", fresh, kept, output="next_state_gru")


def _controls(graph: Graph, decoder: Decoder, left: str, midi: str, level_db: str) -> None:
    frequency = frequencies(graph, decoder, midi)
    logits = graph.linear("to_harmonics", decoder.to_harmonics, left)
    if decoder.config.body_points:
        logits = graph.op("Add", logits, _body_gain(graph, decoder, frequency))
    inside = under_nyquist(graph, decoder.config, frequency)
    partials = graph.op("Mul", graph.exp_sigmoid(logits), inside)
    noise = graph.exp_sigmoid(graph.linear("to_noise", decoder.to_noise, left))
    add_level(graph, decoder, left, level_db, frequency, partials, noise)


def frequencies(graph: Graph, decoder: FrontEnd, midi: str) -> str:
    """Frequency in Hz of each partial [B, harmonics]."""
    partial = graph.constant("partial", decoder.partial.numpy()[None])
    octave = graph.op("Mul", graph.op("Sub", midi, 69.0), math.log(2.0) / 12.0)
    return graph.op("Mul", graph.op("Mul", graph.op("Exp", octave), 440.0), partial)


def under_nyquist(graph: Graph, config: DecoderConfig, frequency: str) -> str:
    """1 for partials under the training Nyquist, 0 for the others."""
    return graph.op("Cast", graph.op("Less", frequency, 0.5 * config.sample_rate), to=TensorProto.FLOAT)


def add_level(
    graph: Graph, decoder: Decoder, left: str, level_db: str, frequency: str, partials: str, noise: str
) -> None:
    """The nodes of `Decoder.scaled`: the outputs, from unscaled partials and noise gains."""
    config = decoder.config
    squares = graph.op("Mul", partials, partials)
    if config.measure == "a_weighted":
        squares = graph.op("Mul", squares, _a_weight(graph, frequency))
    ones = np.ones(config.harmonics)
    harmonic_power = graph.op("Mul", graph.weighted_sum("ones", squares, ones), 0.5)
    noise_squares = graph.op("Mul", noise, noise)
    noise_power = graph.weighted_sum("noise_weights", noise_squares, decoder.noise_weights.numpy())
    power = graph.op("Add", harmonic_power, noise_power)

    correction = graph.op("Tanh", graph.linear("to_correction", decoder.to_correction, left))
    wanted_db = graph.op("Add", level_db, graph.op("Mul", correction, equations.CORRECTION_DB))
    wanted = graph.op("Exp", graph.op("Mul", wanted_db, front_end.LOG_TEN / 20.0))
    gain = graph.op("Div", wanted, graph.op("Sqrt", graph.op("Add", power, equations.POWER_FLOOR)))
    total = graph.weighted_sum("ones", partials, ones)
    graph.op("Mul", gain, total, output="amplitude")
    graph.op("Div", partials, graph.op("Add", total, 1e-12), output="harmonic_distribution")
    graph.op("Mul", gain, noise, output="noise_magnitudes")


def _a_weight(graph: Graph, frequency: str) -> str:
    kilohertz = graph.op("Mul", frequency, 1e-3)
    square = graph.op("Mul", kilohertz, kilohertz)

    def plus(corner: float) -> str:
        return graph.op("Add", square, corner**2)

    ratio = graph.op("Div", graph.op("Mul", square, square), graph.op("Mul", plus(0.020598997), plus(12.194217)))
    middle = graph.op("Mul", plus(0.10765265), plus(0.73786223))
    weight = graph.op("Div", graph.op("Mul", graph.op("Mul", ratio, ratio), front_end.A_WEIGHT_NORMALISER), middle)
    return graph.op("Add", weight, front_end.WEIGHT_FLOOR)


def _body_gain(graph: Graph, decoder: Decoder, frequency: str) -> str:
    points = decoder.config.body_points
    slope = (points - 1) / math.log(equations.BODY_HIGH_HZ / equations.BODY_LOW_HZ)
    place = graph.op("Mul", graph.op("Sub", graph.op("Log", frequency), math.log(equations.BODY_LOW_HZ)), slope)
    place = graph.clip(place, 0.0, points - 1.001)
    below = graph.op("Floor", place)
    index = graph.op("Cast", below, to=TensorProto.INT64)
    fraction = graph.op("Sub", place, below)
    table = decoder.body.detach().numpy()
    # One table of values and one of steps: a gather each, no index arithmetic.
    value = graph.op("Gather", graph.constant("body", table), index)
    step = graph.op("Gather", graph.constant("body_step", np.append(np.diff(table), 0.0)), index)
    return graph.op("Add", value, graph.op("Mul", step, fraction))


def model_of(graph: Graph, config: DecoderConfig, controls: dict[str, list[int]], name: str) -> onnx.ModelProto:
    """The model of a graph whose outputs `controls` have these shapes (without the batch)."""
    inputs: list[Port] = [("pitch", ["batch", 1]), ("loudness", ["batch", 1])]
    outputs: list[Port] = [(control, ["batch", *shape]) for control, shape in controls.items()]
    if config.latent:
        inputs.append(("latent", ["batch", len(config.latent)]))
    for state, shape in config.states():
        inputs.append((f"state_{state}", ["batch", *shape]))
        outputs.append((f"next_state_{state}", ["batch", *shape]))
    if config.impulse_samples:
        outputs.append(("impulse_response", [config.impulse_samples]))
    model = model_with(graph, name, inputs, outputs)
    onnx.checker.check_model(model, full_check=True)
    return model
