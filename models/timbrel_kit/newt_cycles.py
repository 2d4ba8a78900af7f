"""What a NEWT sounds like while its film stands still, from one cycle of it: no audio is made.

Runs in training. With constant film the dry sound is a function of one phase, so that a few hundred points of it and
a Fourier transform give every partial, free of windows and of phase.
Promises the partials of the rendered sound within 0.1 dB; proved by `test_newt_train.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from timbrel_kit.newt_decoder import NewtDecoder

# Room above the highest partial that is judged, so that what folds back there is weak.
OVERSAMPLING = 1.5
LENGTHS = (96, 128, 192, 256, 384)


@dataclass
class Cycles:
    """Frames N: partials [N, H] (those from Nyquist up at 0), what lies over them, and what stands still."""

    amplitudes: Tensor
    # Strengths [N, H] of sines and cosines of the partials' phases.
    sines: Tensor
    cosines: Tensor
    # Power [N] in partials over the judged ones or over Nyquist.
    beyond: Tensor
    # The mean [N] of the cycle.
    rest: Tensor
    # Power [N] of all that sounds.
    power: Tensor


def cycle_lengths(f0_hz: Tensor, sample_rate: int, partials: int) -> Tensor:
    """Points [N] of a cycle for each frame, out of LENGTHS."""
    judged = torch.clamp(0.5 * sample_rate / f0_hz, max=float(partials))
    wanted = 2.0 * OVERSAMPLING * judged
    table = torch.tensor(LENGTHS, dtype=torch.float32)
    return table[torch.clamp(torch.searchsorted(table, wanted), max=len(LENGTHS) - 1)].long()


def exciter_cycle(decoder: NewtDecoder, f0_hz: Tensor, points: int) -> Tensor:
    """One cycle [S, N, points] of the exciter's channels; partials from `exciter_top_hz` up are left out."""
    config = decoder.config
    number = torch.arange(1, config.harmonics + 1, dtype=torch.float32)
    turn = torch.arange(points, dtype=torch.float32) * (2.0 * math.pi / points)
    sines = torch.sin(number[:, None] * turn + decoder.exciter_phases[:, None])
    inside = (number * f0_hz[:, None] < config.exciter_top_hz).float()
    weights = decoder.exciter_weights[:, None] * inside
    return weights @ sines + decoder.exciter_bias[:, None, None]


def heard_cycles(decoder: NewtDecoder, film: Tensor, f0_hz: Tensor, lengths: Tensor, partials: int) -> Cycles:
    """Evaluates one cycle of each frame, frames of equal length together."""
    groups = [(int(points), torch.nonzero(lengths == points)[:, 0]) for points in torch.unique(lengths)]
    indices = []
    for points, chosen in groups:
        exciter = exciter_cycle(decoder, f0_hz[chosen], points)
        scale, shift = film[chosen, 0].T[..., None], film[chosen, 1].T[..., None]
        indices.append((exciter * scale + shift).flatten(1))
    shaped = decoder.shaped(torch.cat(indices, dim=1))
    outcomes = []
    start = 0
    for points, chosen in groups:
        count = len(chosen) * points
        here = shaped[:, start : start + count].view(-1, len(chosen), points)
        start += count
        scale, shift = film[chosen, 2].T[..., None], film[chosen, 3].T[..., None]
        cycle = torch.einsum("s,snp->np", decoder.output_weights, here * scale + shift)
        outcomes.append(_spectrum(cycle, f0_hz[chosen], partials, decoder.config.sample_rate))
    order = torch.argsort(torch.cat([chosen for _, chosen in groups]))
    return Cycles(*(torch.cat(column)[order] for column in zip(*outcomes, strict=True)))


def _spectrum(cycle: Tensor, f0_hz: Tensor, partials: int, sample_rate: int) -> tuple[Tensor, ...]:
    points = cycle.shape[1]
    spectrum = torch.fft.rfft(cycle) * (2.0 / points)
    cosines, sines = spectrum.real[:, 1:], -spectrum.imag[:, 1:]
    number = torch.arange(1, cosines.shape[1] + 1, dtype=torch.float32)
    judged = ((number * f0_hz[:, None] < 0.5 * sample_rate) & (number <= partials)).float()
    squares = cosines**2 + sines**2
    beyond = 0.5 * (squares * (1.0 - judged)).sum(1)
    # The root's slope is unbounded at 0; 1e-16 is far under the floor.
    amplitudes = torch.sqrt(squares * judged + 1e-16) * judged
    width = min(partials, squares.shape[1])
    parts = (
        torch.nn.functional.pad(values[:, :width], (0, partials - width))
        for values in (amplitudes, sines * judged, cosines * judged)
    )
    return *parts, beyond, 0.5 * spectrum.real[:, 0], 0.5 * squares.sum(1)
