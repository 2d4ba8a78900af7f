"""How far the shapers' indices go in play, measured: the range over which the engine bakes its tables.

Runs at export.
Promises a range that held notes, glides and jumps over all trained pitches and levels stay in; `test_newt_train.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from timbrel_kit.newt_cycles import exciter_cycle

if TYPE_CHECKING:
    from timbrel_kit.newt_decoder import NewtDecoder

PERFORMANCES = 24
FRAMES = 400
POINTS = 512
# Part of the range's width that is added on both sides for what no performance here has reached.
MARGIN = 0.1
SEED = 5


def performances(decoder: NewtDecoder) -> tuple[Tensor, Tensor]:
    """MIDI pitch and dB [B, T, 1]: notes over the trained ranges that are held, glide, swell and jump, from silence."""
    config = decoder.config
    random = np.random.default_rng(SEED)
    knots = 12
    places = np.linspace(0, FRAMES - 1, knots)
    midi = np.empty((PERFORMANCES, FRAMES))
    level = np.empty((PERFORMANCES, FRAMES))
    for row in range(PERFORMANCES):
        pitches = random.uniform(config.pitch_low, config.pitch_high, knots)
        levels = random.uniform(config.low_db, config.high_db, knots)
        levels[0] = config.low_db
        if row % 2:
            at = np.minimum(np.arange(FRAMES) * knots // FRAMES, knots - 1)
            midi[row], level[row] = pitches[at], levels[at]
        else:
            midi[row] = np.interp(np.arange(FRAMES), places, pitches)
            level[row] = np.interp(np.arange(FRAMES), places, levels)
    # The corners of the trained ranges too, held.
    midi[:2], midi[2:4] = config.pitch_low, config.pitch_high
    level[:4:2, FRAMES // 4 :], level[1:4:2, FRAMES // 4 :] = config.high_db, config.soft_db
    return tuple(torch.from_numpy(values.astype(np.float32))[..., None] for values in (midi, level))


def measured_range(decoder: NewtDecoder) -> np.ndarray:
    """Lowest and highest index [S, 2] with MARGIN. All exciter partials are tried, and all but the highest ones."""
    with torch.no_grad():
        midi, level = performances(decoder)
        pitch, loudness = decoder.features(midi, level)
        config = decoder.config
        latent = torch.tensor([item.default for item in config.latent]).expand(*midi.shape[:2], len(config.latent))
        film, _, _ = decoder(pitch, loudness, latent, decoder.zero_states(midi.shape[0]))
        film, midi = film.flatten(0, 1), midi.flatten()
        f0_hz = 440.0 * torch.exp2((midi - 69.0) / 12.0)
        sounding = torch.clamp(torch.ceil(config.exciter_top_hz / f0_hz) - 1, 1, config.harmonics)
        low = torch.full((config.shapers,), torch.inf)
        high = torch.full((config.shapers,), -torch.inf)
        for count in torch.unique(sounding):
            rows = film[sounding == count]
            # Any f0 under which exactly `count` partials are left.
            alike = torch.tensor([config.exciter_top_hz / (float(count) + 0.5)])
            cycle = exciter_cycle(decoder, alike, POINTS)[:, 0]
            for end in (cycle.amin(1), cycle.amax(1)):
                index = rows[:, 0] * end + rows[:, 1]
                low, high = torch.minimum(low, index.amin(0)), torch.maximum(high, index.amax(0))
        margin = MARGIN * (high - low) + 1e-3
        return torch.stack([low - margin, high + margin], dim=1).numpy().astype(np.float32)
