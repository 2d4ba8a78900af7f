"""Makes the prior of performances that the kit brings along: `python -m timbrel_kit.performance_prior ROOT`.

Runs once, by hand, over every instrument of a manifest; a quarter of an hour on one core.
Promises that what each instrument's training keeps out is kept out here; proved by `test_performance.py`.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np

from timbrel_kit.dataset import Clip, Grid, held_out, prepare
from timbrel_kit.performance_command import notes_of
from timbrel_kit.performance_data import Player, player_of
from timbrel_kit.performance_train import PRIOR, train_prior, write_prior
from timbrel_kit.recordings import find_recordings

GRID = Grid(48000, 192, 128, 65, "a_weighted")
# Levels of the softest and the loudest notes are these percentiles, as in `dataset.loudness_range`.
SOFT, LOUD = 3.0, 97.0


def players_of(root: Path, cache: Path | None, say: Callable[[str], None]) -> list[Player]:
    """All instruments of a manifest, without what their trainings keep out."""
    manifest = root / "manifest.csv"
    players = []
    with manifest.open(newline="", encoding="utf-8") as lines:
        instruments = sorted({row["instrument"] for row in csv.DictReader(lines)})
    for instrument in instruments:
        clips = [clip for _, clip in prepare(find_recordings(root, manifest, instrument), GRID, cache, say)]
        player = player_without_held_out(instrument, clips)
        say(f"{instrument}: {len(player.notes)} notes, {sum(note.has_release for note in player.notes)} releases.")
        players.append(player)
    return players


def player_without_held_out(instrument: str, clips: list[Clip]) -> Player:
    """One instrument's notes, but for those that judge it."""
    _, names = held_out(clips)
    notes = notes_of([clip for clip in clips if clip.name not in names], GRID)
    soft, loud = np.percentile([note.level_db for note in notes], [SOFT, LOUD])
    return player_of(instrument, notes, float(soft), float(loud))


def main() -> None:
    """Trains and writes the prior."""
    parser = argparse.ArgumentParser(description="Trains the prior of performances over all instruments of a manifest.")
    parser.add_argument("root", type=Path, help="folder with manifest.csv")
    parser.add_argument("--cache", type=Path, help="keep features here")
    parser.add_argument("--out", type=Path, default=PRIOR)
    options = parser.parse_args()
    write_prior(train_prior(players_of(options.root, options.cache, print), print).net, options.out)


if __name__ == "__main__":
    main()
