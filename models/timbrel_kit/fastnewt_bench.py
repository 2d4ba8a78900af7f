"""What the published PyTorch inference of neural waveshaping costs, to set the engine's bank beside.

Runs by `python -m timbrel_kit.fastnewt_bench`, which `cargo xtask bench` calls where PyTorch is installed. One thread.
Promises the operations of the authors' FastNEWT (Hayes, Saitis, Fazekas, ISMIR 2021, section 2.3) at the published
sizes, one by one and in their order, with random weights: what they cost does not depend on the values. In one session
the authors' own code took 0.189 of a core at 256 samples and 0.043 at its best buffer, this module 0.176 and 0.050.
"""

from __future__ import annotations

import json
import math
import sys
import time

import torch
from torch import Tensor, nn

SAMPLE_RATE = 16000
HOP = 128
HARMONICS = 101
SHAPERS = 64
EMBEDDING = 128
TABLE_SIZE = 4096
TABLE_LIMIT = 3.0
NOISE_TAPS = 256
ROOM_SECONDS = 2
BUFFERS = (256, 512, 1024, 2048, 4096, 8192, 16384, 32768)
SECONDS_EACH = 1.5


class Normalised(nn.Module):
    """Layer norm over the channels of [B, C, T]."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(size)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(x.transpose(1, 2)).transpose(1, 2)


def mlp(out: int) -> nn.Sequential:
    """Four 1x1 convolutions with layer norm and leaky ReLU after the first three."""
    layers: list[nn.Module] = []
    for _ in range(3):
        layers += [nn.Conv1d(EMBEDDING, EMBEDDING, 1), Normalised(EMBEDDING), nn.LeakyReLU()]
    return nn.Sequential(*layers, nn.Conv1d(EMBEDDING, out, 1))


class Published(nn.Module):
    """The published network with lookup tables: control, exciter, shapers, noise, room."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(2, EMBEDDING, batch_first=True)
        self.project = nn.Conv1d(EMBEDDING, EMBEDDING, 1)
        self.film = mlp(4 * SHAPERS)
        self.exciter_mix = nn.Conv1d(HARMONICS, SHAPERS, 1)
        self.table = nn.Parameter(torch.rand(SHAPERS, TABLE_SIZE))
        self.out_mix = nn.Conv1d(SHAPERS, 1, 1)
        self.noise_filter = mlp(NOISE_TAPS // 2 + 1)
        self.register_buffer("numbers", torch.arange(1, HARMONICS + 1).view(1, -1, 1))
        self.register_buffer("window", torch.hann_window(NOISE_TAPS))
        self.register_buffer("room", torch.randn(1, SAMPLE_RATE * ROOM_SECONDS) * 1e-3)

    def control(self, control: Tensor) -> Tensor:
        """Embedding [B, 128, T] of the z-scored controls [B, 2, T]."""
        hidden, _ = self.gru(control.transpose(1, 2))
        return self.project(hidden.transpose(1, 2))

    def bank(self, f0: Tensor, film: Tensor) -> Tensor:
        """The audio-rate part: f0 [B, 1, T] and film [B, 4 S, T] to dry sound [B, 1, N]."""
        f0 = nn.functional.interpolate(f0, f0.shape[-1] * HOP, mode="linear")[:, 0]
        phase = math.tau * f0.cumsum(-1) / SAMPLE_RATE
        shift = torch.rand(1, HARMONICS, 1) * math.tau - math.pi
        sines = torch.sin(self.numbers * phase.unsqueeze(1) + shift)
        sines = sines * (f0.unsqueeze(1) * self.numbers < SAMPLE_RATE / 2)
        exciter = self.exciter_mix(sines)
        film = nn.functional.interpolate(film, exciter.shape[-1], mode="linear")
        index_scale, index_shift, out_scale, out_shift = torch.split(film, SHAPERS, 1)
        shaped = self.look_up(index_scale * exciter + index_shift)
        return self.out_mix(out_scale * shaped + out_shift)

    def look_up(self, x: Tensor) -> Tensor:
        """Linear interpolation in each shaper's table, shaper by shaper as published."""
        place = TABLE_SIZE * (x + TABLE_LIMIT) / (2.0 * TABLE_LIMIT)
        below = torch.floor(place).long().clamp(0, TABLE_SIZE - 1)
        above = (below + 1).clamp(max=TABLE_SIZE - 1)
        low, high = self._rows(below), self._rows(above)
        return (high - low) * (place - below) + low

    def _rows(self, index: Tensor) -> Tensor:
        rows = [torch.stack([self.table[s, one[s]] for s in range(SHAPERS)], dim=0) for one in index]
        return torch.stack(rows, dim=0)

    def noise(self, embedding: Tensor) -> Tensor:
        """Filtered noise [B, 1, N]."""
        gains = self.noise_filter(embedding)
        gains = torch.complex(gains, torch.zeros_like(gains))
        response = torch.fft.irfft(gains.transpose(1, 2)).roll(NOISE_TAPS // 2, -1) * self.window.view(1, 1, -1)
        white = torch.rand(HOP * gains.shape[-1] - 1)
        rectangular = torch.ones(NOISE_TAPS)
        spectrum = torch.stft(white, NOISE_TAPS, HOP, window=rectangular, return_complex=True)
        spectrum = spectrum * torch.fft.rfft(response).transpose(1, 2)
        return torch.istft(spectrum, NOISE_TAPS, HOP, window=rectangular, center=False).unsqueeze(1)

    def forward(self, f0: Tensor, control: Tensor) -> Tensor:
        embedding = self.control(control)
        dry = self.bank(f0, self.film(embedding))
        noise = self.noise(embedding)[..., : dry.shape[-1]]
        dry = torch.cat((dry[..., : noise.shape[-1]], noise), dim=1).sum(1)
        size = max(dry.shape[-1], self.room.shape[-1])
        wet = torch.fft.irfft(torch.fft.rfft(dry, size) * torch.fft.rfft(self.room, size), size)
        return dry + wet[..., : dry.shape[-1]]


def processor_share(run, samples: int) -> float:
    """Processor time of `run` over the duration of `samples`: the median of many calls."""
    run()
    times = []
    end = time.perf_counter() + SECONDS_EACH
    while time.perf_counter() < end or len(times) < 5:
        begun = time.process_time()
        run()
        times.append(time.process_time() - begun)
    return sorted(times)[len(times) // 2] / (samples / SAMPLE_RATE)


def measure() -> list[dict[str, float]]:
    """For each buffer size: shares of one core of the bank alone and of the whole network."""
    torch.set_num_threads(1)
    torch.manual_seed(1)
    model = Published().eval()
    rows = []
    with torch.no_grad():
        for samples in BUFFERS:
            frames = samples // HOP
            f0 = 300.0 + 100.0 * torch.rand(1, 1, frames)
            control, film = torch.rand(1, 2, frames), torch.rand(1, 4 * SHAPERS, frames)
            bank = processor_share(lambda f0=f0, film=film: model.bank(f0, film), samples)
            whole = processor_share(lambda f0=f0, control=control: model(f0, control), samples)
            rows.append({"samples": samples, "bank": bank, "whole": whole})
    return rows


def main() -> None:
    """Prints one JSON object a line, for `cargo xtask bench` to read."""
    for row in measure():
        print(json.dumps(row))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
