"""The synthesizer in PyTorch: a float64-phase reference, and a fast differentiable one for training.

Runs in training and to make golden vectors.
Promises the equations of `docs/model-format.md` (sine bank, filtered noise); proved by `test_synth.py`.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from timbrel_kit.workers import ALONE, Workers

NOISE_FFT_HOPS = 4


def reference_harmonics(
    f0_hz: Tensor, amplitude: Tensor, distribution: Tensor, positions: Tensor, sample_rate: float, samples: int
) -> Tensor:
    """Sine bank [samples] in float64. Frame arrays [T], [T], [T, H] stand at integer sample `positions` [T].

    f0 and amplitude x distribution are linear between frames and held outside of them. The phase is 0 at sample 0 and
    phase[n + 1] = phase[n] + f0[n] / sample_rate, in cycles. Partials at or above Nyquist are left out.
    """
    at = torch.arange(samples, dtype=torch.float64)
    f0 = between_frames(f0_hz.double()[:, None], positions, at)[:, 0]
    partials = amplitude.double()[:, None] * distribution.double()
    phase = torch.zeros(samples, dtype=torch.float64)
    phase[1:] = torch.cumsum(f0 / sample_rate, dim=0)[:-1]
    out = torch.zeros(samples, dtype=torch.float64)
    for k in range(partials.shape[1]):
        level = between_frames(partials[:, k : k + 1], positions, at)[:, 0]
        inside = ((k + 1) * f0 < 0.5 * sample_rate).double()
        out += inside * level * torch.sin(2.0 * math.pi * torch.remainder((k + 1) * phase, 1.0))
    return out


def between_frames(values: Tensor, positions: Tensor, at: Tensor) -> Tensor:
    positions = positions.double()
    right = torch.clamp(torch.searchsorted(positions, at, right=True), 1, len(positions) - 1)
    left = right - 1
    span = positions[right] - positions[left]
    fraction = torch.clamp((at - positions[left]) / span, 0.0, 1.0)[:, None]
    return values[left] * (1.0 - fraction) + values[right] * fraction


def training_harmonics(
    f0_hz: Tensor, partials: Tensor, start_cycles: Tensor, sample_rate: int, hop: int, cosines: Tensor | None = None
) -> Tensor:
    """Differentiable in `partials` and `cosines` only. f0 [B, T + 1], partials [B, T + 1, H] to audio [B, T * hop].

    `partials` are strengths of sines; where phases matter, `cosines` are those of cosines beside them.

    The sines need no gradient, so amplitudes meet them in one matrix product a frame.
    """
    batch, frames = f0_hz.shape[0], f0_hz.shape[1] - 1
    count = partials.shape[2]
    with torch.no_grad():
        step = torch.arange(hop, dtype=torch.float64) / hop
        f0 = f0_hz.double()
        within = f0[:, :-1, None] * (1.0 - step) + f0[:, 1:, None] * step
        cycles = torch.cumsum(within.reshape(batch, -1) / sample_rate, dim=1)
        cycles = torch.cat([torch.zeros(batch, 1, dtype=torch.float64), cycles[:, :-1]], dim=1)
        cycles = torch.remainder(cycles + start_cycles.double()[:, None], 1.0).float()
        # The partials under Nyquist differ from row to row: high notes cost little.
        kept = [min(count, int(0.5 * sample_rate / float(row.min()))) for row in f0_hz]
    rows = []
    for b in range(batch):
        numbers = torch.arange(1, kept[b] + 1, dtype=torch.float32)
        with torch.no_grad():
            turns = (2.0 * math.pi) * (cycles[b].view(frames, hop, 1) * numbers)
            waves = torch.sin(turns) if cosines is None else torch.cat([torch.sin(turns), torch.cos(turns)], dim=-1)
        strengths = partials[b, :, : kept[b]]
        if cosines is not None:
            strengths = torch.cat([strengths, cosines[b, :, : kept[b]]], dim=-1)
        mixed = torch.bmm(waves, torch.stack([strengths[:-1], strengths[1:]], dim=-1))
        rise = torch.arange(hop, dtype=torch.float32) / hop
        rows.append((mixed[..., 0] * (1.0 - rise) + mixed[..., 1] * rise).reshape(-1))
    return torch.stack(rows)


def training_noise(magnitudes: Tensor, hop: int, generator: torch.Generator, workers: Workers = ALONE) -> Tensor:
    """White noise through the bands: magnitudes [B, T + 1, K] to audio [B, T * hop].

    One noise stream is cut into Hann windows of two hops that sum to one; each is filtered by its frame's zero-phase
    response, linear between bands. The stream is drawn on the CPU, for the batch of all workers.
    """
    batch, count, bands = magnitudes.shape
    frames = count - 1
    size = NOISE_FFT_HOPS * hop
    whole = torch.randn(batch * workers.count, (count + 1) * hop, generator=generator, device="cpu")
    stream = whole[workers.rows(batch)].to(magnitudes.device)
    window = torch.hann_window(2 * hop, periodic=True)
    pieces = stream.unfold(1, 2 * hop, hop)[:, :count] * window
    spectrum = torch.fft.rfft(torch.nn.functional.pad(pieces, (hop, hop)), size)
    place = torch.linspace(0.0, bands - 1.0, size // 2 + 1)
    below = torch.clamp(place.floor().long(), max=bands - 2)
    matrix = torch.zeros(bands, size // 2 + 1)
    column = torch.arange(size // 2 + 1)
    matrix[below, column] = 1.0 - (place - below)
    matrix[below + 1, column] = place - below
    filtered = torch.fft.irfft(spectrum * (magnitudes @ matrix), size)
    folded = torch.nn.functional.fold(
        filtered.transpose(1, 2), (1, (count - 1) * hop + size), (1, size), stride=(1, hop)
    ).view(batch, -1)
    # Frame t is centred on sample size / 2 of its piece.
    return folded[:, size // 2 : size // 2 + frames * hop]
