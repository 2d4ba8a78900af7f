"""The performance network: what it promises for any weights, through ONNX Runtime, and how it gets into a model file.

Needs PyTorch.
Promises what `performance_model.py`, `performance_train.py`, `performance_graph.py`, `performance_export.py`,
`performance_evaluate.py` and `performance_command.py` promise.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

torch = pytest.importorskip("torch")

from timbrel_kit import performance_command, performance_prior, performance_train  # noqa: E402
from timbrel_kit.dataset import held_out  # noqa: E402
from timbrel_kit.decoder_config import Credits  # noqa: E402
from timbrel_kit.golden import PLAIN, untrained  # noqa: E402
from timbrel_kit.instrument import write_instrument  # noqa: E402
from timbrel_kit.parity import parity_error  # noqa: E402
from timbrel_kit.performance_data import player_of  # noqa: E402
from timbrel_kit.performance_evaluate import evaluate_performance  # noqa: E402
from timbrel_kit.performance_export import parity_requests, played  # noqa: E402
from timbrel_kit.performance_graph import TOLERANCE, performance_graph  # noqa: E402
from timbrel_kit.performance_model import (  # noqa: E402
    HIGHEST_DB,
    LOWEST_DB,
    OUTPUTS,
    Held,
    PerformanceConfig,
    PerformanceNet,
    followed,
)
from timbrel_kit.performance_notes import ONSET_DB, Note  # noqa: E402
from timbrel_kit.performance_prior import player_without_held_out  # noqa: E402
from timbrel_kit.performance_train import Learned, read_prior, train_prior, tuned, untouched, write_prior  # noqa: E402
from timbrel_kit.runtime import Model  # noqa: E402

SECONDS = 0.004
RANGES = {
    "loudness_db": (LOWEST_DB, HIGHEST_DB),
    "pitch_cents": (-200.0, 200.0),
    "loudness_spread_db": (0.0, 3.0),
    "pitch_spread_cents": (0.0, 30.0),
    "noise_db": (-24.0, 24.0),
}


def wild(seed: int) -> Learned:
    """Weights that no training would leave."""
    torch.manual_seed(seed)
    net = PerformanceNet(PerformanceConfig())
    with torch.no_grad():
        for value in net.parameters():
            value.normal_(0.0, 1.0)
    return Learned(net, *(torch.nn.Parameter(torch.randn(1, 8)) for _ in range(2)))


def network(learned: Learned, seconds: float = SECONDS) -> bytes:
    return performance_graph(learned.net, (learned.held[:1], learned.let_go[:1]), seconds).SerializeToString()


def notes(lengths: list[float], total: float, seconds: float = SECONDS, **given: float) -> dict[str, np.ndarray]:
    """Requests [B, T] for notes of some lengths."""
    t = np.arange(round(total / seconds)) * seconds
    on = np.array(lengths)[:, None]
    shape = (len(lengths), len(t))
    values = {
        "since_on": np.broadcast_to(t, shape),
        "gate": (t < on).astype(np.float32),
        "since_off": np.maximum(t - on, 0.0),
    }
    rest = {"pitch": 60.0, "dynamics": 0.7, "peak_position": 0.0, "attack_noise": 0.0} | given
    return values | {name: np.full(shape, value) for name, value in rest.items()}


def first(frames: int) -> np.ndarray:
    return (np.arange(frames) == 0).astype(np.float32)


def answers(learned: Learned, requests: dict[str, np.ndarray], seconds: float = SECONDS) -> dict[str, np.ndarray]:
    return played(network(learned, seconds), requests, first(requests["pitch"].shape[1]))


def lived(rise: float, fall: float, count: int = 12) -> list[Note]:
    """Notes that rise and fall in some seconds, with a pitch that comes from 20 cents below."""
    made = []
    for index in range(count):
        t = np.arange(500) * SECONDS
        on = 1.0 + 0.02 * index
        rising = np.maximum(ONSET_DB * np.exp(-3.0 * t / rise), ONSET_DB)
        falling = -45.0 * np.maximum(t - on, 0.0) / fall
        off, end = round(on / SECONDS), min(round((on + fall) / SECONDS), 500)
        level = (rising + falling)[:end]
        cents = -20.0 * np.exp(-t[:end] / 0.08)
        made.append(Note(f"{index}", 55.0 + index, -20.0 - index % 3, SECONDS, level, cents, np.zeros(end), off, end))
    return made


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_held_notes_come_to_rest_and_released_ones_fall_for_ever(seed):
    got = answers(wild(seed), notes([19.0, 0.0, 0.02, 0.1, 0.5], 20.0))
    loudness = got["loudness_db"]
    rest = loudness[0, round(6.0 / SECONDS) : round(18.9 / SECONDS)]
    print(f"at rest {rest[0]:.2e} to {rest[-1]:.2e} dB, cents {np.ptp(got['pitch_cents'][0, 1500:4700]):.1e}")
    assert np.all(np.abs(rest) < 0.05)
    assert np.all(np.abs(got["pitch_cents"][0, 1500:4700]) < 0.1)
    for row, length in enumerate([19.0, 0.0, 0.02, 0.1, 0.5]):
        fall = loudness[row, round(length / SECONDS) :]
        assert np.all(np.diff(fall) < 1e-5)
    assert np.all(loudness[1:, -1] == LOWEST_DB)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_answers_stay_in_range_for_any_request(seed):
    draw = np.random.default_rng(seed)
    requests = notes([0.3] * 64, 0.5)
    for name, low, high in (
        ("pitch", -50.0, 200.0),
        ("dynamics", -3.0, 3.0),
        ("peak_position", -1.0, 1.0),
        ("attack_noise", -1.0, 1.0),
        ("since_on", 0.0, 100.0),
        ("since_off", 0.0, 100.0),
        ("gate", 0.0, 1.0),
    ):
        requests[name] = draw.uniform(low, high, requests["pitch"].shape)
    for name, values in answers(wild(seed), requests).items():
        assert np.all(np.isfinite(values)), name
        assert np.all((values >= RANGES[name][0]) & (values <= RANGES[name][1])), name


def test_letting_go_is_not_a_jump():
    got = answers(untouched(read_prior()), notes([0.02, 0.06, 0.3, 1.0], 2.0))
    steps = np.abs(np.diff(got["loudness_db"][:, 1:], axis=1))
    print(f"largest step of a frame {np.max(steps):.2f} dB, {np.max(np.abs(np.diff(got['pitch_cents']))):.2f} cents")
    for row, length in enumerate([0.02, 0.06, 0.3, 1.0]):
        at = round(length / SECONDS)
        assert np.max(np.abs(np.diff(got["loudness_db"][row, at - 1 : at + 2]))) < 3.0
        assert np.max(np.abs(np.diff(got["pitch_cents"][row, at - 1 : at + 2]))) < 3.0


def test_all_frames_at_once_are_what_frame_by_frame_gives():
    learned = untouched(read_prior())
    requests, restart = parity_requests(40.0, 80.0, SECONDS)
    one = {name: value[:75] for name, value in requests.items()}
    stepped = learned.net.perform(one, restart[:75], (learned.held, learned.let_go), SECONDS)
    given = {name: torch.from_numpy(value)[None] for name, value in one.items()}
    held: Held = learned.net.hold(
        given["pitch"], given["dynamics"], given["since_on"], given["peak_position"], learned.held
    )
    whole = followed(held, SECONDS)[0].detach().numpy()
    print(f"apart by {np.max(np.abs(whole - stepped['loudness_db'])):.1e} dB")
    assert np.allclose(np.clip(whole, LOWEST_DB, HIGHEST_DB), stepped["loudness_db"], atol=1e-3)


@pytest.mark.parametrize("seconds", [0.004, 0.02])
def test_onnx_runtime_plays_the_network_as_pytorch_does(seconds):
    for learned in (wild(5), untouched(read_prior())):
        requests, restart = parity_requests(30.0, 90.0, seconds)
        reference = learned.net.perform(requests, restart, (learned.held, learned.let_go), seconds)
        rows = {name: value[None] for name, value in requests.items()}
        got = played(network(learned, seconds), rows, restart)
        worst = {name: float(np.max(np.abs(got[name][0] - reference[name]))) for name in OUTPUTS}
        print(worst)
        assert max(worst.values()) < TOLERANCE


def test_a_model_of_another_hop_shapes_a_note_alike():
    learned = untouched(read_prior())
    coarse, fine = (
        answers(learned, notes([0.6], 1.0, seconds), seconds)["loudness_db"][0] for seconds in (0.02, 0.004)
    )
    apart = np.abs(coarse[3:] - fine[19::5][: len(coarse) - 3])
    print(f"apart by {np.max(apart):.2f} dB at most, {np.mean(apart):.2f} in the mean")
    assert np.mean(apart) < 1.0


def test_what_was_played_is_learned_and_beats_plain_envelopes(monkeypatch):
    monkeypatch.setattr(performance_train, "EMBEDDING_STEPS", 40)
    monkeypatch.setattr(performance_train, "TUNING_STEPS", 80)
    monkeypatch.setattr(performance_train, "TUNING_RATE", 4e-3)
    every = lived(0.3, 0.25)
    training, judges = (player_of("lived", some, -30.0, -15.0) for some in (every[::2], every[1::2]))
    prior = read_prior()
    before = evaluate_performance(network(untouched(prior)), training, judges)
    learned = tuned(training, prior, lambda line: None)
    after = evaluate_performance(network(learned), training, judges)
    print("\n".join(before.lines() + after.lines()))
    assert after.attack_db[0] < 0.7 * before.attack_db[0]
    assert after.release_db[0] < before.release_db[0]
    assert after.attack_db[0] < after.attack_db[3]
    assert after.cents[0] < after.cents[2]


def test_a_prior_answers_the_same_when_it_is_read_again(tmp_path):
    players = [player_of(str(rise), lived(rise, 0.2, 4), -30.0, -15.0) for rise in (0.05, 0.2)]
    learned = train_prior(players, lambda line: None, steps=3)
    path = tmp_path / "prior.npz"
    write_prior(learned.net, path)
    again = untouched(read_prior(path))
    requests, restart = parity_requests(40.0, 80.0, SECONDS)
    zero = (torch.zeros(1, 8), torch.zeros(1, 8))
    for name, value in learned.net.perform(requests, restart, zero, SECONDS).items():
        assert np.array_equal(value, again.net.perform(requests, restart, zero, SECONDS)[name])
    assert performance_train.PRIOR.stat().st_size < 200_000


@pytest.fixture(scope="module")
def instrument(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("performed")
    credits = Credits("Test", "Timbrel's tests", "CC0-1.0", "nothing")
    return write_instrument(untrained(replace(PLAIN, hidden=16), 7), credits, folder, lambda line: None)


def test_a_model_file_gets_a_performance_and_its_decoder_stays_as_it_was(instrument, monkeypatch):
    before = Model(instrument)
    graph = onnx.load(instrument).graph
    decoder = {item.name: item.SerializeToString() for item in graph.initializer}
    midi, level = np.full(20, 60.0), np.full(20, before.metadata["loudness"]["loud_db"])
    sound = before.run(midi, level)
    said: list[str] = []
    monkeypatch.setattr(performance_command, "notes_of", lambda clips, grid: [])
    for _ in range(2):
        performance_command.add_performance(instrument, [], set(), said.append)
    print("\n".join(said))
    after = Model(instrument)
    assert np.array_equal(after.run(midi, level).amplitude, sound.amplitude)
    loaded = onnx.load(instrument)
    kept = {item.name: item.SerializeToString() for item in loaded.graph.initializer}
    assert {name: kept[name] for name in decoder} == decoder
    assert sum(port.name == "performance_model" for port in loaded.graph.output) == 1
    assert parity_error(instrument, instrument.with_suffix(".parity.npz")) < 1e-5
    meta = after.metadata
    assert meta["performance"]["states"] == [{"name": "loudness", "shape": [1]}]
    assert -40.0 <= meta["matching"]["gain_db"] <= 40.0
    with np.load(instrument.with_suffix(".parity.npz")) as arrays:
        requests = {name: arrays[f"performance_in_{name}"] for name in parity_requests(40, 80, SECONDS)[0]}
        assert arrays["performance_restart"].sum() == 5
        assert {f"performance_out_{name}" for name in OUTPUTS} <= set(arrays.files)
        assert len(requests["pitch"]) == len(arrays["performance_out_noise_db"])
    json.dumps(meta)


def test_what_training_keeps_out_teaches_no_performance(instrument, monkeypatch):
    from test_performance_notes import GRID, clip, contour

    clips = [clip(contour(0.05, 1.0, 0.3), name=f"note {n}", hz=220.0 * 2.0 ** (n / 12.0)) for n in range(12)]
    for n, item in enumerate(clips):
        item.midi = 57 + n
    seen: list[str] = []
    judged: list[str] = []
    monkeypatch.setattr(performance_command, "grid_of", lambda model: GRID)
    monkeypatch.setattr(
        performance_command,
        "tuned",
        lambda player, prior, say: seen.extend(note.name for note in player.notes) or untouched(prior),
    )
    monkeypatch.setattr(
        performance_command,
        "evaluate_performance",
        lambda network, training, judges: (
            judged.extend(note.name for note in judges.notes) or evaluate_performance(network, training, judges)
        ),
    )
    performance_command.add_performance(instrument, clips, {"note 3", "note 7"}, lambda line: None)
    assert sorted(judged) == ["note 3", "note 7"]
    assert len(seen) == 10
    assert not set(seen) & set(judged)
    monkeypatch.setattr(performance_prior, "GRID", GRID)
    _, kept_out = held_out(clips)
    player = player_without_held_out("tone", clips)
    assert kept_out
    assert {note.name for note in player.notes} == {item.name for item in clips} - kept_out


def test_phrases_are_not_taken_for_notes():
    from test_performance_notes import clip, contour

    glide = clip(contour(0.1, 2.0, 0.3), np.linspace(0.0, 700.0, len(contour(0.1, 2.0, 0.3))))
    assert not performance_command.is_one_note(glide)
    assert performance_command.is_one_note(clip(contour(0.1, 2.0, 0.3)))
