"""What training minimises, in PyTorch.

Pure functions of tensors. The spectral distance is that of `distance.py`, which evaluation uses without PyTorch.
Promises that both give the same number; proved by `test_synth.py`.
"""

from __future__ import annotations

import torch
from torch import Tensor

from timbrel_kit.distance import FFT_SIZES, MAGNITUDE_FLOOR
from timbrel_kit.workers import over_all


def spectral_distance(audio: Tensor, target: Tensor) -> Tensor:
    """Multi-scale spectral distance [B] of audio [B, N]: see `distance.py`."""
    total = torch.zeros(audio.shape[0], device=audio.device)
    for size in FFT_SIZES:
        window = torch.hann_window(size, device=audio.device)
        ours = _magnitudes(audio, size, window)
        theirs = _magnitudes(target, size, window)
        linear = (ours - theirs).abs().sum((1, 2)) / (theirs.sum((1, 2)) + MAGNITUDE_FLOOR * theirs[0].numel())
        ratio = torch.log(ours + MAGNITUDE_FLOOR) - torch.log(theirs + MAGNITUDE_FLOOR)
        total = total + linear + ratio.abs().mean((1, 2))
    return total


def _magnitudes(audio: Tensor, size: int, window: Tensor) -> Tensor:
    framed = audio.unfold(1, size, size // 4) * window
    spectrum = torch.fft.rfft(framed)
    power = spectrum.real**2 + spectrum.imag**2
    # The root's slope is unbounded at 0; 1e-16 is far under the floor.
    return torch.sqrt(power * (4.0 / size) ** 2 + 1e-16)


def control_distance(ours_db: Tensor, theirs_db: Tensor, floor_db: float, weight: Tensor) -> Tensor:
    """Mean absolute difference in dB, weighted [B, T, size]. Under the floor both are alike.

    Ours is held at the floor only where theirs is under it: what is too weak elsewhere must still feel which way is up.
    """
    least = torch.where(theirs_db <= floor_db, floor_db, -torch.inf)
    difference = (torch.maximum(ours_db, least) - torch.clamp(theirs_db, min=floor_db)).abs()
    return (difference * weight).sum() / (over_all(weight.sum()) + 1e-6)


def wander(values_db: Tensor, settle: int) -> Tensor:
    """How far controls [B, T, size] in dB move about their own mean after `settle` frames of a held note."""
    held = values_db[:, settle:]
    return (held - held.mean(1, keepdim=True)).abs().mean()
