"""Trains the performance network: the prior over all instruments, and one instrument from it.

Runs on one thread of a CPU, a minute or two; needs PyTorch.
Promises that a prior written and read again answers the same, and that an instrument of a few notes stays near it;
proved by `test_performance.py`.

Contours are fitted by the absolute error: where notes rise faster and slower, the median rises as a typical one does,
while a mean would rise as none. Spreads are those of Laplace's distribution, fitted to what is left, and never pull
on the contours.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from timbrel_kit.errors import KitError
from timbrel_kit.performance_data import HeldBatch, Player, ReleaseBatch, held_batch, release_batch
from timbrel_kit.performance_model import PerformanceConfig, PerformanceNet, followed
from timbrel_kit.whole_file import write_whole

PRIOR = Path(__file__).parent / "data" / "performance-prior.npz"
PRIOR_STEPS = 3000
EMBEDDING_STEPS, TUNING_STEPS = 150, 250
LEARNING_RATE, EMBEDDING_RATE, TUNING_RATE = 4e-3, 3e-2, 1e-3
BATCH = 40
# Pulls embeddings to 0, so that what an instrument's recordings do not show is as in the others.
EMBEDDING_DECAY = 3e-3
# Pulls the weights of a tuned network to the prior's.
PRIOR_PULL = 0.3
ATTACK_SECONDS, ATTACK_WEIGHT = 0.3, 3.0
# The network was fitted to notes of so many seconds a frame; rates are per second, so a model's own hop may differ.
PITCH_WEIGHT, SPREAD_WEIGHT, NOISE_WEIGHT = 0.1, 0.05, 0.05


@dataclass
class Learned:
    """A network and what tells each instrument from the others: an embedding for each of its two parts [instruments,
    E].
    """

    net: PerformanceNet
    held: nn.Parameter
    let_go: nn.Parameter


def train_prior(players: list[Player], say: Callable[[str], None], steps: int = PRIOR_STEPS, seed: int = 1) -> Learned:
    """One network for all instruments."""
    torch.manual_seed(seed)
    config = PerformanceConfig(rest_spread_db=9.0, rest_spread_cents=99.0)
    learned = Learned(PerformanceNet(config), *_embeddings(len(players), config))
    # Every instrument counts the same in the end, but for the square root of how much it has to say.
    counts = np.array([len(player.notes) for player in players], dtype=np.float64)
    groups = [
        {"params": learned.net.parameters(), "lr": LEARNING_RATE},
        {"params": [learned.held, learned.let_go], "lr": 2.0 * LEARNING_RATE},
    ]
    _fit(learned, players, torch.optim.Adam(groups), steps, 1.0 / np.sqrt(counts), seed, say)
    return learned


def tuned(player: Player, prior: PerformanceNet, say: Callable[[str], None], seed: int = 1) -> Learned:
    """The prior made one instrument's: first its embedding, then all weights a little."""
    learned = Learned(copy.deepcopy(prior), *_embeddings(1, prior.config))
    weight = np.ones(1)
    embedding = torch.optim.Adam([learned.held, learned.let_go], lr=EMBEDDING_RATE)
    _fit(learned, [player], embedding, EMBEDDING_STEPS, weight, seed, say)
    # The fewer notes, the less of the prior they may overrule.
    pull = PRIOR_PULL * 30.0 / len(player.notes)
    every = torch.optim.Adam([*learned.net.parameters(), learned.held, learned.let_go], lr=TUNING_RATE)
    _fit(learned, [player], every, TUNING_STEPS, weight, seed + 1, say, prior, pull)
    return learned


def untouched(prior: PerformanceNet) -> Learned:
    """The prior as it is: what instruments have in common."""
    return Learned(copy.deepcopy(prior), *_embeddings(1, prior.config))


def _embeddings(count: int, config: PerformanceConfig) -> tuple[nn.Parameter, nn.Parameter]:
    return tuple(nn.Parameter(torch.zeros(count, config.embedding)) for _ in range(2))


def _fit(
    learned: Learned,
    players: list[Player],
    optimizer: torch.optim.Optimizer,
    steps: int,
    note_weight: np.ndarray,
    seed: int,
    say: Callable[[str], None],
    prior: PerformanceNet | None = None,
    pull: float = 0.0,
) -> None:
    held, releases = held_batch(players), release_batch(players)
    seconds = players[0].notes[0].seconds
    draw = np.random.default_rng(seed)
    chances = [_chances(batch, note_weight) for batch in (held, releases)]
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, [group["lr"] for group in optimizer.param_groups], total_steps=steps, pct_start=0.15
    )
    known = [value.detach().clone() for value in prior.parameters()] if prior is not None else []
    smoothed = 0.0
    for step in range(steps):
        loss = held_loss(learned, held, draw.choice(len(held.pitch), BATCH, p=chances[0]), seconds)
        if releases is not None:
            rows = draw.choice(len(releases.pitch), BATCH, p=chances[1])
            loss = loss + release_loss(learned, releases, rows, seconds)
        total = loss + EMBEDDING_DECAY * (learned.held.square().mean() + learned.let_go.square().mean())
        for value, was in zip(learned.net.parameters(), known, strict=bool(known)) if known else ():
            total = total + pull * (value - was).square().sum()
        optimizer.zero_grad()
        total.backward()
        nn.utils.clip_grad_norm_([p for group in optimizer.param_groups for p in group["params"]], 1.0)
        optimizer.step()
        schedule.step()
        smoothed += (float(loss.detach()) - smoothed) * (1.0 if step == 0 else 0.03)
        if (step + 1) % 250 == 0 or step + 1 == steps:
            say(f"Performance: step {step + 1} of {steps}, loss {smoothed:.3f}.")


