"""A dilated causal convolution, the temporal core that may stand where a GRU does; its past is an explicit state.

Runs in training and as the reference of the parity file; `convolution_graph.py` writes the same equations as ONNX.
Promises that nothing older than `reach` frames is heard, and the same outputs in pieces as in one; proved by
`test_convolution.py`.

Gated units of three taps with a residual around each (WaveNet, van den Oord et al., 2016, equation 2), the spacing of
the taps growing threefold from layer to layer, so that together the layers see every frame of their reach. A held note
comes to rest after `reach` frames exactly: no bound has to be put on anything.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from timbrel_kit.decoder_config import CONVOLUTION_TAPS, DecoderConfig


class CausalConvolutions(nn.Module):
    """Frames [B, T, hidden] to [B, T, width], each from itself and the `reach` frames before it."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.dilations = config.dilations()
        width = config.core_width
        self.enter = nn.Linear(config.hidden, width)
        self.layers = nn.ModuleList(nn.Linear(CONVOLUTION_TAPS * width, 2 * width) for _ in self.dilations)

    @property
    def reach(self) -> int:
        """Frames of the past that an output depends on."""
        return (CONVOLUTION_TAPS - 1) * sum(self.dilations)

    def forward(self, inputs: Tensor, states: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """Outputs and, for each layer, the past of its input [B, (taps - 1) x dilation, width]: before and after."""
        value = self.enter(inputs)
        frames = inputs.shape[1]
        next_states = []
        for layer, dilation, past in zip(self.layers, self.dilations, states, strict=True):
            line = torch.cat([past, value], dim=1)
            next_states.append(line[:, -past.shape[1] :])
            taps = [line[:, tap * dilation : tap * dilation + frames] for tap in range(CONVOLUTION_TAPS)]
            what, whether = layer(torch.cat(taps, dim=-1)).chunk(2, dim=-1)
            value = value + torch.tanh(what) * torch.sigmoid(whether)
        return value, next_states
