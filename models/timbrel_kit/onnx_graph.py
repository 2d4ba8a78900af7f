"""Spells ONNX graphs out node by node, and writes a model file with its metadata.

Runs at export and import; needs no PyTorch.
Promises one opset for every graph of the kit; proved by `test_export.py`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from timbrel_kit.whole_file import write_whole

OPSET = 17
IR_VERSION = 8


class Nodes:
    """Collects nodes and constants; each method returns the name of the value it makes."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, np.ndarray] = {}

    def constant(self, name: str, value: Any, dtype: type = np.float32) -> str:
        self.constants[name] = np.asarray(value, dtype=dtype)
        return name

    def number(self, value: float) -> str:
        return self.constant(f"number_{float(value)!r}", value)

    def op(self, kind: str, *inputs: str | float, output: str | None = None, **attributes: Any) -> str:
        names = [value if isinstance(value, str) else self.number(value) for value in inputs]
        output = output or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, names, [output], name=f"{kind}_{len(self.nodes)}", **attributes))
        return output

    def integers(self, name: str, *values: int) -> str:
        return self.constant(name, values, np.int64)

    def clip(self, value: str, low: float, high: float) -> str:
        return self.op("Clip", value, low, high)

    def split(self, name: str, value: str, sizes: list[int]) -> list[str]:
        """Parts of [B, sum of sizes] along the last of two axes."""
        names = [f"{name}_{part}" for part in range(len(sizes))]
        inputs = [value, self.integers(name, *sizes)]
        self.nodes.append(helper.make_node("Split", inputs, names, axis=1, name=f"Split_{name}"))
        return names


Port = tuple[str, list[int | str]]


def float_port(port: Port) -> onnx.ValueInfoProto:
    """A float32 input or output by name and shape."""
    return helper.make_tensor_value_info(port[0], TensorProto.FLOAT, port[1])


def model_with(nodes: Nodes, name: str, inputs: list[Port], outputs: list[Port]) -> onnx.ModelProto:
    """The model of collected nodes."""
    constants = [numpy_helper.from_array(value, key) for key, value in nodes.constants.items()]
    ports = [[float_port(port) for port in side] for side in (inputs, outputs)]
    body = helper.make_graph(nodes.nodes, name, *ports, constants)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="timbrel_kit")
    model.ir_version = IR_VERSION
    return model


def write_model(model: onnx.ModelProto, described: dict[str, Any], path: Path) -> None:
    """Writes a model with its metadata, whole or not at all. Raises OSError where the folder cannot be written."""
    del model.metadata_props[:]
    entry = model.metadata_props.add()
    entry.key = "timbrel"
    entry.value = json.dumps(described, ensure_ascii=False)
    write_whole(path, model.SerializeToString())
