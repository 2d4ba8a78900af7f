"""The importer against the authors' own figures, and against the network written out for a checkpoint of another size.

Runs without PyTorch. The published checkpoint lies beside the repository; tests of it skip by name where it does not.
Promises what `import_nws.py`, `nws_weights.py`, `nws_graph.py`, `nws_noise.py` and `nws_levels.py` promise.
"""

import dataclasses
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from nws_checkpoint import (
    DEVIATION,
    HYPER_PARAMETERS,
    MEAN,
    State,
    hann,
    published_controls,
    published_dry,
    published_noise,
    random_state,
    write_checkpoint,
    write_folder,
)

from timbrel_kit.cli import main
from timbrel_kit.errors import KitError, UnusableCheckpoint
from timbrel_kit.import_nws import Wishes, import_nws, read_statistics
from timbrel_kit.newt_render import dry, placed, shaped_sum, sound
from timbrel_kit.nws_levels import measured_range
from timbrel_kit.nws_noise import noise_map
from timbrel_kit.nws_weights import read_weights
from timbrel_kit.parity import TOLERANCE, parity_error
from timbrel_kit.render import noise
from timbrel_kit.runtime import Model
from timbrel_kit.torch_checkpoint import Checkpoint

RATE, HOP = 22050.0, 50
PUBLISHED = Path(os.environ.get("TIMBREL_INTEROP", Path(__file__).resolve().parents[3] / "shared" / "interop"))


def silent(line: str) -> None:
    pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("synthetic"))


@pytest.fixture(scope="module")
def imported(folder: Path) -> Model:
    return Model(import_nws(folder, folder / "synthetic.onnx", Wishes(seed=3), silent))


@pytest.fixture(scope="module")
def violin_folder() -> Path:
    found = PUBLISHED / "nws-violin"
    if not (found / "oracle.npz").is_file():
        pytest.skip(f"no published checkpoint at {found}; set TIMBREL_INTEROP to the folder that holds it")
    return found


