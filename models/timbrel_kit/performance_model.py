"""The performance network: where a player takes loudness and pitch, frame by frame, after a note begins and after it
is let go.

Runs in training and as the reference of the parity file; `performance_graph.py` writes the same equations as ONNX.
Promises that loudness comes to rest at the note's level, that it falls for ever once let go, and that nothing jumps;
proved by `test_performance.py`.

Loudness is a follower of first order, y' = y + (1 - exp(-k dt)) (target - y) from ONSET_DB: while the key is down a
network says target and rate k from pitch, dynamics, time and peak position, and the target's distance from 0 dB dies
away by construction. Once it is up, a second network says the slope of the fall. So a note that is let go in its
attack falls from where it is, held notes hold still for any weights, and the state of a note is one number: the frame
before. (The idea of predicting expression as a curve for a synthesizer is MIDI-DDSP's, Wu et al., ICLR 2022; a
follower in place of its autoregressive sampling is what makes it playable.)
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from timbrel_kit.performance_notes import ONSET_DB

# Seconds: the network sees exp(-t / tau) of the time since note-on, since note-off, and of the length of the note.
ON_TAUS = (0.008, 0.016, 0.03, 0.05, 0.08, 0.12, 0.18, 0.25, 0.35, 0.5, 0.7, 1.0, 0.06, 0.3, 1.5, 2.0)
OFF_TAUS = (0.008, 0.016, 0.03, 0.05, 0.08, 0.12, 0.18, 0.25, 0.35, 0.5, 0.7, 1.0, 0.06, 0.3, 1.5, 2.0)
LENGTH_TAUS = (0.05, 0.08, 0.12, 0.18, 0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 0.03, 0.1, 0.2, 0.4)
# Places in ON_TAUS of the windows under which things die away.
NOISE_EARLY, EARLY, NOISE_LATE, LATE = ON_TAUS.index(0.06), ON_TAUS.index(0.12), ON_TAUS.index(0.3), ON_TAUS.index(0.5)
# Place in OFF_TAUS of the window under which the pitch of a release sets in.
OFF_ONSET = OFF_TAUS.index(0.08)
HEADS = 16
LOWEST_PITCH, HIGHEST_PITCH, PITCH_CENTRE, PITCH_SCALE = 12.0, 120.0, 60.0, 24.0
LOWEST_DYNAMICS, HIGHEST_DYNAMICS = -0.25, 1.25
LONGEST_SECONDS = 60.0
TARGET_EARLY_DB, TARGET_LATE_DB = 18.0, 7.0
# log of rates (1 / s) and slopes (dB / s).
LOG_RATE = (math.log(3.0), math.log(600.0))
LOG_SLOPE = (math.log(8.0), math.log(1500.0))
PITCH_EARLY_CENTS, PITCH_LATE_CENTS, PITCH_OFF_CENTS = 60.0, 15.0, 40.0
SPREAD_EARLY_DB, SPREAD_REST_DB = 2.0, 2.0
SPREAD_EARLY_CENTS, SPREAD_REST_CENTS = 20.0, 8.0
NOISE_EARLY_DB, NOISE_LATE_DB = 12.0, 6.0
LOWEST_DB, HIGHEST_DB = -60.0, 12.0

INPUTS = ("pitch", "dynamics", "since_on", "gate", "since_off", "peak_position", "attack_noise")
OUTPUTS = ("loudness_db", "pitch_cents", "loudness_spread_db", "pitch_spread_cents", "noise_db")
STATE = "loudness"


@dataclass(frozen=True)
class PerformanceConfig:
    """Sizes of the network, and the largest spreads at rest: what a held note may wander."""

    hidden: int = 48
    # Numbers that tell an instrument from the others, for each of the two networks.
    embedding: int = 8
    rest_spread_db: float = 0.3
    rest_spread_cents: float = 2.0

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class Held:
    """What the first network says [B, T]: target and rate of the loudness and what does not depend on the state."""

    target_db: Tensor
    rate: Tensor
    cents: Tensor
    spread_db: Tensor
    spread_cents: Tensor
    rest_spread_db: Tensor
    rest_spread_cents: Tensor
    noise_slope_db: Tensor
    noise_base_db: Tensor


class Branch(nn.Module):
    """Two tanh layers and a linear one. What moves and what stands still in a note (its embedding among it) enter
    apart, so that neither is computed for each frame of each note where one of them would do.
    """

    def __init__(self, still: int, moving: int, config: PerformanceConfig) -> None:
        super().__init__()
        self.still = nn.Linear(still + config.embedding, config.hidden)
        self.moving = nn.Linear(moving, config.hidden, bias=False)
        self.middle = nn.Linear(config.hidden, config.hidden)
        self.leave = nn.Linear(config.hidden, HEADS)

    def forward(self, still: list[Tensor], moving: Tensor, embedding: Tensor) -> Tensor:
        """Inputs [B, T or 1] and [B or 1, T, n], and the embedding [B, E], to heads [B, T, HEADS]."""
        note = torch.stack(still, dim=-1)
        note = torch.cat([note, embedding[:, None].expand(-1, note.shape[1], -1)], dim=-1)
        value = torch.tanh(self.still(note) + self.moving(moving))
        return self.leave(torch.tanh(self.middle(value)))


class PerformanceNet(nn.Module):
    """Both networks. Times in seconds, pitch in MIDI, dynamics 0 (soft) to 1 (loud); all [B, T], or 1 for T or B."""

    def __init__(self, config: PerformanceConfig) -> None:
        super().__init__()
        self.config = config
        self.held = Branch(3, len(ON_TAUS), config)
        self.let_go = Branch(2, len(OFF_TAUS) + len(LENGTH_TAUS), config)
        with torch.no_grad():
            for branch in (self.held, self.let_go):
                branch.leave.weight.mul_(0.3)
                branch.leave.bias.zero_()

    def hold(self, pitch: Tensor, dynamics: Tensor, since_on: Tensor, peak: Tensor, embedding: Tensor) -> Held:
        """While the key is down."""
        on = faded(since_on, ON_TAUS)
        heads = self.held([*_note(pitch, dynamics), peak], on, embedding)
        bent, portion = torch.tanh(heads), torch.sigmoid(heads)
        early, late = on[..., EARLY], on[..., LATE]
        spread_db = SPREAD_REST_DB * portion[..., 5]
        spread_cents = SPREAD_REST_CENTS * portion[..., 6]
        return Held(
            target_db=TARGET_EARLY_DB * bent[..., 0] * early + TARGET_LATE_DB * bent[..., 1] * late,
            rate=torch.exp(between(portion[..., 2], LOG_RATE)),
            cents=PITCH_EARLY_CENTS * bent[..., 3] * early + PITCH_LATE_CENTS * bent[..., 4] * late,
            spread_db=SPREAD_EARLY_DB * portion[..., 7] * early
            + torch.clamp(spread_db, max=self.config.rest_spread_db),
            spread_cents=SPREAD_EARLY_CENTS * portion[..., 8] * early
            + torch.clamp(spread_cents, max=self.config.rest_spread_cents),
            rest_spread_db=spread_db,
            rest_spread_cents=spread_cents,
            noise_slope_db=NOISE_EARLY_DB * portion[..., 9] * on[..., NOISE_EARLY]
            + NOISE_LATE_DB * portion[..., 10] * on[..., NOISE_LATE],
            noise_base_db=25.0 * bent[..., 11] * early,
        )

    def release(
        self, pitch: Tensor, dynamics: Tensor, since_off: Tensor, length: Tensor, embedding: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Once the key is up: slope of the fall (dB / s, above 0) and cents, for a note that was `length` seconds
        long.
        """
        off = faded(since_off, OFF_TAUS)
        long = faded(length, LENGTH_TAUS)
        shape = torch.broadcast_shapes(off.shape, long.shape)
        moving = torch.cat([off.expand(shape), long.expand(shape)], dim=-1)
        heads = self.let_go(_note(pitch, dynamics), moving, embedding)
        slope = torch.exp(between(torch.sigmoid(heads)[..., 0], LOG_SLOPE))
        return slope, PITCH_OFF_CENTS * torch.tanh(heads)[..., 1] * (1.0 - off[..., OFF_ONSET])

    def perform(
        self,
        requests: dict[str, np.ndarray],
        restart: np.ndarray,
        embeddings: tuple[Tensor, Tensor],
        seconds: float,
    ) -> dict[str, np.ndarray]:
        """The reference of the parity file: requests [T] by name, restart [T] 1 where a note begins; outputs [T] by
        name.

        `embeddings` are those of the two networks, [1, E] each; `seconds` is the time of a frame.
        """
        given = {name: torch.from_numpy(np.float32(values))[None] for name, values in requests.items()}
        on, off = (torch.clamp(given[name], 0.0, LONGEST_SECONDS) for name in ("since_on", "since_off"))
        peak, noise = (torch.clamp(given[name], -1.0, 1.0) for name in ("peak_position", "attack_noise"))
        with torch.no_grad():
            held = self.hold(given["pitch"], given["dynamics"], on, peak, embeddings[0])
            length = torch.clamp(on - off, min=0.0)
            slope, off_cents = self.release(given["pitch"], given["dynamics"], off, length, embeddings[1])
            gate = (given["gate"] > 0.5).float()
            share = 1.0 - torch.exp(-held.rate * seconds)
            loudness = torch.zeros_like(share)
            state = torch.zeros(1)
            for t in range(share.shape[1]):
                state = torch.zeros(1) if restart[t] else state
                # The state of a note that has not begun is 0: it is kept above ONSET_DB.
                up = state + share[:, t] * (held.target_db[:, t] - ONSET_DB - state)
                down = torch.clamp(state - seconds * slope[:, t], min=LOWEST_DB - ONSET_DB)
                state = torch.clamp(down + gate[:, t] * (up - down), LOWEST_DB - ONSET_DB, HIGHEST_DB - ONSET_DB)
                loudness[:, t] = state
            outputs = (
                loudness + ONSET_DB,
                held.cents + (1.0 - gate) * off_cents,
                held.spread_db,
                held.spread_cents,
                noise * held.noise_slope_db,
            )
        return {name: value[0].numpy() for name, value in zip(OUTPUTS, outputs, strict=True)}


