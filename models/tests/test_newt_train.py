"""A small NEWT trained on synthetic notes: levels, held notes, silence, what is exported, and cycles against audio.

Needs PyTorch.
Promises what `newt_decoder.py`, `newt_cycles.py`, `newt_graph.py`, `newt_range.py`, `room.py` and `heard.py` promise.
"""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from timbrel_kit.dataset import Clip, Grid, held_out, prepare  # noqa: E402
from timbrel_kit.decoder_config import Credits, DecoderConfig  # noqa: E402
from timbrel_kit.families import config_from, decoder_of  # noqa: E402
from timbrel_kit.heard import ear_of  # noqa: E402
from timbrel_kit.instrument import write_instrument  # noqa: E402
from timbrel_kit.newt_config import NewtConfig  # noqa: E402
from timbrel_kit.newt_cycles import exciter_cycle  # noqa: E402
from timbrel_kit.newt_decoder import CORRECTION_DB, JUDGED_PARTIALS, STRONGEST, NewtDecoder  # noqa: E402
from timbrel_kit.newt_range import measured_range, performances  # noqa: E402
from timbrel_kit.newt_synth import reference_dry  # noqa: E402
from timbrel_kit.parity import TOLERANCE, parity_error  # noqa: E402
from timbrel_kit.recordings import find_recordings  # noqa: E402
from timbrel_kit.room import Room  # noqa: E402
from timbrel_kit.synth import training_harmonics  # noqa: E402
from timbrel_kit.train import train  # noqa: E402
from timbrel_kit.train_command import configured  # noqa: E402
from timbrel_kit.training_run import Run, Settings, read_checkpoint  # noqa: E402

GRID = Grid(16000, 128, JUDGED_PARTIALS, 9, "a_weighted")
SETTINGS = Settings(seed=3, regression_steps=150, steps=12, batch=2, regression_batch=4, crop_seconds=0.5)
CREDITS = Credits("Test", "Timbrel's tests", "CC0-1.0", "nothing")


def small(config: DecoderConfig) -> NewtConfig:
    """A NEWT of six shapers with the ranges of `config`."""
    shared = {field.name: getattr(config, field.name) for field in fields(DecoderConfig)}
    shared |= {"harmonics": 16, "body_points": 0}
    return NewtConfig(**shared, shapers=6, exciter_top_hz=4000.0)


@pytest.fixture(scope="module")
def material(notes_folder: Path) -> tuple[NewtConfig, list[Clip]]:
    recordings = find_recordings(notes_folder, notes_folder / "manifest.csv", "tone")
    clips = [clip for _, clip in prepare(recordings, GRID, None, lambda line: None)]
    _, names = held_out(clips)
    training = [clip for clip in clips if clip.name not in names]
    return small(configured(GRID, training, clips, hidden=24)), training


@pytest.fixture(scope="module")
def trained(material: tuple[NewtConfig, list[Clip]], tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, list[str]]:
    torch.set_num_threads(1)
    config, clips = material
    said: list[str] = []
    path = tmp_path_factory.mktemp("newt") / "checkpoint.pt"
    run = train(config, SETTINGS, clips, path, False, said.append)
    assert config_from(read_checkpoint(path)) == config
    return run, said


def untrained(seed: int, **changes) -> NewtDecoder:
    """Random weights, none of them zero."""
    torch.manual_seed(seed)
    decoder = decoder_of(replace(NewtConfig(shapers=7, hidden=16, harmonics=20, noise_bands=9), **changes))
    with torch.no_grad():
        for parameter in decoder.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return decoder