@pytest.fixture(scope="module")
def violin(violin_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Model:
    return Model(import_nws(violin_folder, tmp_path_factory.mktemp("violin") / "violin.onnx", Wishes(), silent))


def answered(model: Model, control: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Film [T, 4, S] and gains [T, K] of z-scored control [2, T], through ONNX Runtime."""
    states = model.zero_states(1)
    films, gains = [], []
    for pitch, loudness in control.T.astype(np.float32):
        feeds = {"pitch": [[pitch]], "loudness": [[loudness]], "state_gru": states["gru"]}
        film, gain, states["gru"] = model.session.run(["film", "noise_magnitudes", "next_state_gru"], feeds)
        films.append(film[0])
        gains.append(gain[0])
    return np.stack(films), np.stack(gains)


def half_sample_aligned(frames: np.ndarray, hop: int) -> np.ndarray:
    """Samples [..., T hop] of frames [..., T], as PyTorch's linear interpolation places them."""
    count = frames.shape[-1]
    at = np.clip((np.arange(count * hop) + 0.5) / hop - 0.5, 0.0, count - 1.0)
    below = np.minimum(at.astype(int), count - 2)
    return frames[..., below] * (1.0 - (at - below)) + frames[..., below + 1] * (at - below)


def db(error: np.ndarray, reference: np.ndarray) -> float:
    return float(10.0 * np.log10(np.mean(error**2) / np.mean(reference**2) + 1e-40))


def band_powers_db(audio: np.ndarray, bands: int) -> np.ndarray:
    """Power of noise in equal bands; the lowest bins, where the authors' constant part lies, are left out."""
    window = np.hanning(1024)
    frames = np.lib.stride_tricks.sliding_window_view(audio, 1024)[::512] * window
    power = np.mean(np.abs(np.fft.rfft(frames, axis=1)) ** 2, axis=0)[8:]
    return np.array([10.0 * np.log10(part.sum()) for part in np.array_split(power, bands)])


def moving_control(frames: int) -> np.ndarray:
    t = np.arange(frames) / frames
    return np.stack(
        [1.5 * np.sin(9.0 * t) + 0.1 * np.sin(200.0 * t), np.interp(t, [0, 0.1, 0.8, 1], [-2.5, 1.5, 0, -2])]
    )


def test_the_published_violin_agrees_with_the_authors_own_figures(violin: Model, violin_folder: Path) -> None:
    with np.load(violin_folder / "oracle.npz") as oracle:
        film, gains = answered(violin, oracle["control"])
        expected = oracle["film"].astype(np.float64)
        film_error = float(np.max(np.abs(film.reshape(len(film), -1).T - expected)))
        window = read_weights(Checkpoint(violin_folder / "last.ckpt")).noise_window
        wanted = (noise_map(window, 128) @ oracle["noise_H"]).T
        noise_error = float(np.max(np.abs(gains - wanted)))
        constants = dataclasses.replace(violin.newt_constants, exciter_phases=oracle["theta"].astype(np.float32))
        f0 = half_sample_aligned(oracle["f0_hz"], 128)
        played = half_sample_aligned(expected, 128).reshape(4, 64, -1)
        ours = shaped_sum(constants, 8000.0, f0, np.cumsum(f0) / 16000.0, np.moveaxis(played, -1, 0))
        dry_db = db(ours - oracle["newt_dry"], oracle["newt_dry"])
        through = half_sample_aligned(film.reshape(len(film), -1).T.astype(np.float64), 128).reshape(4, 64, -1)
        whole = shaped_sum(constants, 8000.0, f0, np.cumsum(f0) / 16000.0, np.moveaxis(through, -1, 0), np.float32)
        whole_db = db(whole - oracle["newt_dry"], oracle["newt_dry"])
    print(
        f"published violin: film {film_error:.1e}, noise gains {noise_error:.1e} (bound 1e-4), dry sound "
        f"{dry_db:.1f} dB, {whole_db:.1f} dB with film through ONNX Runtime (bound -85)"
    )
    assert film_error < 1e-4
    assert noise_error < 1e-4
    assert dry_db < -120.0
    assert whole_db < -85.0


def test_the_published_noise_keeps_its_power_in_every_band(violin: Model, violin_folder: Path) -> None:
    state = published_state(violin_folder)
    t = np.arange(3000) / 125.0
    for loudness in (-1.0, 0.0, 1.5):
        control = np.stack([0.1 * np.sin(35.0 * t), loudness + 0.2 * np.sin(4.0 * t)])
        _, bins = published_controls(state, control)
        reference, offset = (published_noise(bins[:, 300:], hann(256), 128, mean) for mean in (0.0, 0.5))
        made = noise(answered(violin, control)[1][300:], 128, 2)
        bands = band_powers_db(made, 8) - band_powers_db(reference, 8)
        total = float(band_powers_db(made, 1)[0] - band_powers_db(reference, 1)[0])
        left_out = band_powers_db(offset, 8) - band_powers_db(reference, 8)
        print(
            f"published noise at loudness {loudness:+.1f}: {total:+.2f} dB in sum, bands {np.round(bands, 1)}; its "
            f"constant part, left out, would add {np.round(left_out, 1)}"
        )
        assert abs(total) < 0.5
        assert np.max(np.abs(bands)) < 0.7


def published_state(folder: Path) -> State:
    checkpoint = Checkpoint(folder / "last.ckpt")
    return {name: checkpoint.array(name, view) for name, view in checkpoint.values["state_dict"].items()}


def test_a_checkpoint_of_another_size_agrees_with_the_network_written_out(imported: Model) -> None:
    state = random_state()
    control = moving_control(300)
    film, bins = published_controls(state, control)
    got, gains = answered(imported, control)
    film_error = float(np.max(np.abs(got.reshape(300, -1).T - film)))
    noise_error = float(np.max(np.abs(gains.T - noise_map(hann(100), HOP) @ bins)))
    f0 = half_sample_aligned(MEAN[0] + DEVIATION[0] * control[0], HOP)
    phases = imported.newt_constants.exciter_phases.astype(np.float64)
    at_samples = half_sample_aligned(film, HOP)
    cycles = np.cumsum(f0) / RATE
    expected = published_dry(state, f0, 2.0 * np.pi * cycles, at_samples, phases, RATE)
    played = np.moveaxis(at_samples.reshape(4, 5, -1), -1, 0)
    ours = shaped_sum(imported.newt_constants, RATE / 2, f0, cycles, played)
    dry_db = db(ours - expected, expected)
    print(f"synthetic: film {film_error:.1e}, noise gains {noise_error:.1e} (bound 1e-4), dry sound {dry_db:.1f} dB")
    assert film_error < 1e-4
    assert noise_error < 1e-4
    assert dry_db < -120.0
    total = band_powers_db(noise(gains[50:], HOP, 2), 1) - band_powers_db(
        published_noise(bins[:, 50:], hann(100), HOP, 0.0), 1
    )
    print(f"synthetic noise: {total[0]:+.2f} dB in sum")
    assert abs(total[0]) < 1.0


def test_the_noise_map_is_the_window_and_known_losses() -> None:
    """For a flat filter the response is one lag long: half the power is left, and nothing else matters."""
    gains = noise_map(hann(64), 32) @ np.ones(33)
    assert gains == pytest.approx(np.full(33, np.sqrt(0.5 / 12.0)), rel=1e-9)
    # Without overlap no power is lost.
    assert noise_map(hann(64), 64) @ np.ones(33) == pytest.approx(np.full(33, np.sqrt(1.0 / 12.0)), rel=1e-9)


def test_the_model_says_what_the_checkpoint_says(imported: Model, folder: Path) -> None:
    meta = imported.metadata
    assert (meta["family"], meta["sample_rate"], meta["hop"]) == ("newt", 22050, 50)
    assert (meta["harmonics"], meta["noise_bands"]) == (17, 51)
    assert meta["newt"] == {"shapers": 5, "exciter_top_hz": 11025.0, "layers": [6, 6, 1]}
    assert meta["impulse_response"] == {"samples": 1000, "direct": 441}
    assert meta["states"] == [{"name": "gru", "shape": [12]}]
    assert meta["name"] == folder.name
    pitch = meta["pitch"]
    assert pitch["unit"] == "hz"
    assert 350.0 * pitch["scale"] + pitch["offset"] == pytest.approx(1.0)
    assert (pitch["low"], pitch["high"]) == (51.0, 69.0)
    tail = random_state()["reverb.ir"][0]
    impulse = imported.impulse_response
    assert impulse[1:] / impulse[0] == pytest.approx(tail, rel=1e-5, abs=1e-7)
    assert parity_error(imported.path, folder / "synthetic.parity.npz") < TOLERANCE


def test_levels_rise_with_the_loudness_asked_for(violin: Model) -> None:
    meta = violin.metadata
    constants, impulse = violin.newt_constants, violin.impulse_response[: violin.metadata["impulse_response"]["direct"]]
    t = np.arange(170) * 128 / 16000
    midi = np.linspace(meta["pitch"]["low"], meta["pitch"]["high"], 5)[:, None] + 0.25 * np.sin(35.0 * t)
    loudness = meta["loudness"]
    heard = []
    for asked in (loudness["soft_db"], 0.5 * (loudness["soft_db"] + loudness["loud_db"]), loudness["loud_db"]):
        levels = []
        rows = violin.run_batch(midi, np.full(midi.shape, asked))
        for row, f0 in enumerate(440.0 * 2.0 ** ((midi - 69.0) / 12.0)):
            made = sound(constants, 8000.0, f0, rows["film"][row], rows["noise_magnitudes"][row], 16000, 128)
            levels.append(10.0 * np.log10(np.mean(placed(made, impulse)[6400:] ** 2)))
        heard.append(float(np.median(levels)))
        print(f"asked {asked:.1f} dB, heard {heard[-1]:.1f} dB (median of 5 pitches)")
    assert heard[0] + 4.0 < heard[1] < heard[2] + 1.0
    assert abs(heard[2] + 18.0) < 4.0


def test_play_stays_in_the_range_of_the_tables(imported: Model, folder: Path) -> None:
    weights = read_weights(Checkpoint(folder / "last.ckpt"))
    constants = imported.newt_constants
    other = measured_range(weights, constants.exciter_phases, read_statistics(folder), RATE / 2, seed=99)
    # Half the width was added on each side; a second measurement, taken without it, must lie inside.
    width = (other[:, 1] - other[:, 0]) / 4.0
    assert np.all(other[:, 0] + width > constants.shaper_range[:, 0])
    assert np.all(other[:, 1] - width < constants.shaper_range[:, 1])


def test_the_same_seed_gives_the_same_file_and_another_other_phases(
    imported: Model, folder: Path, tmp_path: Path
) -> None:
    again = import_nws(folder, tmp_path / "again.onnx", Wishes(seed=3), silent)
    other = Model(import_nws(folder, tmp_path / "other.onnx", Wishes(seed=4), silent))
    phases = imported.newt_constants.exciter_phases
    assert np.array_equal(Model(again).newt_constants.exciter_phases, phases)
    assert not np.array_equal(other.newt_constants.exciter_phases, phases)
    assert np.all(np.abs(phases) <= np.pi)


def test_the_imported_sound_is_finite_and_heard(imported: Model) -> None:
    midi, level = np.full(400, 60.0), np.full(400, imported.metadata["loudness"]["loud_db"])
    controls = imported.run_as_plugin(midi, level)
    f0 = np.full(400, 261.6)
    made = dry(imported.newt_constants, RATE / 2, f0, controls.film, RATE, HOP)
    assert np.all(np.isfinite(made))
    assert np.max(np.abs(made)) > 0.0


def test_a_folder_without_last_gives_its_latest_step(tmp_path: Path) -> None:
    write_folder(tmp_path)
    (tmp_path / "last.ckpt").rename(tmp_path / "epoch=5-step=900.ckpt")
    (tmp_path / "epoch=9-step=80.ckpt").write_bytes(b"older")
    lines: list[str] = []
    import_nws(tmp_path, tmp_path / "out.onnx", Wishes(), lines.append)
    assert "epoch=5-step=900.ckpt" in lines[0]
    (tmp_path / "epoch=6-step=900.ckpt").write_bytes(b"as old")
    with pytest.raises(UnusableCheckpoint, match=r"several checkpoints .* and no last\.ckpt: give the file itself"):
        import_nws(tmp_path, tmp_path / "out.onnx", Wishes(), silent)
    given = tmp_path / "epoch=5-step=900.ckpt"
    assert import_nws(given, tmp_path / "given.onnx", Wishes(), silent).is_file()


def test_unstated_rates_are_the_published_ones_and_said(tmp_path: Path) -> None:
    write_folder(tmp_path)
    write_checkpoint(tmp_path / "last.ckpt", random_state(), {"learning_rate": 0.001})
    lines: list[str] = []
    meta = Model(import_nws(tmp_path, tmp_path / "out.onnx", Wishes(), lines.append)).metadata
    assert (meta["sample_rate"], meta["hop"]) == (16000, 128)
    assert any("does not say its control_hop; taken as 128" in line for line in lines)


def without(name: str) -> Callable[[State], None]:
    def damage(state: State) -> None:
        del state[name]

    return damage


def holding(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[State], None]:
    return lambda state: state.update({name: change(state[name])})


def at_first(value: float) -> Callable[[np.ndarray], np.ndarray]:
    def changed(array: np.ndarray) -> np.ndarray:
        array = array.copy()
        array.flat[0] = value
        return array

    return changed


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (without("newt.shaping_fn.input_scale"), r"the tensor newt\.shaping_fn\.input_scale is missing"),
        (without("h_generator.net.6.bias"), r"the tensor h_generator\.net\.6\.bias is missing"),
        (without("newt.mlp.net.0.weight"), r"the tensor newt\.mlp\.net\.0\.weight is missing"),
        (
            holding("embedding.gru.weight_ih_l0", lambda a: np.ones((36, 3), np.float32)),
            r"shape \[36, 3\], not \[36, 2\]",
        ),
        (
            holding("harmonic_mixer.weight", lambda a: a[:, :, 0]),
            r"harmonic_mixer\.weight has shape \[5, 17\], where 3",
        ),
        (holding("noise_synth.window", lambda a: a[:-2]), r"noise_synth\.window has shape \[98\], not \[100\]"),
        (
            holding("newt.mixer.0.bias", lambda a: a.astype(np.float64)),
            r"newt\.mixer\.0\.bias is of type float64, not float32",
        ),
        (holding("reverb.ir", at_first(np.nan)), r"the tensor reverb\.ir holds NaN or infinity"),
        (holding("embedding.proj.bias", at_first(np.inf)), r"the tensor embedding\.proj\.bias holds NaN or infinity"),
        (
            lambda state: state.update({"embedding.gru.weight_ih_l1": np.zeros((36, 12), np.float32)}),
            r"the tensor embedding\.gru\.weight_ih_l1 has no place in the published network",
        ),
        (
            holding("reverb.ir", lambda a: np.zeros((1, 230000), np.float32)),
            "has 230001 samples of impulse response; a model file holds at most 220500",
        ),
    ],
)
def test_another_network_is_told_by_its_tensor(tmp_path: Path, damage: Callable, sentence: str) -> None:
    state = random_state()
    damage(state)
    write_folder(tmp_path, state)
    with pytest.raises(UnusableCheckpoint, match=sentence) as caught:
        import_nws(tmp_path, tmp_path / "out.onnx", Wishes(), silent)
    assert str(tmp_path / "last.ckpt") in str(caught.value)
    assert not list(tmp_path.glob("*.onnx"))


