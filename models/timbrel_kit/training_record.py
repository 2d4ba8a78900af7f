"""What is known about how a model was trained, in a JSON file beside it.

Written by training, read by evaluation and the card.
Promises that held-out recordings are listed by name; proved by `test_train.py`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from timbrel_kit.errors import KitError


@dataclass(frozen=True)
class TrainingRecord:
    """Facts of one training run; `path` is where they were read or will be written."""

    path: Path
    instrument: str | None
    recordings: int
    seconds_of_audio: float
    held_out: list[str]
    held_out_pitches: list[int]
    seed: int
    regression_steps: int
    spectral_steps: int
    training_seconds: float
    pitches: list[int] = field(default_factory=list)
    # Recordings that were found and not used.
    left_out: list[str] = field(default_factory=list)
    # What trained it, as the card says it.
    machine: str = "a shared 2-core CPU"

    def write(self) -> None:
        values = asdict(self)
        del values["path"]
        self.path.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")

    @staticmethod
    def path_beside(model: Path) -> Path:
        return model.with_suffix(".training.json")

    @staticmethod
    def beside(model: Path) -> TrainingRecord:
        """The record of a model file."""
        path = TrainingRecord.path_beside(model)
        if not path.is_file():
            raise KitError(f"{path} is missing: without it nobody knows which recordings {model.name} has not heard.")
        try:
            return TrainingRecord(path=path, **json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            raise KitError(f"{path} cannot be read: {error}.") from error
