"""Golden vectors: what the PyTorch reference makes of given frames, for the engine to agree with.

Runs by `python -m timbrel_kit golden OUT`; the engine's tests read the files. Needs PyTorch.
Promises float64 phase, partials under 0.9 of Nyquist, and the same bytes of audio on every run; `test_golden.py`.

Each NAME-RATE.npz holds `sample_rate`, `train_rate`, `hop_positions` [T] (integer samples), `f0_hz` [T], `amplitude`
[T], `harmonic_distribution` [T, H], `noise_magnitudes` [T, K] (the same in every frame), `audio_harmonic` [N] with
N = the last position, `noise_band_edges_hz` [M + 1] and `noise_band_power_db` [M]. Beside them lie untrained decoders
of odd shapes, `odd.onnx`, `plain.onnx` and `convolution.onnx`, each with its parity file. `golden_newt.py` says what
newt-*.npz hold.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from timbrel_kit.decoder import Decoder
from timbrel_kit.decoder_config import Credits, DecoderConfig, Latent
from timbrel_kit.golden_newt import NEWT_CASES, small_newt, write_newt_case
from timbrel_kit.instrument import write_instrument
from timbrel_kit.synth import reference_harmonics

SAMPLE_RATES = (16000, 44100, 48000, 96000)
TRAIN_RATE = 48000
TRAIN_HOP = 192
SECONDS = 0.6
MOST_PARTIALS = 48
NOISE_BANDS = 65
# Above this part of Nyquist the engine fades partials by a rule of its own.
HIGHEST_PART_OF_NYQUIST = 0.9


@dataclass(frozen=True)
class Frames:
    """Controls at integer sample positions."""

    positions: np.ndarray
    f0_hz: np.ndarray
    amplitude: np.ndarray
    distribution: np.ndarray


def _grid(rate: int) -> np.ndarray:
    count = int(SECONDS * TRAIN_RATE / TRAIN_HOP) + 1
    return np.round(np.arange(count) * TRAIN_HOP * rate / TRAIN_RATE).astype(np.int64)


def _partials(rate: int, highest_f0: float) -> int:
    return min(MOST_PARTIALS, int(HIGHEST_PART_OF_NYQUIST * 0.5 * rate / highest_f0 - 1e-6))


def _falling(frames: int, count: int) -> np.ndarray:
    share = 1.0 / np.arange(1, count + 1)
    return np.tile(share / share.sum(), (frames, 1))


def steady(rate: int) -> Frames:
    """A4 with falling partials, nothing moving."""
    at = _grid(rate)
    return Frames(at, np.full(len(at), 440.0), np.full(len(at), 0.5), _falling(len(at), _partials(rate, 440.0)))


def glide(rate: int) -> Frames:
    """Two octaves up in half a second."""
    at = _grid(rate)
    f0 = 110.0 * 2.0 ** (2.0 * np.linspace(0.0, 1.0, len(at)))
    return Frames(at, f0, np.full(len(at), 0.5), _falling(len(at), _partials(rate, 440.0)))


def tremolo(rate: int) -> Frames:
    """5 Hz in amplitude, 6 Hz and 30 cents in pitch."""
    at = _grid(rate)
    seconds = at / rate
    amplitude = 0.4 * (1.0 + 0.6 * np.sin(2.0 * np.pi * 5.0 * seconds))
    f0 = 196.0 * 2.0 ** (30.0 / 1200.0 * np.sin(2.0 * np.pi * 6.0 * seconds))
    return Frames(at, f0, amplitude, _falling(len(at), _partials(rate, 200.0)))


def partials_in_and_out(rate: int) -> Frames:
    """Partials appear and disappear from one frame to the next, in a fixed pattern."""
    at = _grid(rate)
    count = _partials(rate, 330.0)
    random = np.random.default_rng(5)
    share = random.uniform(size=(len(at), count)) * (random.uniform(size=(len(at), count)) > 0.5)
    share[:, 0] += 0.1
    return Frames(at, np.full(len(at), 330.0), np.full(len(at), 0.5), share / share.sum(1, keepdims=True))


def held(rate: int) -> Frames:
    """Frames held for eight hops at a time, with jumps of pitch and level between, onsets off the grid."""
    grid = _grid(rate)[::8]
    at = np.unique(np.sort(np.concatenate([grid, grid[1:] + 37, grid[-1:] + 5 * TRAIN_HOP])))
    step = np.searchsorted(grid, at, side="right") - 1
    # Each held stretch ends on the next grid point and jumps within the 37 samples after it.
    on_grid = np.isin(at, grid) & (at > 0)
    step = np.where(on_grid, step - 1, step)
    f0 = np.array([220.0, 247.0, 294.0, 196.0])[step % 4]
    amplitude = np.array([0.5, 0.2, 0.6, 0.05])[step % 4]
    return Frames(at, f0, amplitude, _falling(len(at), _partials(rate, 294.0)))


CASES: dict[str, Callable[[int], Frames]] = {
    "steady": steady,
    "glide": glide,
    "tremolo": tremolo,
    "partials-in-and-out": partials_in_and_out,
    "held": held,
}


def noise_gains() -> np.ndarray:
    """A smooth curve over the bands: 30 dB down from bottom to top, a hump of 12 dB at a quarter."""
    place = np.linspace(0.0, 1.0, NOISE_BANDS)
    db = -20.0 - 30.0 * place + 12.0 * np.exp(-(((place - 0.25) / 0.08) ** 2))
    return (10.0 ** (db / 20.0)).astype(np.float32)


def band_powers_db(gains: np.ndarray, edges_hz: np.ndarray) -> np.ndarray:
    """Expected power in dB of the noise between edges: the integral of gain^2 over the share of the training band."""
    top = 0.5 * TRAIN_RATE
    bands_hz = np.linspace(0.0, top, len(gains))
    powers = []
    for low, high in itertools.pairwise(edges_hz):
        at = np.linspace(low, high, 4001)
        powers.append(np.trapezoid(np.interp(at, bands_hz, gains) ** 2, at) / top)
    return 10.0 * np.log10(np.array(powers))


def write_case(name: str, rate: int, folder: Path) -> Path:
    """Renders one case by the PyTorch reference and writes it."""
    frames = CASES[name](rate)
    f0, amplitude = frames.f0_hz.astype(np.float32), frames.amplitude.astype(np.float32)
    distribution = frames.distribution.astype(np.float32)
    samples = int(frames.positions[-1])
    audio = reference_harmonics(
        torch.from_numpy(f0),
        torch.from_numpy(amplitude),
        torch.from_numpy(distribution),
        torch.from_numpy(frames.positions),
        float(rate),
        samples,
    )
    gains = noise_gains()
    highest = HIGHEST_PART_OF_NYQUIST * 0.5 * min(rate, TRAIN_RATE)
    edges = np.linspace(750.0, highest, 9)
    path = folder / f"{name}-{rate}.npz"
    np.savez(
        path,
        sample_rate=np.float32(rate),
        train_rate=np.float32(TRAIN_RATE),
        hop_positions=frames.positions,
        f0_hz=f0,
        amplitude=amplitude,
        harmonic_distribution=distribution,
        noise_magnitudes=np.tile(gains, (len(f0), 1)),
        audio_harmonic=audio.numpy().astype(np.float32),
        noise_band_edges_hz=edges.astype(np.float32),
        noise_band_power_db=band_powers_db(gains, edges).astype(np.float32),
    )
    return path


ODD = DecoderConfig(
    sample_rate=44100,
    hop=441,
    harmonics=7,
    noise_bands=5,
    hidden=12,
    body_points=16,
    history=3,
    pitch_unit="hz",
    pitch_scale=1.0 / 1000.0,
    pitch_offset=-0.25,
    pitch_low=40.0,
    pitch_high=76.0,
    measure="power",
    loudness_scale=1.0 / 30.0,
    loudness_offset=1.2,
    low_db=-66.0,
    high_db=-8.0,
    soft_db=-36.0,
    loud_db=-12.0,
    latent=(Latent("bite", -1.0, 1.0, 0.0), Latent("air", 0.0, 2.0, 0.5)),
    impulse_samples=5000,
)
PLAIN = DecoderConfig(sample_rate=16000, hop=320, harmonics=60, noise_bands=33, hidden=16, body_points=0)
CONVOLUTION = replace(PLAIN, core="convolution", memory_seconds=0.6)


def untrained(config: DecoderConfig, seed: int) -> Decoder:
    """A decoder with random weights, none of them zero, and a decaying impulse response."""
    torch.manual_seed(seed)
    decoder = Decoder(config)
    with torch.no_grad():
        for parameter in decoder.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
        if config.impulse_samples:
            decay = torch.exp(-torch.arange(config.impulse_samples) / (0.1 * config.impulse_samples))
            decoder.impulse.copy_(0.05 * decay * torch.randn(config.impulse_samples))
            decoder.impulse[0] = 1.0
    return decoder


def write_golden(folder: Path, say: Callable[[str], None]) -> None:
    """Writes every case at every rate, and the untrained decoders."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in CASES:
        for rate in SAMPLE_RATES:
            write_case(name, rate, folder)
        say(f"Wrote {name} at {', '.join(str(rate) for rate in SAMPLE_RATES)} Hz.")
    for name in NEWT_CASES:
        for rate in SAMPLE_RATES:
            write_newt_case(name, rate, _grid(rate), TRAIN_RATE, folder)
        say(f"Wrote newt-{name} at {', '.join(str(rate) for rate in SAMPLE_RATES)} Hz.")
    credits = Credits("newt", "Timbrel's tests", "CC0-1.0", "nothing: its weights are random")
    write_instrument(small_newt(), credits, folder, say)
    for seed, (name, config) in enumerate({"odd": ODD, "plain": PLAIN, "convolution": CONVOLUTION}.items()):
        credits = Credits(name, "Timbrel's tests", "CC0-1.0", "nothing: its weights are random")
        write_instrument(untrained(config, seed + 1), credits, folder, say)