@pytest.mark.parametrize(
    ("name", "values", "sentence"),
    [
        ("data_mean.npy", None, "data_mean.npy is missing"),
        ("data_std.npy", None, "data_std.npy is missing"),
        ("data_mean.npy", np.zeros((1, 1)), r"holds shape \[1, 1\] of float64, where \[rows, 1\]"),
        ("data_mean.npy", np.zeros((3, 2)), r"holds shape \[3, 2\] of float64"),
        ("data_std.npy", np.ones(4, dtype=np.int64), "of int64"),
        ("data_std.npy", np.array([0.0, 1.0]), r"has the deviation 0 for f0 \(row 0\)"),
        ("data_std.npy", np.array([1.0, -1.0]), r"has the deviation -1 for loudness \(row 1\)"),
        ("data_mean.npy", np.array([1.0, np.nan]), "holds NaN or infinity in row 1"),
        ("data_mean.npy", np.array([{}, {}]), "is no NumPy file of numbers"),
    ],
)
def test_statistics_that_do_not_fit_are_named(
    tmp_path: Path, name: str, values: np.ndarray | None, sentence: str
) -> None:
    write_folder(tmp_path)
    (tmp_path / name).unlink()
    if values is not None:
        np.save(tmp_path / name, values)
    with pytest.raises(UnusableCheckpoint, match=sentence) as caught:
        import_nws(tmp_path, tmp_path / "out.onnx", Wishes(), silent)
    assert str(tmp_path / name) in str(caught.value)


