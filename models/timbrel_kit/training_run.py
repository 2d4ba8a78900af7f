"""One training run: its settings, its state, and the checkpoint that survives a kill.

Runs on the training thread.
Promises that a killed and resumed run ends with the same weights as an uninterrupted one; proved by `test_train.py`.
"""

from __future__ import annotations

import copy
import pickle
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from timbrel_kit.decoder_config import DecoderConfig
from timbrel_kit.errors import KitError
from timbrel_kit.families import config_from, decoder_of, family_of
from timbrel_kit.workers import ALONE, Workers

# The exported weights are a running mean over about 1 / (1 - this) steps.
MEAN_DECAY = 0.997


@dataclass(frozen=True)
class Settings:
    """How to train. Steps are spectral steps unless said otherwise."""

    seed: int = 1
    regression_steps: int = 600
    steps: int | None = 2000
    hours: float | None = None
    batch: int = 4
    regression_batch: int = 8
    crop_seconds: float = 1.0
    learning_rate: float = 1e-3
    last_learning_rate: float = 1e-4
    held_notes: int = 4
    held_seconds: float = 0.6
    # Whichever comes first.
    checkpoint_every: int = 50
    checkpoint_seconds: float = 30.0


@dataclass
class Progress:
    """Where the run stands; seconds are of training only, over all resumptions."""

    stage: str = "regression"
    step: int = 0
    seconds: float = 0.0
    spectral_seconds: float = 0.0


def read_checkpoint(path: Path) -> dict[str, Any]:
    """What `Run.save` wrote."""
    try:
        return torch.load(path, weights_only=True, map_location="cpu")
    except (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError) as error:
        reason = str(error).splitlines()[0]
        raise KitError(f"The checkpoint {path} cannot be read ({reason}). Remove it to train anew.") from error


class Run:
    """Decoder, optimizer, running mean and progress, saved and loaded together."""

    def __init__(self, config: DecoderConfig, settings: Settings, workers: Workers = ALONE) -> None:
        torch.manual_seed(settings.seed)
        self.config = config
        self.settings = settings
        self.workers = workers
        self.decoder = decoder_of(config).to(workers.device)
        self.mean = copy.deepcopy(self.decoder)
        self.optimizer = torch.optim.Adam(self.decoder.parameters(), lr=settings.learning_rate, betas=(0.9, 0.99))
        self.progress = Progress()
        self.saved_at = time.monotonic()

    def update_mean(self) -> None:
        with torch.no_grad():
            for average, current in zip(self.mean.parameters(), self.decoder.parameters(), strict=True):
                average.lerp_(current, 1.0 - MEAN_DECAY)

    def restart_mean(self) -> None:
        self.mean.load_state_dict(self.decoder.state_dict())

    def save_when_due(self, path: Path) -> None:
        """Saves every `checkpoint_every` steps, and on slow machines by the clock."""
        due = time.monotonic() - self.saved_at > self.settings.checkpoint_seconds
        if due or self.progress.step % self.settings.checkpoint_every == 0:
            self.save(path)

    def save(self, path: Path) -> None:
        """Written beside and moved over, so that a kill while writing leaves the former checkpoint."""
        if not self.workers.first:
            return
        part = path.with_suffix(".part")
        torch.save(
            {
                "family": family_of(self.config),
                "config": self.config.to_dict(),
                "seed": self.settings.seed,
                "decoder": self.decoder.state_dict(),
                "mean": self.mean.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "progress": asdict(self.progress),
            },
            part,
        )
        part.replace(path)
        self.saved_at = time.monotonic()

    def load(self, path: Path) -> None:
        """Continues from a checkpoint made with the same configuration and seed; a GRU's bound may be another."""
        stored = read_checkpoint(path)
        known = config_from(stored)
        if known.core == "gru":
            known = replace(known, memory_seconds=self.config.memory_seconds)
        if known != self.config or stored["seed"] != self.settings.seed:
            raise KitError(
                f"The checkpoint {path} was made from other recordings, settings or seed. Train without --resume."
            )
        self.decoder.load_state_dict(stored["decoder"])
        self.mean.load_state_dict(stored["mean"])
        self.optimizer.load_state_dict(stored["optimizer"])
        self.progress = Progress(**stored["progress"])