def followed(held: Held, seconds: float) -> Tensor:
    """Loudness [B, T] of held notes from their note-on, dB relative to their levels: all frames at once.

    y' = a y + b is associative in (a, b), so that log2(T) passes do what T steps would (Hillis and Steele 1986).
    """
    keep = torch.exp(-held.rate * seconds)
    add = (1.0 - keep) * held.target_db
    step = 1
    while step < keep.shape[1]:
        before_keep = nn.functional.pad(keep[:, :-step], (step, 0), value=1.0)
        before_add = nn.functional.pad(add[:, :-step], (step, 0))
        add = add + keep * before_add
        keep = keep * before_keep
        step *= 2
    return keep * ONSET_DB + add


def faded(seconds: Tensor, taus: tuple[float, ...]) -> Tensor:
    """exp(-t / tau) [..., len(taus)]: smooth, and at rest where t is long."""
    return torch.exp(seconds[..., None] * torch.tensor([-1.0 / tau for tau in taus]))


def between(portion: Tensor, limits: tuple[float, float]) -> Tensor:
    """A portion of 0 to 1 of the way between two limits."""
    return limits[0] + (limits[1] - limits[0]) * portion


def _note(pitch: Tensor, dynamics: Tensor) -> list[Tensor]:
    place = (torch.clamp(pitch, LOWEST_PITCH, HIGHEST_PITCH) - PITCH_CENTRE) * (1.0 / PITCH_SCALE)
    return [place, 2.0 * torch.clamp(dynamics, LOWEST_DYNAMICS, HIGHEST_DYNAMICS) - 1.0]