def test_statistics_cut_short_are_named(tmp_path: Path) -> None:
    write_folder(tmp_path)
    whole = (tmp_path / "data_std.npy").read_bytes()
    for length in range(0, len(whole), 7):
        (tmp_path / "data_std.npy").write_bytes(whole[:length])
        with pytest.raises(UnusableCheckpoint, match="is no NumPy file of numbers"):
            read_statistics(tmp_path)


def test_hyper_parameters_that_make_no_sense_are_named(tmp_path: Path) -> None:
    for name, value in (("sample_rate", 100), ("control_hop", 0), ("control_hop", 8000), ("sample_rate", float("nan"))):
        write_folder(tmp_path)
        write_checkpoint(tmp_path / "last.ckpt", random_state(), {**HYPER_PARAMETERS, name: value})
        with pytest.raises(UnusableCheckpoint, match=f"has the {name} .*, where a number from"):
            import_nws(tmp_path, tmp_path / "out.onnx", Wishes(), silent)


def test_places_that_hold_no_checkpoint_are_named(tmp_path: Path) -> None:
    with pytest.raises(UnusableCheckpoint, match="does not exist"):
        import_nws(tmp_path / "nowhere", tmp_path / "out.onnx", Wishes(), silent)
    with pytest.raises(UnusableCheckpoint, match=r"holds no checkpoint \(\*\.ckpt\)"):
        import_nws(tmp_path, tmp_path / "out.onnx", Wishes(), silent)


