"""Exported models against PyTorch and against `docs/model-format.md`.

Needs PyTorch.
Promises what `export.py`, `parity.py`, `decoder.py` and `decoder_config.py` promise.
"""

import json
import platform
from pathlib import Path

import numpy as np
import onnx
import pytest

torch = pytest.importorskip("torch")

from timbrel_kit.decoder_config import Credits, DecoderConfig  # noqa: E402
from timbrel_kit.errors import KitError, UnusableModel  # noqa: E402
from timbrel_kit.golden import ODD, PLAIN, untrained  # noqa: E402
from timbrel_kit.instrument import write_instrument  # noqa: E402
from timbrel_kit.parity import TOLERANCE, parity_error  # noqa: E402
from timbrel_kit.runtime import Model  # noqa: E402

CREDITS = Credits("Test", "Timbrel's tests", "CC0-1.0", "nothing")
FULL = DecoderConfig()
CONVOLUTION = DecoderConfig(core="convolution", memory_seconds=0.35)
CONFIGS = {"odd": ODD, "plain": PLAIN, "full": FULL, "convolution": CONVOLUTION}


@pytest.fixture(scope="module", params=list(CONFIGS))
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[DecoderConfig, Path]:
    config = CONFIGS[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    return config, write_instrument(untrained(config, 7), CREDITS, folder, lambda line: None)


def test_onnx_runtime_agrees_with_pytorch(exported: tuple[DecoderConfig, Path]) -> None:
    _, path = exported
    assert parity_error(path, path.with_name("test.parity.npz")) < TOLERANCE


def test_metadata_has_every_required_field(exported: tuple[DecoderConfig, Path]) -> None:
    config, path = exported
    (entry,) = [item for item in onnx.load(path).metadata_props if item.key == "timbrel"]
    meta = json.loads(entry.value)
    for name, kind in {
        "format_version": int,
        "family": str,
        "name": str,
        "author": str,
        "licence": str,
        "trained_on": str,
        "sample_rate": (int, float),
        "hop": int,
        "pitch": dict,
        "loudness": dict,
        "latent": list,
        "harmonics": int,
        "noise_bands": int,
        "states": list,
        "parity_sha256": str,
    }.items():
        assert isinstance(meta[name], kind), name
    assert "impulse_response" in meta
    assert (meta["format_version"], meta["family"]) == (1, "ddsp")
    assert set(meta["pitch"]) == {"unit", "scale", "offset", "low", "high"}
    assert set(meta["loudness"]) == {"measure", "scale", "offset", "low_db", "high_db", "soft_db", "loud_db"}
    levels = meta["loudness"]
    assert levels["low_db"] <= levels["soft_db"] < levels["loud_db"] <= levels["high_db"]
    assert all(set(item) == {"name", "low", "high", "default"} for item in meta["latent"])
    assert len(meta["parity_sha256"]) == 64
    assert [tuple(item["shape"]) for item in meta["states"]] == [shape for _, shape in config.states()]


def test_ports_have_the_names_and_shapes_of_the_format(exported: tuple[DecoderConfig, Path]) -> None:
    config, path = exported
    graph = onnx.load(path).graph

    def shapes(ports) -> dict[str, list]:
        return {p.name: [d.dim_param or d.dim_value for d in p.type.tensor_type.shape.dim] for p in ports}

    states = {name: ["batch", *shape] for name, shape in config.states()}
    inputs = {"pitch": ["batch", 1], "loudness": ["batch", 1]}
    outputs = {
        "amplitude": ["batch", 1],
        "harmonic_distribution": ["batch", config.harmonics],
        "noise_magnitudes": ["batch", config.noise_bands],
    }
    if config.latent:
        inputs["latent"] = ["batch", len(config.latent)]
    if config.impulse_samples:
        outputs["impulse_response"] = [config.impulse_samples]
    assert shapes(graph.input) == inputs | {f"state_{k}": v for k, v in states.items()}
    assert shapes(graph.output) == outputs | {f"next_state_{k}": v for k, v in states.items()}


def test_voices_of_a_batch_do_not_hear_each_other(exported: tuple[DecoderConfig, Path]) -> None:
    model = Model(exported[1])
    midi = np.array([[45.0] * 20, [60.5] * 20, [72.0] * 20])
    level = np.linspace(-50.0, -20.0, 20)[None].repeat(3, axis=0)
    together = model.run_batch(midi, level)
    for row in range(3):
        alone = model.run(midi[row], level[row])
        assert np.max(np.abs(alone.harmonic_distribution - together["harmonic_distribution"][row])) < 1e-6
        assert np.max(np.abs(alone.amplitude - together["amplitude"][row])) < 1e-6


def test_a_row_is_the_same_to_the_bit_at_every_place_of_a_batch(exported: tuple[DecoderConfig, Path]) -> None:
    session = Model(exported[1]).session
    random = np.random.default_rng(3)
    names = [port.name for port in session.get_outputs() if port.name != "impulse_response"]
    shapes = {port.name: port.shape[1:] for port in session.get_inputs()}
    feeds = {name: random.uniform(-1.0, 1.0, [16, *shape]).astype(np.float32) for name, shape in shapes.items()}

    def answers(order: list[int]) -> list[np.ndarray]:
        return session.run(names, {name: values[order] for name, values in feeds.items()})

    together = answers(list(range(16)))
    orders = [[*range(start, 16), *range(start)] for start in range(16)] + [[row] * 4 for row in range(16)]
    largest = max(
        float(np.max(np.abs(answer - reference[order])))
        for order in orders
        for answer, reference in zip(answers(order), together, strict=True)
    )
    print(f"largest difference {largest:.2e}")
    # The routines of other processors may round otherwise.
    assert largest <= (0.0 if platform.machine() in ("x86_64", "AMD64") else 1e-6)


def test_shares_sum_to_one_under_nyquist_and_are_zero_above(exported: tuple[DecoderConfig, Path]) -> None:
    config, path = exported
    model = Model(path)
    for midi in (config.pitch_low, config.pitch_high, 100.0):
        share = model.run(np.full(5, midi), np.full(5, -30.0)).harmonic_distribution
        frequency = 440.0 * 2 ** ((midi - 69) / 12) * np.arange(1, config.harmonics + 1)
        assert np.all(share[:, frequency >= config.sample_rate / 2] == 0.0)
        assert share.min() >= 0.0
        assert share.sum(1) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("midi", [0.0, 127.0, -1000.0, 1000.0])
@pytest.mark.parametrize("level", [-1e6, -100.0, 0.0, 1e6])
def test_any_input_gives_finite_output(exported: tuple[DecoderConfig, Path], midi: float, level: float) -> None:
    out = Model(exported[1]).run(np.full(3, midi), np.full(3, level))
    for values in (out.amplitude, out.harmonic_distribution, out.noise_magnitudes):
        assert np.all(np.isfinite(values))
        assert np.all(values >= 0.0)


def test_untrained_decoders_are_louder_when_asked_for_louder(exported: tuple[DecoderConfig, Path]) -> None:
    model = Model(exported[1])
    levels = np.arange(-60.0, -9.0, 10.0)
    amplitudes = [model.run(np.full(50, 60.0), np.full(50, level)).amplitude[-1] for level in levels]
    assert np.all(np.diff(amplitudes) > 0.0)


def test_the_impulse_response_comes_out_as_it_was_put_in(tmp_path: Path) -> None:
    decoder = untrained(ODD, 3)
    model = Model(write_instrument(decoder, CREDITS, tmp_path, lambda line: None))
    feeds = {p.name: np.zeros([1, *p.shape[1:]], np.float32) for p in model.session.get_inputs()}
    (impulse,) = model.session.run(["impulse_response"], feeds)
    assert np.array_equal(impulse, decoder.impulse.detach().numpy())


def test_a_parity_file_of_another_model_is_told_apart(tmp_path: Path) -> None:
    one = write_instrument(untrained(PLAIN, 1), CREDITS, tmp_path / "one", lambda line: None)
    other = write_instrument(untrained(PLAIN, 2), CREDITS, tmp_path / "other", lambda line: None)
    with pytest.raises(KitError, match="is not the parity file of"):
        parity_error(one, other.with_name("test.parity.npz"))


def test_files_that_are_no_model_are_told_apart(tmp_path: Path) -> None:
    picture = tmp_path / "picture.onnx"
    picture.write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(UnusableModel, match="is not an ONNX model"):
        Model(picture)
    with pytest.raises(UnusableModel, match="does not exist"):
        Model(tmp_path / "nothing.onnx")
    foreign = tmp_path / "foreign.onnx"
    path = write_instrument(untrained(PLAIN, 1), CREDITS, tmp_path, lambda line: None)
    model = onnx.load(path)
    del model.metadata_props[:]
    onnx.save(model, foreign)
    with pytest.raises(UnusableModel, match="not one of Timbrel"):
        Model(foreign)
