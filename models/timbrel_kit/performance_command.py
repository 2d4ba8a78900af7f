"""The `perform` command: how an instrument's players shape their notes, learned into its model file.

Runs at the end of training, or later on any model beside its training record; needs PyTorch.
Promises that recordings kept out of the decoder's training are kept out of this one too; proved by
`test_performance.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from timbrel_kit.dataset import Clip, Grid
from timbrel_kit.errors import KitError
from timbrel_kit.evaluate import clips_of, grid_of
from timbrel_kit.features import hz_to_midi
from timbrel_kit.held import measure_held_notes
from timbrel_kit.matching import measured_matching
from timbrel_kit.performance_data import fluctuation_of, player_of, vibrato_of
from timbrel_kit.performance_evaluate import evaluate_performance
from timbrel_kit.performance_export import Performed, write_performed
from timbrel_kit.performance_graph import performance_graph
from timbrel_kit.performance_notes import Note, note_of
from timbrel_kit.performance_train import Learned, read_prior, tuned, untouched
from timbrel_kit.runtime import Model
from timbrel_kit.training_record import TrainingRecord

FEWEST_NOTES = 3
# A recording of one note is within this of its median pitch for most of the time; others are phrases.
ONE_NOTE_SEMITONES, ONE_NOTE_SHARE = 0.8, 0.85
# A note held for 20 s may move by 1.5 dB and 10 cents in all. What wanders is bounded by 2.01 standard deviations
# either way (value noise of uniform draws), and what the decoder moves by itself comes on top.
HELD_DB, HELD_CENTS, WANDER_WIDTH = 1.15, 8.0, 4.02
LEAST_SPREAD_DB, MOST_SPREAD_DB = 0.06, 0.28


def run_perform(path: Path, root: Path, instrument: str | None, cache: Path | None, say: Callable[[str], None]) -> None:
    """Adds performance and matching to a model, from the recordings under `root` that it was trained on."""
    torch.set_num_threads(1)
    model = Model(path)
    record = TrainingRecord.beside(path)
    clips = clips_of(model, root, instrument, cache, say)
    add_performance(path, clips, set(record.held_out), say)


def add_performance(path: Path, clips: list[Clip], held_out: set[str], say: Callable[[str], None]) -> None:
    """Rewrites NAME.onnx and NAME.parity.npz in place. `held_out` names clips that only judge.

    Raises KitError where the files cannot be rewritten or the prior is missing.
    """
    model = Model(path)
    grid = grid_of(model)
    loudness = model.metadata["loudness"]
    players = []
    for wanted in (False, True):
        notes = notes_of([clip for clip in clips if (clip.name in held_out) == wanted], grid)
        players.append(player_of(model.metadata["name"], notes, loudness["soft_db"], loudness["loud_db"]))
    training, judges = players
    prior = read_prior()
    if len(training.notes) < FEWEST_NOTES:
        say(
            f"Only {len(training.notes)} recordings hold one note each: the performance is that of the other "
            "instruments."
        )
        learned = untouched(prior)
    else:
        say(f"Learning how {len(training.notes)} notes were played ...")
        learned = tuned(training, prior, say)
    vibrato = vibrato_of(training.notes)
    fluctuation = fluctuation_of(training.notes, vibrato)
    moved = measure_held_notes(model).worst_spread_db
    learned = bounded(learned, moved)
    matching = measured_matching(model)
    difference = write_performed(path, Performed(learned, vibrato, fluctuation, matching))
    say(
        f"Vibrato {vibrato.depth_cents:g} cents at {vibrato.rate_hz:g} Hz; held notes fluctuate by "
        f"{fluctuation.loudness_db:.2f} dB and {fluctuation.pitch_cents:.1f} cents (standard deviations), "
        f"played as at most {learned.net.config.rest_spread_db:.2f} dB and "
        f"{learned.net.config.rest_spread_cents:.1f} cents."
    )
    say(matching.line())
    megabytes = path.stat().st_size / 1e6
    say(f"ONNX Runtime against PyTorch: {difference:.1e} dB or cents. {path.name} is {megabytes:.2f} MB.")
    if judges.notes and training.notes:
        network = network_of(learned, grid).SerializeToString()
        for line in evaluate_performance(network, training, judges).lines():
            say(line)


def network_of(learned: Learned, grid: Grid):
    """The ONNX model of one instrument's performance."""
    return performance_graph(learned.net, (learned.held[:1], learned.let_go[:1]), grid.hop / grid.sample_rate)


def notes_of(clips: list[Clip], grid: Grid) -> list[Note]:
    """The notes of those clips that hold one note."""
    found = [note_of(clip, grid) for clip in clips if is_one_note(clip)]
    return [note for note in found if note is not None]


def is_one_note(clip: Clip) -> bool:
    """Whether a clip stays at one pitch while it is loud."""
    midi = hz_to_midi(np.asarray(clip.f0_hz))[clip.loudness_db > np.max(clip.loudness_db) - 20.0]
    return bool(np.mean(np.abs(midi - np.median(midi)) < ONE_NOTE_SEMITONES) >= ONE_NOTE_SHARE)


def bounded(learned: Learned, moved_db: float) -> Learned:
    """The same with spreads at rest that leave a held note within its bounds, where the decoder alone moves by
    `moved_db`.
    """
    net = learned.net
    net.config = replace(
        net.config,
        rest_spread_db=float(np.clip((HELD_DB - moved_db) / WANDER_WIDTH, LEAST_SPREAD_DB, MOST_SPREAD_DB)),
        rest_spread_cents=HELD_CENTS / WANDER_WIDTH,
    )
    return learned


def check_folder(root: Path) -> None:
    """Raises KitError where recordings cannot be looked for."""
    if not root.is_dir():
        raise KitError(f"{root} is not a folder. Give the one that holds manifest.csv or the recordings.")
