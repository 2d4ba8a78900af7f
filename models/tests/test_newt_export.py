"""The constants of a NEWT and how a model file holds them.

Runs without PyTorch.
Promises what `newt_constants.py` and `newt_export.py` promise.
"""

import dataclasses

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper

from timbrel_kit.errors import KitError
from timbrel_kit.newt_constants import NewtConstants
from timbrel_kit.newt_export import add_newt_constants, shaper_model
from timbrel_kit.onnx_graph import IR_VERSION, OPSET


def random_constants(shapers: int, harmonics: int, layers: tuple[int, ...], seed: int = 1) -> NewtConstants:
    random = np.random.default_rng(seed)

    def values(*shape: int) -> np.ndarray:
        return random.standard_normal(shape).astype(np.float32)

    widths = (1, *layers)
    return NewtConstants(
        exciter_weights=values(shapers, harmonics),
        exciter_bias=values(shapers),
        exciter_phases=values(harmonics),
        shaper_weights=[values(shapers, widths[i + 1], widths[i]) for i in range(len(layers))],
        shaper_biases=[values(shapers, widths[i + 1]) for i in range(len(layers))],
        shaper_range=np.array([[-2.0, 3.0]] * shapers, dtype=np.float32),
        output_weights=values(shapers),
        output_bias=values(1),
    )


@pytest.mark.parametrize(("shapers", "layers"), [(1, (1,)), (5, (3, 1)), (64, (8, 8, 8, 1))])
def test_the_shaper_model_gives_what_the_layers_give(shapers: int, layers: tuple[int, ...]) -> None:
    constants = random_constants(shapers, 7, layers)
    session = onnxruntime.InferenceSession(shaper_model(constants).SerializeToString())
    for points in (1, 301):
        index = np.random.default_rng(2).uniform(-3.0, 3.0, (points, shapers)).astype(np.float32)
        (shaped,) = session.run(["shaped"], {"index": index})
        assert shaped.shape == (points, shapers)
        assert np.max(np.abs(shaped - constants.shaped(index.T).T)) < 1e-5


def test_constants_come_out_of_a_model_as_they_were_put_in() -> None:
    constants = random_constants(4, 9, (6, 2, 1))
    graph = helper.make_graph([], "empty", [], [])
    add_newt_constants(graph, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = IR_VERSION
    session = onnxruntime.InferenceSession(model.SerializeToString())
    names = [output.name for output in session.get_outputs()]
    found = dict(zip(names, session.run(names, {}), strict=True))
    for name, value in constants.arrays().items():
        assert np.array_equal(found[name], value), name
    inner = onnx.load_from_string(found["shaper_model"].tobytes())
    assert [port.name for port in inner.graph.input] == ["index"]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("exciter_bias", np.zeros(3, np.float32), "exciter_bias has shape \\[3\\], not \\[4\\]"),
        ("exciter_phases", np.zeros(9), "exciter_phases is float64, not float32"),
        ("output_bias", np.full(1, np.nan, np.float32), "output_bias holds a value that is not finite"),
        ("shaper_range", np.zeros((4, 2), np.float32), "lowest index is not under its highest"),
    ],
)
def test_constants_that_do_not_fit_are_named(field: str, value: np.ndarray, sentence: str) -> None:
    with pytest.raises(KitError, match=sentence):
        dataclasses.replace(random_constants(4, 9, (6, 2, 1)), **{field: value})
