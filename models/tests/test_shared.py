"""One decoder for several instruments: places, parity, level and training.

Needs PyTorch.
Promises what `shared_config.py`, `shared_decoder.py`, `shared_graph.py`, `shared_places.py` and `shared_command.py` do.
"""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import soundfile
from conftest import RATE, harmonic_tone

torch = pytest.importorskip("torch")

from timbrel_kit.batches import Sampler  # noqa: E402
from timbrel_kit.cli import main  # noqa: E402
from timbrel_kit.dataset import Clip, Grid, held_out  # noqa: E402
from timbrel_kit.decoder_config import Credits  # noqa: E402
from timbrel_kit.families import config_from, family_of  # noqa: E402
from timbrel_kit.instrument import write_instrument  # noqa: E402
from timbrel_kit.parity import TOLERANCE, parity_error  # noqa: E402
from timbrel_kit.played import spectra  # noqa: E402
from timbrel_kit.runtime import Model  # noqa: E402
from timbrel_kit.shared_command import gathered  # noqa: E402
from timbrel_kit.shared_config import SharedConfig, walkable  # noqa: E402
from timbrel_kit.shared_decoder import SharedDecoder  # noqa: E402
from timbrel_kit.shared_places import first_places, spectrum_db  # noqa: E402
from timbrel_kit.training_record import TrainingRecord  # noqa: E402

PLACES = ((0.5, -0.8, 0.1), (-0.3, 0.2, 0.7))
CONFIG = SharedConfig(
    hidden=32,
    harmonics=24,
    noise_bands=9,
    body_points=32,
    memory_seconds=0.35,
    latent=walkable(3),
    instruments=("reed", "string"),
    places=PLACES,
    character=16,
)


def untrained() -> SharedDecoder:
    torch.manual_seed(5)
    decoder = SharedDecoder(CONFIG)
    with torch.no_grad():
        for parameter in decoder.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    return decoder


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shared")
    return write_instrument(untrained(), Credits("Both", "tests", "CC0-1.0", "nothing"), folder, lambda line: None)


