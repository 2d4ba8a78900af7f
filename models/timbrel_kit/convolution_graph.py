"""Writes the dilated causal convolution as ONNX nodes, one frame a call, in the order of `convolution.py`.

Runs after training; needs PyTorch only for the weights it is given.
Promises ONNX Runtime within 1e-5 of PyTorch; proved by `test_convolution.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from timbrel_kit.convolution import CausalConvolutions
from timbrel_kit.decoder_config import CONVOLUTION_TAPS

if TYPE_CHECKING:
    from timbrel_kit.export import Graph


def add_convolutions(graph: Graph, convolutions: CausalConvolutions, states: list[str], entered: str) -> str:
    """The nodes of `CausalConvolutions.forward` for one frame [B, hidden]: the name of the outputs [B, width]."""
    width = convolutions.enter.out_features
    frame_axis = graph.integers("convolution_axis", 1)
    flat = graph.integers("convolution_flat", 0, CONVOLUTION_TAPS * width)
    value = graph.linear("convolution_enter", convolutions.enter, entered)
    for index, (layer, dilation, state) in enumerate(
        zip(convolutions.layers, convolutions.dilations, states, strict=True)
    ):
        past = (CONVOLUTION_TAPS - 1) * dilation
        frame = graph.op("Unsqueeze", value, frame_axis)
        line = graph.op("Concat", f"state_{state}", frame, axis=1)
        start, end = graph.integers("convolution_start", 1), graph.integers(f"convolution_end_{index}", past + 1)
        graph.op("Slice", line, start, end, frame_axis, output=f"next_state_{state}")
        taps = line
        if dilation > 1:
            places = graph.integers(f"convolution_taps_{index}", *(tap * dilation for tap in range(CONVOLUTION_TAPS)))
            taps = graph.op("Gather", line, places, axis=1)
        gated = graph.linear(f"convolution_{index}", layer, graph.op("Reshape", taps, flat))
        what, whether = graph.split(f"convolution_gate_{index}", gated, [width, width])
        change = graph.op("Mul", graph.op("Tanh", what), graph.op("Sigmoid", whether))
        value = graph.op("Add", value, change)
    return value
