"""A NEWT's shapers as tables, for sounds that are judged and not compared with the networks.

Runs in evaluation and calibration, in float32; needs no PyTorch.
Promises the networks' sound within -70 dB at a fraction of their time; proved by `test_newt_partials.py`.
"""

from __future__ import annotations

from dataclasses import fields
from functools import cached_property

import numpy as np
from numpy.typing import DTypeLike, NDArray

from timbrel_kit.features import Floats
from timbrel_kit.newt_constants import NewtConstants

INTERVALS = 8192


class TabledConstants(NewtConstants):
    """The same constants; `shaped` looks up. Beyond `shaper_range` the functions hold their end values."""

    @staticmethod
    def of(constants: NewtConstants) -> TabledConstants:
        return TabledConstants(**{field.name: getattr(constants, field.name) for field in fields(NewtConstants)})

    @cached_property
    def _nodes(self) -> NDArray[np.float32]:
        low, high = self.shaper_range.astype(np.float64).T[..., None]
        return super().shaped(low + (high - low) * np.linspace(0.0, 1.0, INTERVALS + 1)).astype(np.float32)

    def shaped(self, index: Floats, dtype: DTypeLike = np.float32) -> NDArray[np.floating]:
        """The shaping functions: index [S, N] to [S, N], linear between nodes, in float32."""
        low, high = self.shaper_range.T[..., None]
        place = (np.asarray(index, dtype=np.float32) - low) * (np.float32(INTERVALS) / (high - low))
        np.clip(place, 0.0, INTERVALS, out=place)
        below = np.minimum(place.astype(np.int32), INTERVALS - 1)
        place -= below
        below += np.arange(self.shapers, dtype=np.int32)[:, None] * (INTERVALS + 1)
        flat = self._nodes.reshape(-1)
        here = flat[below]
        return here + place * (flat[below + 1] - here)