@pytest.fixture(scope="module")
def two_instruments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bright and a dark instrument, ten notes each, and a third that is nearly as dark."""
    folder = tmp_path_factory.mktemp("two")
    rows = []
    for instrument, partials, first in (("bright", 12, 57), ("dark", 2, 50), ("darkish", 3, 50)):
        for midi in range(first, first + 10):
            hz = 440.0 * 2 ** ((midi - 69) / 12)
            name = f"{instrument}{midi}.wav"
            soundfile.write(folder / name, harmonic_tone(hz, 0.8, RATE, 0.2, partials), RATE)
            rows.append({"file": name, "instrument": instrument, "midi": midi, "measured_hz": f"{hz:.3f}"})
    with (folder / "manifest.csv").open("w", newline="") as lines:
        writer = csv.DictWriter(lines, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder


def test_onnx_runtime_agrees_with_pytorch_along_a_walk(exported: Path) -> None:
    error = parity_error(exported, exported.with_name("both.parity.npz"))
    print(f"largest difference {error:.2e}")
    assert error < TOLERANCE


def test_the_model_file_says_where_each_instrument_stands(exported: Path) -> None:
    (entry,) = [item for item in onnx.load(exported).metadata_props if item.key == "timbrel"]
    meta = json.loads(entry.value)
    assert meta["family"] == "ddsp"
    assert [item["name"] for item in meta["instruments"]] == ["reed", "string"]
    places = untrained().places().detach().numpy()
    assert np.allclose([item["latent"] for item in meta["instruments"]], places, atol=1e-6)
    assert np.all(np.abs(places) <= 1.0)


def test_instruments_start_where_the_configuration_says_and_a_checkpoint_keeps_it() -> None:
    decoder = SharedDecoder(CONFIG)
    assert np.allclose(decoder.places().detach().numpy(), PLACES, atol=1e-6)
    assert config_from({"family": family_of(CONFIG), "config": CONFIG.to_dict()}) == CONFIG


def test_places_sound_different_and_near_places_alike_at_the_level_asked_for(exported: Path) -> None:
    model = Model(exported)
    midi, level = np.full((1, 200), 60.0), np.full((1, 200), -30.0)

    def heard(place: tuple[float, ...]) -> tuple[np.ndarray, float]:
        latent = np.tile(np.array(place, dtype=np.float32), (200, 1))
        found = spectra(model, midi, level, np.array([199]), latent)
        power = float(found.power("a_weighted")[0, 0])
        return 20.0 * np.log10(found.partials[0, 0] + 1e-7), 10.0 * np.log10(power)

    here, here_db = heard(PLACES[0])
    near, _ = heard(tuple(np.array(PLACES[0]) + 0.02))
    far, far_db = heard(PLACES[1])
    step, jump = np.abs(near - here).mean(), np.abs(far - here).mean()
    print(f"{step:.2f} dB for a step, {jump:.2f} dB to the other instrument; levels {here_db:.2f}, {far_db:.2f} dB")
    assert step < 0.15 * jump
    assert abs(here_db + 30.0) < 6.1
    assert abs(far_db + 30.0) < 6.1


def test_what_is_between_two_instruments_is_asked_to_hold() -> None:
    decoder = SharedDecoder(CONFIG)
    random = np.random.default_rng(1)
    between = decoder.latent_between(torch.zeros(200, dtype=torch.long), random)[:, 0].detach().numpy()
    along = (between[:, 0] - PLACES[0][0]) / (PLACES[1][0] - PLACES[0][0])
    assert along.min() > -1e-5
    assert along.max() < 1.0 + 1e-5
    assert np.ptp(along) > 0.8
    moved = decoder.latent_of(torch.ones(500, dtype=torch.long), random)[:, 0].detach().numpy()
    assert np.allclose(moved.mean(0), PLACES[1], atol=0.02)
    assert 0.04 < moved.std(0).mean() < 0.1


def test_rare_instruments_are_drawn_more_often_than_their_share() -> None:
    clip = Clip("a", 60, np.zeros(100), np.zeros(100), np.zeros(100), np.zeros((100, 1)), np.zeros((100, 1)))
    sampler = Sampler([clip] * 10, CONFIG, 1, [0] * 9 + [1])
    # One ninth of the material is drawn a third as often: the square root, as for long and short recordings.
    assert sampler.chances[9] / sampler.chances[:9].sum() == pytest.approx(1.0 / 3.0)
    alone = Sampler([clip, replace(clip, f0_hz=np.zeros(400))], CONFIG, 1)
    assert alone.chances[1] / alone.chances[0] == pytest.approx(2.0)


def test_each_instrument_holds_out_what_it_would_alone_and_stands_near_its_kind(two_instruments: Path) -> None:
    grid = Grid(RATE, 128, 12, 9, "a_weighted")
    material = gathered(two_instruments, two_instruments / "manifest.csv", two_instruments / "cache", grid, print)
    for index, name in enumerate(material.instruments):
        own = [clip for clip, owner in zip(material.clips, material.owners, strict=True) if owner == index]
        pitches, names = held_out(own)
        assert set(material.held_pitches[name]) == pitches
        assert names == material.held_names & {clip.name for clip in own}
    bright, dark, darkish = (
        spectrum_db([c for c, o in zip(material.clips, material.owners, strict=True) if o == index], RATE)
        for index in range(3)
    )
    places = np.array(first_places(np.array([bright, dark, darkish]), 2))
    near, far = abs(places[1, 0] - places[2, 0]), abs(places[0, 0] - places[1, 0])
    print(f"dark to darkish {near:.2f}, dark to bright {far:.2f}")
    assert near < far


def test_a_killed_run_goes_on_and_ends_with_a_model_of_all_instruments(two_instruments: Path, tmp_path: Path) -> None:
    command = [
        "train-shared",
        str(two_instruments),
        *("--manifest", str(two_instruments / "manifest.csv"), "--name", "All Three", "--out", str(tmp_path)),
        *("--regression-steps", "1", "--threads", "1", "--batch", "1", "--hidden", "16"),
    ]
    assert main([*command, "--steps", "1"]) == 0
    assert main([*command, "--steps", "2", "--resume"]) == 0
    model = Model(tmp_path / "all-three.onnx")
    assert [item["name"] for item in model.metadata["instruments"]] == ["bright", "dark", "darkish"]
    assert len(model.metadata["latent"]) == 4
    record = TrainingRecord.beside(model.path)
    assert record.spectral_steps == 2
    assert any(name.startswith("bright") for name in record.held_out)
    assert any(name.startswith("dark") for name in record.held_out)


def test_an_instrument_for_players_rests_between_those_asked_for(
    two_instruments: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    root = ["--manifest", str(two_instruments / "manifest.csv"), "--name", "All Three", "--out", str(tmp_path / "run")]
    small = ["--regression-steps", "1", "--steps", "0", "--threads", "1", "--batch", "1", "--hidden", "16"]
    assert main(["train-shared", str(two_instruments), *root, *small]) == 0
    asked = ["export", str(tmp_path / "run"), "--name", "Mixed", "--out", str(tmp_path / "mixed")]
    assert main([*asked, "--rest", "bright,dark", "--axes", "Size,Bow,Reed,Air"]) == 0
    model = Model(tmp_path / "mixed" / "mixed.onnx")
    places = np.array([item["latent"] for item in model.metadata["instruments"]])
    latent = model.metadata["latent"]
    assert [item["name"] for item in latent] == ["Size", "Bow", "Reed", "Air"]
    assert np.allclose([item["default"] for item in latent], places[:2].mean(0), atol=1e-4)
    for item, learned in zip(latent, places.T, strict=True):
        assert item["low"] <= learned.min() <= learned.max() <= item["high"]
        assert item["high"] - item["low"] <= np.ptp(learned) + 0.02
    assert parity_error(model.path, model.path.with_name("mixed.parity.npz")) < TOLERANCE
    capsys.readouterr()
    assert main(["evaluate", str(model.path), "--audio", str(two_instruments), "--card"]) == 0
    told, card = capsys.readouterr().out, (tmp_path / "mixed" / "CARD.md").read_text(encoding="utf-8")
    for name in ("bright", "dark", "darkish"):
        assert f"{name}: 2 held-out recordings" in told
        assert f"| {name} |" in card
    assert "- Size:" in card
    assert "bright, " in card
    assert len(list((tmp_path / "mixed" / "comparisons").glob("*.ogg"))) == 1
    for wrong, sentence in (
        (["--rest", "harp"], "no instrument harp"),
        (["--rest", "dark", "--axes", "A"], "1 names were given for 4 dimensions"),
    ):
        assert main([*asked, *wrong]) == 1
        assert sentence in capsys.readouterr().err


def test_one_instrument_alone_is_sent_to_the_other_command(
    notes_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    options = ["--manifest", str(notes_folder / "manifest.csv"), "--name", "X", "--out", str(tmp_path), "--steps", "1"]
    assert main(["train-shared", str(notes_folder), *options]) == 1
    assert "use the command train" in capsys.readouterr().err
