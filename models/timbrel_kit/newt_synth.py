"""The dry sound of a NEWT, sample by sample in float64: what the engine's Reference fidelity must give.

Makes golden vectors and tests; training never runs it (`newt_cycles.py`).
Promises the equations of `docs/model-format-newt.md`; `test_newt_train.py` holds cycles against it, `test_golden.py`
the files made with it.
"""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from timbrel_kit.synth import between_frames

if TYPE_CHECKING:
    from timbrel_kit.newt_decoder import NewtDecoder


def reference_dry(
    decoder: NewtDecoder, f0_hz: Tensor, film: Tensor, positions: Tensor, sample_rate: float, samples: int
) -> Tensor:
    """Dry sound [samples] of f0 [T] and film [T, 4, S] at integer sample `positions` [T].

    Film and f0 are linear between frames and held outside of them. The phase is 0 at sample 0 and
    phase[n + 1] = phase[n] + f0[n] / sample_rate, in cycles. Exciter partials at or above the top are left out.
    """
    config = decoder.config
    decoder = copy.deepcopy(decoder).double()
    at = torch.arange(samples, dtype=torch.float64)
    f0 = between_frames(f0_hz.double()[:, None], positions, at)[:, 0]
    here = between_frames(film.double().flatten(1), positions, at).view(samples, 4, config.shapers)
    phase = torch.zeros(samples, dtype=torch.float64)
    phase[1:] = torch.cumsum(f0 / sample_rate, dim=0)[:-1]
    exciter = decoder.exciter_bias[:, None].repeat(1, samples)
    for k in range(1, config.harmonics + 1):
        sine = torch.sin(2.0 * math.pi * torch.remainder(k * phase, 1.0) + decoder.exciter_phases[k - 1])
        inside = (k * f0 < config.exciter_top_hz).double()
        exciter = exciter + decoder.exciter_weights[:, k - 1 : k] * (inside * sine)
    shaped = decoder.shaped(here[:, 0].T * exciter + here[:, 1].T)
    return decoder.output_weights @ (here[:, 2].T * shaped + here[:, 3].T)
