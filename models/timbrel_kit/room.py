"""The room of an instrument: a learned impulse response that leaves the dry sound as it is.

Runs in the spectral stage of training where `--room` asks for it; its response is exported as `impulse_response`.
Promises a first sample of 1, then a pre-delay of zeros, then a tail that decays: a room, never a gain stage or an
equaliser in disguise (the published NEWT's are); proved by `test_newt_train.py`.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

PRE_DELAY_SECONDS = 0.01
# The tail's envelope falls by this much over its length, whatever is learned under it.
DECAY_DB = 60.0
STARTING_TAIL = 1e-3


class Room(nn.Module):
    """A learned tail of `samples` at `sample_rate`."""

    def __init__(self, samples: int, sample_rate: int) -> None:
        super().__init__()
        self.silent = min(round(PRE_DELAY_SECONDS * sample_rate), samples - 1)
        count = samples - 1 - self.silent
        self.tail = nn.Parameter(STARTING_TAIL * torch.randn(count))
        envelope = torch.exp(torch.linspace(0.0, -DECAY_DB * math.log(10.0) / 20.0, max(count, 1))[:count])
        self.register_buffer("envelope", envelope, persistent=False)

    def response(self) -> Tensor:
        """The impulse response [samples]."""
        # Bounded, so that no reflection is louder than what it reflects.
        tail = torch.tanh(self.tail) * self.envelope
        return torch.cat([torch.ones(1), torch.zeros(self.silent), tail])

    def placed(self, dry: Tensor) -> Tensor:
        """Dry sound [B, N] in the room."""
        response = self.response()
        size = dry.shape[1] + len(response) - 1
        wet = torch.fft.irfft(torch.fft.rfft(dry, size) * torch.fft.rfft(response, size), size)
        return wet[:, : dry.shape[1]]
