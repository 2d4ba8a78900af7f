"""Writes a performance network as the ONNX model of `docs/model-format.md`, Performance: one step a call, natural
units.

Runs at export; needs PyTorch only for the weights it is given.
Promises ONNX Runtime within TOLERANCE of PyTorch in every output; proved by `test_performance.py`.

Whatever is no sum, product or limit is computed 16 numbers wide, and a column of it is taken afterwards: the last bit
of ONNX Runtime's exponentials depends on an element's place, and a voice must not hear how many others there are.
"""

from __future__ import annotations

import numpy as np
import onnx
from torch import Tensor

from timbrel_kit import performance_model as equations
from timbrel_kit.onnx_graph import Nodes, Port, model_with
from timbrel_kit.performance_model import INPUTS, OUTPUTS, STATE, Branch, PerformanceNet
from timbrel_kit.performance_notes import ONSET_DB

# Of dB and cents.
TOLERANCE = 1e-3


def performance_graph(net: PerformanceNet, embeddings: tuple[Tensor, Tensor], seconds: float) -> onnx.ModelProto:
    """The network of one instrument, whose embeddings [1, E] become biases, at `seconds` a frame."""
    graph = Nodes()
    pitch = graph.clip("pitch", equations.LOWEST_PITCH, equations.HIGHEST_PITCH)
    place = graph.op("Mul", graph.op("Sub", pitch, equations.PITCH_CENTRE), 1.0 / equations.PITCH_SCALE)
    dynamics = graph.clip("dynamics", equations.LOWEST_DYNAMICS, equations.HIGHEST_DYNAMICS)
    dynamics = graph.op("Sub", graph.op("Mul", dynamics, 2.0), 1.0)
    peak, attack_noise = (graph.clip(name, -1.0, 1.0) for name in ("peak_position", "attack_noise"))
    on, off = (graph.clip(name, 0.0, equations.LONGEST_SECONDS) for name in ("since_on", "since_off"))
    length = graph.op("Max", graph.op("Sub", on, off), 0.0)
    fades = {
        name: _faded(graph, name, value, taus)
        for name, value, taus in (
            ("on", on, equations.ON_TAUS),
            ("off", off, equations.OFF_TAUS),
            ("length", length, equations.LENGTH_TAUS),
        )
    }
    held = _branch(graph, "held", net.held, embeddings[0], [place, dynamics, peak], fades["on"])
    moving = graph.op("Concat", fades["off"], fades["length"], axis=1)
    let_go = _branch(graph, "let_go", net.let_go, embeddings[1], [place, dynamics], moving)
    gate = graph.op("Cast", graph.op("Greater", "gate", 0.5), to=onnx.TensorProto.FLOAT)
    loudness = _loudness(graph, held, let_go, fades["on"], gate, seconds)
    early, late = (_column(graph, fades["on"], place) for place in (equations.EARLY, equations.LATE))
    bent, portion = graph.op("Tanh", held), graph.op("Sigmoid", held)

    def scaled(values: str, column: int, scale: float, window: str) -> str:
        return graph.op("Mul", graph.op("Mul", _column(graph, values, column), scale), window)

    cents = graph.op(
        "Add",
        scaled(bent, 3, equations.PITCH_EARLY_CENTS, early),
        scaled(bent, 4, equations.PITCH_LATE_CENTS, late),
    )
    set_in = graph.op("Sub", 1.0, _column(graph, fades["off"], equations.OFF_ONSET))
    let_go_cents = scaled(graph.op("Tanh", let_go), 1, equations.PITCH_OFF_CENTS, set_in)
    cents = graph.op("Add", cents, graph.op("Mul", graph.op("Sub", 1.0, gate), let_go_cents))

    def spread(rest: int, rest_scale: float, bound: float, attack: int, attack_scale: float) -> str:
        resting = graph.op("Min", graph.op("Mul", _column(graph, portion, rest), rest_scale), bound)
        return graph.op("Add", scaled(portion, attack, attack_scale, early), resting)

    config = net.config
    spread_db = spread(5, equations.SPREAD_REST_DB, config.rest_spread_db, 7, equations.SPREAD_EARLY_DB)
    spread_cents = spread(6, equations.SPREAD_REST_CENTS, config.rest_spread_cents, 8, equations.SPREAD_EARLY_CENTS)
    noise = graph.op(
        "Add",
        scaled(portion, 9, equations.NOISE_EARLY_DB, _column(graph, fades["on"], equations.NOISE_EARLY)),
        scaled(portion, 10, equations.NOISE_LATE_DB, _column(graph, fades["on"], equations.NOISE_LATE)),
    )
    noise = graph.op("Mul", attack_noise, noise)
    for name, value in zip(OUTPUTS, (loudness, cents, spread_db, spread_cents, noise), strict=True):
        graph.op("Identity", value, output=name)
    inputs: list[Port] = [(name, ["batch", 1]) for name in (*INPUTS, f"state_{STATE}")]
    outputs: list[Port] = [(name, ["batch", 1]) for name in (*OUTPUTS, f"next_state_{STATE}")]
    model = model_with(graph, "timbrel_performance", inputs, outputs)
    onnx.checker.check_model(model, full_check=True)
    return model