def _chances(batch: HeldBatch | ReleaseBatch | None, note_weight: np.ndarray) -> np.ndarray:
    if batch is None:
        return np.ones(0)
    chances = note_weight[batch.instrument]
    return chances / chances.sum()


def held_loss(learned: Learned, batch: HeldBatch, rows: np.ndarray, seconds: float) -> Tensor:
    """Absolute errors of loudness, pitch and attack noise, and the likelihood of the spreads."""
    frames = batch.loudness_db.shape[1]
    take = _taker(rows)
    time = torch.arange(frames) * seconds
    wide = {name: take(getattr(batch, name))[:, None] for name in ("pitch", "dynamics", "peak")}
    held = learned.net.hold(**wide, since_on=time[None], embedding=learned.held[batch.instrument[rows]])
    weight = take(batch.weight)
    early = 1.0 + (ATTACK_WEIGHT - 1.0) * (time < ATTACK_SECONDS).float()
    error = take(batch.loudness_db) - followed(held, seconds)
    tuned_weight = take(batch.pitch_weight)
    cents = take(batch.cents) - held.cents
    attack = torch.exp(-time / 0.12)
    noise = take(batch.noise_db) - held.noise_base_db - take(batch.attack_noise)[:, None] * held.noise_slope_db
    return (
        _mean(error.abs(), weight * early)
        + PITCH_WEIGHT * _mean(cents.abs(), tuned_weight * early)
        + NOISE_WEIGHT * _mean(noise.abs(), tuned_weight * attack)
        + SPREAD_WEIGHT * _spread_loss(held.spread_db, error, take(batch.ripple_db), attack, weight)
        + SPREAD_WEIGHT * _spread_loss(held.spread_cents, cents, take(batch.ripple_cents), attack, tuned_weight)
    )


def _spread_loss(spread: Tensor, error: Tensor, ripple: Tensor, attack: Tensor, weight: Tensor) -> Tensor:
    """Laplace's likelihood of what is left: in the attack of the error, later of the ripple alone."""
    left = (attack * error.detach() + (1.0 - attack) * ripple).abs()
    scale = spread / np.sqrt(2.0) + 1e-3
    return _mean(torch.log(scale) + left / scale, weight)


def release_loss(learned: Learned, batch: ReleaseBatch, rows: np.ndarray, seconds: float) -> Tensor:
    """Absolute errors of the fall and of its pitch."""
    frames = batch.fall_db.shape[1]
    take = _taker(rows)
    wide = {name: take(getattr(batch, name))[:, None] for name in ("pitch", "dynamics", "length")}
    since = (torch.arange(frames) * seconds)[None]
    slope, cents = learned.net.release(**wide, since_off=since, embedding=learned.let_go[batch.instrument[rows]])
    fall = -seconds * torch.cumsum(slope, dim=1)
    weight, over = take(batch.weight), take(batch.over)
    above = torch.clamp(fall, min=-60.0) - take(batch.fall_db)
    error = weight * above.abs() + over * torch.relu(above)
    return 0.5 * (error.sum() / (weight.sum() + 1.0)) + 0.5 * PITCH_WEIGHT * _mean(
        (take(batch.cents) - cents).abs(), take(batch.pitch_weight)
    )


def _taker(rows: np.ndarray) -> Callable[[np.ndarray], Tensor]:
    return lambda values: torch.from_numpy(np.ascontiguousarray(values[rows], dtype=np.float32))


def _mean(values: Tensor, weight: Tensor) -> Tensor:
    return (values * weight).sum() / (weight.sum() + 1e-6)


def write_prior(net: PerformanceNet, path: Path) -> None:
    """Writes the weights that all instruments share."""
    import io

    content = io.BytesIO()
    arrays = {name: value.detach().numpy().astype(np.float32) for name, value in net.state_dict().items()}
    np.savez_compressed(content, **arrays)
    write_whole(path, content.getvalue())


def read_prior(path: Path = PRIOR) -> PerformanceNet:
    """The committed prior, with no bound on spreads at rest."""
    if not path.is_file():
        raise KitError(f"The prior of performances, {path}, is missing: install the whole kit.")
    with np.load(path) as arrays:
        state = {name: torch.from_numpy(arrays[name]) for name in arrays.files}
    config = PerformanceConfig(
        hidden=state["held.middle.weight"].shape[0],
        embedding=state["held.still.weight"].shape[1] - 3,
        rest_spread_db=9.0,
        rest_spread_cents=99.0,
    )
    net = PerformanceNet(config)
    net.load_state_dict(state)
    return net
