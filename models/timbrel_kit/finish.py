"""What follows training with no other command: evaluation, held notes, and the card with sounds and pictures.

Runs after training on a model that is already written and whole.
Promises a card whose every sound and picture is there; proved by `test_cli.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from timbrel_kit.card import write_card
from timbrel_kit.comparisons import write_comparisons
from timbrel_kit.dataset import Clip
from timbrel_kit.errors import KitError
from timbrel_kit.evaluate import judged
from timbrel_kit.held import measure_held_notes
from timbrel_kit.performance_command import add_performance
from timbrel_kit.runtime import Model
from timbrel_kit.training_record import TrainingRecord


def finish(path: Path, clips: list[Clip], loss_table: Path | None, say: Callable[[str], None]) -> None:
    """Judges the model at `path` by the recordings it was made from, and writes its card."""
    record = TrainingRecord.beside(path)
    try:
        add_performance(path, clips, set(record.held_out), say)
    except KitError as error:
        say(f"The instrument goes without a learned performance: {error}")
    model = Model(path)
    say("Evaluating ...")
    evaluation = None
    if record.held_out:
        evaluation = judged(model, clips, record)
        for line in evaluation.lines():
            say(line)
    else:
        say("One recording is too few to keep any out of training: nothing says how well the model does on others.")
    held = measure_held_notes(model)
    for line in held.lines():
        say(line)
    comparisons = write_comparisons(model, clips, record, loss_table)
    say(f"Wrote {write_card(model, evaluation, held, comparisons)}, with sounds and spectrograms to compare.")