def _faded(graph: Nodes, name: str, seconds: str, taus: tuple[float, ...]) -> str:
    rates = graph.constant(f"{name}_rates", [[-1.0 / tau for tau in taus]])
    return graph.op("Exp", graph.op("Mul", seconds, rates))


def _column(graph: Nodes, values: str, column: int) -> str:
    start, end = graph.integers(f"place_{column}", column), graph.integers(f"place_{column + 1}", column + 1)
    return graph.op("Slice", values, start, end, graph.integers("columns", 1))


def _branch(graph: Nodes, name: str, branch: Branch, embedding: Tensor, still: list[str], moving: str) -> str:
    """`Branch.forward`, its embedding folded into the first bias."""
    weight = branch.still.weight.detach().double().numpy()
    own = weight[:, len(still) :] @ embedding[0].detach().double().numpy()
    bias = graph.constant(f"{name}_bias", branch.still.bias.detach().double().numpy() + own)
    entered = graph.op(
        "Gemm", graph.op("Concat", *still, axis=1), graph.constant(f"{name}_still", weight[:, : len(still)].T), bias
    )
    along = graph.op("MatMul", moving, graph.constant(f"{name}_moving", _transposed(branch.moving.weight)))
    value = graph.op("Tanh", graph.op("Add", entered, along))
    for part, layer in (("middle", branch.middle), ("leave", branch.leave)):
        weight = graph.constant(f"{name}_{part}_weight", _transposed(layer.weight))
        bias = graph.constant(f"{name}_{part}_bias", layer.bias.detach().numpy())
        value = graph.op("Gemm", value, weight, bias)
        if part == "middle":
            value = graph.op("Tanh", value)
    return value


def _transposed(weight: Tensor) -> np.ndarray:
    return np.ascontiguousarray(weight.detach().numpy().T)


def _loudness(graph: Nodes, held: str, let_go: str, on: str, gate: str, seconds: float) -> str:
    """The follower: its output, next to the state it leaves."""
    early, late = (_column(graph, on, place) for place in (equations.EARLY, equations.LATE))
    bent = graph.op("Tanh", held)
    first = graph.op("Mul", graph.op("Mul", _column(graph, bent, 0), equations.TARGET_EARLY_DB), early)
    later = graph.op("Mul", graph.op("Mul", _column(graph, bent, 1), equations.TARGET_LATE_DB), late)
    target = graph.op("Add", graph.op("Add", first, later), -ONSET_DB)

    def steps(values: str, limits: tuple[float, float]) -> str:
        """exp of a portion of the way between two limits, 16 wide."""
        portion = graph.op("Mul", graph.op("Sigmoid", values), limits[1] - limits[0])
        return graph.op("Exp", graph.op("Add", portion, limits[0]))

    kept = graph.op("Exp", graph.op("Mul", steps(held, equations.LOG_RATE), -seconds))
    share = graph.op("Sub", 1.0, _column(graph, kept, 2))
    state = f"state_{STATE}"
    up = graph.op("Add", state, graph.op("Mul", share, graph.op("Sub", target, state)))
    fall = graph.op("Mul", _column(graph, steps(let_go, equations.LOG_SLOPE), 0), seconds)
    down = graph.op("Max", graph.op("Sub", state, fall), equations.LOWEST_DB - ONSET_DB)
    moved = graph.op("Add", down, graph.op("Mul", gate, graph.op("Sub", up, down)))
    moved = graph.op("Clip", moved, equations.LOWEST_DB - ONSET_DB, equations.HIGHEST_DB - ONSET_DB)
    graph.op("Identity", moved, output=f"next_state_{STATE}")
    return graph.op("Add", moved, ONSET_DB)