def test_an_output_that_cannot_be_written_is_named_and_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(KitError, match=r"must end in \.onnx"):
        import_nws(folder, tmp_path / "out.txt", Wishes(), silent)
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(KitError, match=r"out\.onnx cannot be written: "):
        import_nws(folder, tmp_path / "file" / "out.onnx", Wishes(), silent)
    (tmp_path / "taken.onnx").mkdir()
    with pytest.raises(KitError, match=r"taken\.onnx cannot be written: it is a folder"):
        import_nws(folder, tmp_path / "taken.onnx", Wishes(), silent)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "taken.onnx"]


def test_a_failed_import_leaves_the_model_that_was_there(folder: Path, tmp_path: Path, monkeypatch) -> None:
    kept = tmp_path / "out.onnx"
    kept.write_bytes(b"an earlier model")
    monkeypatch.setattr("timbrel_kit.import_nws.parity_error", lambda model, parity: float("nan"))
    with pytest.raises(KitError, match="was not written: it differs from the checkpoint by nan"):
        import_nws(folder, kept, Wishes(), silent)
    assert kept.read_bytes() == b"an earlier model"
    assert [path.name for path in tmp_path.iterdir()] == ["out.onnx"]


def test_the_command_line_imports_and_says_what_is_wrong(folder: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / "made" / "tone.onnx"
    named = ["--name", "Tone", "--author", "A. Author", "--licence", "MPL-2.0"]
    assert main(["import", "nws", str(folder), "-o", str(out), *named]) == 0
    meta = Model(out).metadata
    assert (meta["name"], meta["author"], meta["licence"]) == ("Tone", "A. Author", "MPL-2.0")
    assert "dB for each deviation" in meta["card"]
    assert sorted(path.name for path in out.parent.iterdir()) == ["tone.onnx", "tone.parity.npz"]
    assert main(["import", "nws", str(tmp_path / "nowhere"), "-o", str(out)]) == 1
    printed = capsys.readouterr().err
    assert printed.startswith("timbrel_kit: ")
    assert len(printed.strip().splitlines()) == 1


def test_a_licence_beside_the_checkpoint_is_taken(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "licensed")
    (tmp_path / "licensed" / "LICENSE").write_text("\nA Licence, Version 9\n\nIts terms.\n")
    model = Model(import_nws(tmp_path / "licensed", tmp_path / "out.onnx", Wishes(), silent))
    assert model.metadata["licence"] == "A Licence, Version 9"