def held(decoder: NewtDecoder, levels_db: list[float], midi: float, seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """A-weighted level in dB [L, F] of held notes at frames all over them, and the centroid in Hz [L, F]."""
    frames = int(seconds * decoder.config.sample_rate / decoder.config.hop)
    level = torch.tensor(levels_db)[:, None, None].expand(-1, frames, 1)
    pitch = torch.full_like(level, midi)
    at = torch.linspace(frames // 3, frames - 1, 8).long()
    with torch.no_grad():
        heard = ear_of(decoder).hear(pitch, level, at)
        weighted = 0.5 * (heard.partials**2 * decoder.partial_weights(pitch[:, at])).sum(-1)
        weighted = weighted + (heard.noise[:, at] ** 2 * decoder.noise_weights).sum(-1)
        squares = heard.partials**2
        centroid = (squares * decoder.frequencies(pitch[:, at])).sum(-1) / (squares.sum(-1) + 1e-20)
    return 10.0 * np.log10(weighted.numpy() + 1e-20), centroid.numpy()


def test_regression_brings_the_partials_near(trained: tuple[Run, list[str]]) -> None:
    said = [line for line in trained[1] if line.startswith("regression")]
    losses = [float(line.split("loss")[1].split()[0]) for line in said]
    print(f"regression loss {losses[0]:.1f} dB, after {SETTINGS.regression_steps} steps {losses[-1]:.1f} dB")
    assert losses[-1] < 0.6 * losses[0]


def test_a_held_note_stands_still(trained: tuple[Run, list[str]]) -> None:
    levels, _ = held(trained[0].decoder, [-30.0, -22.0], 61.0, 6.0)
    spread = np.ptp(levels, axis=1)
    print(f"held 6 s: the level moves by {spread.max():.3f} dB")
    assert spread.max() < 0.5


def test_louder_is_louder_and_near_what_was_asked(trained: tuple[Run, list[str]]) -> None:
    config = trained[0].config
    asked = np.linspace(config.soft_db, config.loud_db, 9)
    levels, _ = held(trained[0].decoder, asked.tolist(), 60.0, 2.0)
    steps = np.diff(levels[:, -1])
    print(
        f"smallest step {steps.min():.2f} dB, furthest from the level asked {np.abs(levels[:, -1] - asked).max():.1f}"
    )
    assert steps.min() > 0.0
    assert np.abs(levels[:, -1] - asked).max() < 4.0


def test_silence_in_is_silence_out_whatever_the_weights() -> None:
    for seed in range(3):
        decoder = untrained(seed).requires_grad_(False)
        heard = ear_of(decoder).hear(torch.full((1, 20, 1), 60.0), torch.full((1, 20, 1), -100.0), torch.arange(20))
        assert float(heard.partials.abs().max()) == 0.0
        assert float(heard.noise.abs().max()) == 0.0
        pitch, loudness = decoder.features(torch.full((1, 9, 1), 60.0), torch.full((1, 9, 1), -100.0))
        film, noise, _ = decoder(pitch, loudness, torch.zeros(1, 9, 0), decoder.zero_states(1))
        most = 10.0 ** ((CORRECTION_DB - 100.0) / 20.0) * STRONGEST
        assert float(film[:, :, 2:].abs().max()) <= most * 1.0001
        assert float(noise.abs().max()) <= 2.1e-5


@pytest.mark.parametrize("midi", [36.0, 57.3, 84.0])
def test_a_cycle_has_the_partials_of_the_sound(midi: float) -> None:
    decoder = untrained(4)
    config = decoder.config
    f0 = 440.0 * 2.0 ** ((midi - 69.0) / 12.0)
    film = torch.stack(
        [
            torch.linspace(0.6, 1.8, 7),
            torch.linspace(-0.8, 0.9, 7),
            torch.linspace(-0.4, 0.5, 7),
            torch.full((7,), 0.02),
        ]
    )
    with torch.no_grad():
        cycles = decoder.cycles(film[None], torch.tensor([f0]))
        # A rate so high that nothing folds back, over a whole number of cycles.
        count, points = 40, 2048
        samples = count * points
        positions = torch.tensor([0, samples])
        dry = reference_dry(decoder, torch.tensor([f0, f0]), film.expand(2, 4, 7), positions, f0 * points, samples)
    spectrum = 2.0 * np.abs(np.fft.rfft(dry.numpy())) / len(dry)
    found = spectrum[count : count * (JUDGED_PARTIALS + 1) : count]
    audible = (np.arange(1, JUDGED_PARTIALS + 1) * f0 < 0.5 * config.sample_rate) & (found > 1e-4 * found.max())
    ours = cycles.amplitudes[0].numpy()
    difference = 20.0 * np.log10(ours[audible] / found[audible])
    print(f"f0 {f0:.1f} Hz: {audible.sum()} partials within {np.abs(difference).max():.4f} dB")
    assert np.abs(difference).max() < 0.1
    assert float(cycles.rest[0]) == pytest.approx(float(dry.mean()), abs=1e-5)


def test_exported_film_is_pytorchs(trained: tuple[Run, list[str]], tmp_path: Path) -> None:
    for decoder in (trained[0].mean, untrained(6, history=2, impulse_samples=2000)):
        path = write_instrument(decoder, CREDITS, tmp_path, lambda line: None)
        error = parity_error(path, path.with_name("test.parity.npz"))
        print(f"largest difference of film and noise {error:.1e}")
        assert error < TOLERANCE


def test_the_range_holds_all_indices_of_performances(trained: tuple[Run, list[str]]) -> None:
    decoder = trained[0].mean
    low_high = torch.from_numpy(measured_range(decoder))
    midi, level = performances(decoder)
    with torch.no_grad():
        pitch, loudness = decoder.features(midi[:6], level[:6])
        film, _, _ = decoder(pitch, loudness, torch.zeros(*midi[:6].shape[:2], 0), decoder.zero_states(6))
        film = film.flatten(0, 1)[::5]
        f0 = 440.0 * torch.exp2((midi[:6].flatten()[::5] - 69.0) / 12.0)
        exciter = exciter_cycle(decoder, f0, 128)
        index = film[:, 0].T[..., None] * exciter + film[:, 1].T[..., None]
    assert torch.all(index.amin((1, 2)) > low_high[:, 0])
    assert torch.all(index.amax((1, 2)) < low_high[:, 1])


def test_a_room_is_no_gain_stage() -> None:
    torch.manual_seed(2)
    room = Room(8000, 16000)
    with torch.no_grad():
        room.tail.add_(3.0 * torch.randn_like(room.tail))
        response = room.response()
        dry = torch.zeros(1, 400)
        dry[0, 10] = 0.5
        placed = room.placed(dry)
    assert float(response[0]) == 1.0
    assert torch.all(response[1 : 1 + room.silent] == 0.0)
    assert len(response) == 8000
    first, last = response[161:1161].abs().mean(), response[-1000:].abs().mean()
    print(f"the tail falls by {20 * np.log10(float(first / last)):.0f} dB")
    assert first > 100.0 * last
    assert torch.allclose(placed[0, :170], dry[0, :170], atol=1e-5)


def test_a_room_is_learned_with_the_rest(material: tuple[NewtConfig, list[Clip]], tmp_path: Path) -> None:
    config, clips = material
    config = replace(config, impulse_samples=1600)
    settings = replace(SETTINGS, regression_steps=1, steps=2)
    run = train(config, settings, clips, tmp_path / "room.pt", False, lambda line: None)
    start = Run(config, settings).decoder.room.response()
    assert not torch.equal(start, run.decoder.room.response())


def test_training_hears_the_sound_itself_phases_included() -> None:
    decoder = untrained(8).requires_grad_(False)
    frames, hop, rate = 41, decoder.config.hop, decoder.config.sample_rate
    midi = torch.linspace(57.0, 58.0, frames)[None, :, None]
    level = torch.linspace(-30.0, -24.0, frames)[None, :, None]
    ear = ear_of(decoder)
    heard = ear.hear(midi, level, ear.every_frame(0, frames))
    sines, cosines, _ = heard.at_every_frame()
    f0 = 440.0 * torch.exp2((midi[..., 0] - 69.0) / 12.0)
    ours = training_harmonics(f0, sines, torch.zeros(1), rate, hop, cosines)[0]
    film, _, _ = decoder(*decoder.features(midi, level), torch.zeros(1, frames, 0), decoder.zero_states(1))
    positions = torch.arange(frames) * hop
    true = reference_dry(decoder, f0[0], film[0], positions, float(rate), (frames - 1) * hop).float()
    # What stands still under the sound is no partial; its movement lies under 100 Hz.
    window = torch.hann_window(len(true))
    above = int(100.0 * len(true) / rate)
    ours, true = (torch.fft.rfft(sound * window)[above:] for sound in (ours, true))
    error = float(20.0 * torch.log10((ours - true).abs().norm() / true.abs().norm()))
    print(f"the sound that training hears is {error:.0f} dB from the one that is played")
    assert error < -40.0
