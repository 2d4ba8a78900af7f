"""Golden vectors of the NEWT family: a small random one, and what it sounds like for given film and pitch.

Runs with `golden.py`; the engine's tests read the files. Needs PyTorch.
Promises float64, the published order of film, and the same bytes of audio on every run; proved by `test_golden.py`.

Each newt-NAME-RATE.npz holds `sample_rate`, `train_rate`, `hop_positions` [T] (integer samples), `f0_hz` [T],
`film` [T, 4, S], `audio_dry` [N] with N = the last position, and the constants of the model file:
`exciter_top_hz`, `exciter_weights` [S, H], `exciter_bias` [S], `exciter_phases` [H], `shaper_weights_l` [S, out, in],
`shaper_biases_l` [S, out], `shaper_range` [S, 2], `output_weights` [S], `output_bias` [1]. The same NEWT is
`newt.onnx` with its parity file.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from timbrel_kit.newt_config import NewtConfig
from timbrel_kit.newt_decoder import NewtDecoder
from timbrel_kit.newt_graph import constants_of
from timbrel_kit.newt_synth import reference_dry

NEWT = NewtConfig(sample_rate=48000, hop=192, shapers=6, harmonics=24, noise_bands=17, hidden=16, exciter_top_hz=5000.0)
NEWT_CASES = ("steady", "glide", "sweep", "jumps")


def small_newt(seed: int = 11) -> NewtDecoder:
    """A NEWT with random weights, none of them zero."""
    torch.manual_seed(seed)
    decoder = NewtDecoder(NEWT)
    with torch.no_grad():
        for parameter in decoder.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return decoder.eval()


def newt_frames(name: str, positions: np.ndarray, rate: int) -> tuple[np.ndarray, np.ndarray]:
    """f0 [T] in Hz and film [T, 4, S] of a case at sample positions."""
    frames, shapers = len(positions), NEWT.shapers
    seconds = positions / rate
    part = np.linspace(0.0, 1.0, frames)[:, None]
    each = np.arange(shapers)[None]
    film = np.empty((frames, 4, shapers))
    film[:, 0] = 0.5 + 0.15 * each
    film[:, 1] = -0.6 + 0.2 * each
    film[:, 2] = 0.25 * (-1.0) ** each
    film[:, 3] = 0.01 * each
    f0 = np.full(frames, 220.0)
    if name == "glide":
        f0 = 110.0 * 2.0 ** (2.0 * part[:, 0])
    elif name == "sweep":
        film[:, 0] = 0.2 + 1.8 * part * (0.5 + 0.1 * each)
        film[:, 1] = 0.8 * np.sin(2.0 * np.pi * (3.0 * seconds[:, None] + each / shapers))
        film[:, 2] = 0.3 * np.cos(2.0 * np.pi * (2.0 * seconds[:, None] + each / shapers))
        f0 = 196.0 * 2.0 ** (30.0 / 1200.0 * np.sin(2.0 * np.pi * 6.0 * seconds))
    elif name == "jumps":
        step = (np.arange(frames) // 8) % 3
        f0 = np.array([147.0, 330.0, 247.0])[step]
        film[:, 2] *= np.array([1.0, 0.3, 0.0])[step][:, None]
    return f0.astype(np.float32), film.astype(np.float32)


def write_newt_case(name: str, rate: int, positions: np.ndarray, train_rate: int, folder: Path) -> Path:
    """Renders one case in float64 and writes it."""
    decoder = small_newt()
    f0, film = newt_frames(name, positions, rate)
    with torch.no_grad():
        audio = reference_dry(
            decoder,
            torch.from_numpy(f0),
            torch.from_numpy(film),
            torch.from_numpy(positions),
            float(rate),
            int(positions[-1]),
        )
    path = folder / f"newt-{name}-{rate}.npz"
    np.savez(
        path,
        sample_rate=np.float32(rate),
        train_rate=np.float32(train_rate),
        hop_positions=positions,
        f0_hz=f0,
        film=film,
        audio_dry=audio.numpy().astype(np.float32),
        exciter_top_hz=np.float32(NEWT.exciter_top_hz),
        **constants_of(decoder).arrays(),
    )
    return path
