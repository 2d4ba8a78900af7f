"""The constant outputs of a NEWT model file, `docs/model-format-newt.md`: shared by trained and imported models.

Runs when a model is written; needs no PyTorch.
Promises that `shaper_model` gives what the layers beside it give, within 1e-5; proved by `test_newt_export.py`.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from timbrel_kit.newt_constants import NewtConstants
from timbrel_kit.onnx_graph import IR_VERSION, OPSET

__all__ = ["NewtConstants", "add_newt_constants", "shaper_model"]


def add_newt_constants(graph: onnx.GraphProto, constants: NewtConstants) -> None:
    """Adds every constant output to a graph, the shapers' own ONNX model among them."""
    arrays: dict[str, np.ndarray] = dict(constants.arrays())
    arrays["shaper_model"] = np.frombuffer(shaper_model(constants).SerializeToString(), dtype=np.uint8)
    for name, value in arrays.items():
        graph.initializer.append(numpy_helper.from_array(value, f"{name}_values"))
        graph.node.append(helper.make_node("Identity", [f"{name}_values"], [name], name=f"Constant_{name}"))
        kind = TensorProto.UINT8 if value.dtype == np.uint8 else TensorProto.FLOAT
        graph.output.append(helper.make_tensor_value_info(name, kind, list(value.shape)))


def shaper_model(constants: NewtConstants) -> onnx.ModelProto:
    """The shaping functions as a model of their own: `index` [N, S] to `shaped` [N, S], N free."""
    nodes: list[onnx.NodeProto] = []
    stored = {"axis_1": np.array([1], dtype=np.int64)}

    def op(kind: str, *inputs: str, output: str | None = None, **attributes: object) -> str:
        output = output or f"{kind.lower()}_{len(nodes)}"
        nodes.append(helper.make_node(kind, list(inputs), [output], name=f"{kind}_{len(nodes)}", **attributes))
        return output

    value = op("Unsqueeze", op("Transpose", "index", perm=[1, 0]), "axis_1")
    for layer, (weights, biases) in enumerate(zip(constants.shaper_weights, constants.shaper_biases, strict=True)):
        stored[f"weights_{layer}"] = weights
        stored[f"biases_{layer}"] = biases[..., None]
        value = op("Sin", op("Add", op("MatMul", f"weights_{layer}", value), f"biases_{layer}"))
    op("Transpose", op("Squeeze", value, "axis_1"), perm=[1, 0], output="shaped")
    index, shaped = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["points", constants.shapers])
        for name in ("index", "shaped")
    )
    initializers = [numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in stored.items()]
    body = helper.make_graph(nodes, "timbrel_newt_shapers", [index], [shaped], initializers)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="timbrel_kit")
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model, full_check=True)
    return model
