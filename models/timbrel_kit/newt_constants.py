"""The constants of a NEWT: its exciter, its shapers and how they are summed, as plain arrays.

Used by training, import, export, the reference renderer and tests; needs no PyTorch.
Promises arrays whose shapes agree with each other, float32 and finite; proved by `test_newt_export.py`.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike, NDArray

from timbrel_kit.errors import KitError
from timbrel_kit.features import Floats

MOST_SHAPERS = 512
MOST_HARMONICS = 512
MOST_LAYERS = 16
WIDEST_LAYER = 64


@dataclass(frozen=True)
class NewtConstants:
    """S shapers, H exciter partials; layer l of each shaper's network is x -> sin(W x + b), the last of width 1."""

    # [S, H]: strength of each exciter partial in each shaper's channel.
    exciter_weights: NDArray[np.float32]
    # [S]
    exciter_bias: NDArray[np.float32]
    # [H], radians.
    exciter_phases: NDArray[np.float32]
    # One [S, outputs, inputs] for each layer; the first has one input.
    shaper_weights: list[NDArray[np.float32]]
    # One [S, outputs] for each layer.
    shaper_biases: list[NDArray[np.float32]]
    # [S, 2]: lowest and highest index for which each shaper is meant.
    shaper_range: NDArray[np.float32]
    # [S]
    output_weights: NDArray[np.float32]
    # [1]
    output_bias: NDArray[np.float32]

    def __post_init__(self) -> None:
        for name, value in self.arrays().items():
            if value.dtype != np.float32:
                raise KitError(f"The NEWT's {name} is {value.dtype}, not float32.")
            if not np.all(np.isfinite(value)):
                raise KitError(f"The NEWT's {name} holds a value that is not finite.")
        for name, shape in self._shapes().items():
            found = self.arrays()[name].shape
            if found != shape:
                raise KitError(f"The NEWT's {name} has shape {list(found)}, not {list(shape)}.")
        if not np.all(self.shaper_range[:, 0] < self.shaper_range[:, 1]):
            raise KitError("The NEWT's shaper_range has a row whose lowest index is not under its highest.")
        for what, count, most in (
            ("shapers", self.shapers, MOST_SHAPERS),
            ("harmonics", self.harmonics, MOST_HARMONICS),
            ("layers", len(self.layers), MOST_LAYERS),
            ("nodes in a layer", max(self.layers), WIDEST_LAYER),
        ):
            if not 1 <= count <= most:
                raise KitError(f"The NEWT has {count} {what}; a model file holds 1 to {most}.")

    @property
    def shapers(self) -> int:
        return self.exciter_weights.shape[0]

    @property
    def harmonics(self) -> int:
        return self.exciter_weights.shape[1]

    @property
    def layers(self) -> tuple[int, ...]:
        """Width of each layer."""
        return tuple(weights.shape[1] for weights in self.shaper_weights)

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """All arrays by the names of the model file."""
        named = {
            "exciter_weights": self.exciter_weights,
            "exciter_bias": self.exciter_bias,
            "exciter_phases": self.exciter_phases,
            "shaper_range": self.shaper_range,
            "output_weights": self.output_weights,
            "output_bias": self.output_bias,
        }
        for layer, (weights, biases) in enumerate(zip(self.shaper_weights, self.shaper_biases, strict=True)):
            named[f"shaper_weights_{layer}"] = weights
            named[f"shaper_biases_{layer}"] = biases
        return named

    def shaped(self, index: Floats, dtype: DTypeLike = np.float64) -> NDArray[np.floating]:
        """The shaping functions: index [S, N] to [S, N], in float64 unless told."""
        value = np.asarray(index, dtype=dtype)[:, None]
        for weights, biases in zip(self.shaper_weights, self.shaper_biases, strict=True):
            value = weights.astype(dtype) @ value
            value += biases.astype(dtype)[..., None]
            np.sin(value, out=value)
        return value[:, 0]

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        if self.exciter_weights.ndim != 2 or any(weights.ndim != 3 for weights in self.shaper_weights):
            raise KitError("The NEWT's exciter_weights must have 2 dimensions and its shaper_weights 3.")
        if not self.shaper_weights or self.layers[-1] != 1:
            raise KitError(f"The NEWT's layers are {list(self.layers)}; the last must be 1 wide.")
        count, partials = self.exciter_weights.shape
        shapes: dict[str, tuple[int, ...]] = {
            "exciter_bias": (count,),
            "exciter_phases": (partials,),
            "shaper_range": (count, 2),
            "output_weights": (count,),
            "output_bias": (1,),
        }
        for layer, (inputs, outputs) in enumerate(itertools.pairwise((1, *self.layers))):
            shapes[f"shaper_weights_{layer}"] = (count, outputs, inputs)
            shapes[f"shaper_biases_{layer}"] = (count, outputs)
        return shapes
