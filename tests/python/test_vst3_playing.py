"""How the packaged VST3 plugin is played, in a real host, pedalboard: bend, controllers, pedals, parameters.

Runs on the main thread, which is pedalboard's message thread.
Promises that a wheel bends by its range, that controllers and pedals do what the MIDI standard says of them, that MPE's
channels bend their own notes, and that parameters read and are set by text.
"""

from __future__ import annotations

import json
import re
import time

import numpy as np
import pytest
from mido import Message
from pedalboard import load_plugin

RATE = 48_000
BLOCK = 512
KEY = 57
#: Seconds at which a note that is held to the end begins, and at which its sound is steady.
BEGIN, STEADY = 0.1, 0.8
#: Seconds that the sound comes after its notes: one block, one hop of the cello.
LATENCY = (BLOCK + 192) / RATE


def render(
    vst3: str, messages: list[Message], seconds: float = 2.0, parameters: dict[str, object] | None = None
) -> np.ndarray:
    """Stereo, shape (2, samples), of a new instance without a room, of plain notes."""
    plugin = load_plugin(vst3)
    for name, value in {"room": 0.0, "natural": 0.0, **(parameters or {})}.items():
        assert name in plugin.parameters, sorted(plugin.parameters)
        setattr(plugin, name, value)
    return plugin(messages, duration=seconds, sample_rate=RATE, buffer_size=BLOCK)


def on(key: int = KEY, channel: int = 0, time: float = BEGIN) -> Message:
    return Message("note_on", note=key, velocity=90, channel=channel, time=time)


def off(time: float, key: int = KEY, channel: int = 0) -> Message:
    return Message("note_off", note=key, velocity=64, channel=channel, time=time)


def controller(number: int, value: int, time: float = 0.05, channel: int = 0) -> Message:
    return Message("control_change", control=number, value=value, channel=channel, time=time)


def hertz(key: float) -> float:
    return 440.0 * 2 ** ((key - 69) / 12)


def part(sound: np.ndarray, begin: float, end: float) -> np.ndarray:
    return sound[:, int((begin + LATENCY) * RATE) : int((end + LATENCY) * RATE)]


def level_db(sound: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(sound**2) + 1e-20))


def peak_near(sound: np.ndarray, frequency: float, reach_cents: float = 60.0) -> float:
    """Frequency of the strongest partial near `frequency`, by a parabola through the log spectrum, hertz."""
    length = 1 << 20
    spectrum = np.abs(np.fft.rfft(sound[0] * np.hanning(sound.shape[1]), length))
    ratio = 2 ** (reach_cents / 1200)
    low, high = int(frequency / ratio * length / RATE), int(np.ceil(frequency * ratio * length / RATE))
    index = low + int(np.argmax(spectrum[low : high + 1]))
    below, here, above = np.log(spectrum[index - 1 : index + 2] + 1e-30)
    return (index + 0.5 * (below - above) / (below - 2 * here + above)) * RATE / length


def cents(sound: np.ndarray, key: float, reach_cents: float = 60.0) -> float:
    """How far the steady sound is from a key."""
    return float(1200 * np.log2(peak_near(part(sound, STEADY, 1.9), hertz(key), reach_cents) / hertz(key)))


@pytest.mark.parametrize(("wheel", "expected"), [(0, 0.0), (8191, 200.0), (-8192, -200.0), (4096, 100.0)])
def test_the_wheel_bends_by_its_range(vst3: str, wheel: int, expected: float) -> None:
    sound = render(vst3, [Message("pitchwheel", pitch=wheel, time=0.05), on()])
    found = cents(sound, KEY + expected / 100)
    print(f"wheel at {wheel}: {expected + found:+.2f} cents")
    assert abs(found) < 2


def test_the_bend_range_is_a_parameter(vst3: str) -> None:
    sound = render(vst3, [Message("pitchwheel", pitch=8191, time=0.05), on()], parameters={"bend_range_st": 12})
    assert abs(cents(sound, KEY + 12)) < 2


def test_an_mpe_bend_moves_only_its_note(vst3: str) -> None:
    other = KEY + 6
    wheel = Message("pitchwheel", pitch=171, channel=1, time=0.05)
    sound = render(vst3, [wheel, on(channel=1), on(other, channel=2)], parameters={"mpe": "Lower"})
    bent = 171 / 8191 * 48
    moved, still = cents(sound, KEY + bent, 30), cents(sound, other, 30)
    print(f"bent by {bent * 100:.1f} cents: {moved:+.2f} off; the other {still:+.2f} off")
    assert abs(moved) < 2
    assert abs(still) < 2


def test_the_sustain_pedal_holds_what_is_let_go(vst3: str) -> None:
    notes = [on(), off(0.5)]
    tail = {}
    for value in (0, 63, 64, 127):
        sound = render(vst3, [controller(64, value), *notes, controller(64, 0, 1.2)], 2.5)
        tail[value] = level_db(part(sound, 1.0, 1.2)) - level_db(part(sound, 0.3, 0.5))
        assert level_db(part(sound, 2.2, 2.4)) < -80, "the note ends with the pedal"
    print({value: round(level, 1) for value, level in tail.items()})
    assert min(tail[64], tail[127]) > -6
    assert max(tail[0], tail[63]) < -40


def test_sostenuto_holds_what_was_down(vst3: str) -> None:
    caught, later = KEY, KEY + 7
    messages = [on(caught), controller(66, 127, 0.3), on(later, time=0.4), off(0.7, caught), off(0.7, later)]
    sound = part(render(vst3, messages, 2.5), 1.3, 2.3)
    spectrum = np.abs(np.fft.rfft(sound[0] * np.hanning(sound.shape[1]))) + 1e-12
    bins = [20 * np.log10(spectrum[round(hertz(key) * sound.shape[1] / RATE)]) for key in (caught, later)]
    print(f"after both keys are up: {bins[0]:.1f} dB of the caught note, {bins[1]:.1f} dB of the later one")
    assert bins[0] > bins[1] + 40


def test_the_soft_pedal_softens_what_begins(vst3: str) -> None:
    plain = level_db(part(render(vst3, [on()]), STEADY, 1.8))
    soft = level_db(part(render(vst3, [controller(67, 127), on()]), STEADY, 1.8))
    assert soft < plain - 1


@pytest.mark.parametrize(
    ("message", "least", "most"),
    [
        (controller(7, 50), -40.0, -3.0),
        (controller(11, 40), -60.0, -1.0),
        (controller(2, 40), -60.0, -1.0),
        (Message("aftertouch", value=127, time=0.05), 0.5, 24.0),
    ],
    ids=["volume", "expression", "breath", "pressure"],
)
def test_what_moves_the_loudness(vst3: str, message: Message, least: float, most: float) -> None:
    plain = level_db(part(render(vst3, [on()]), STEADY, 1.8))
    moved = level_db(part(render(vst3, [message, on()]), STEADY, 1.8))
    print(f"{message}: {moved - plain:+.2f} dB")
    assert least < moved - plain < most


def test_brightness_and_the_mod_wheel_reach_the_sound(vst3: str) -> None:
    def centre(sound: np.ndarray) -> float:
        spectrum = np.abs(np.fft.rfft(sound[0] * np.hanning(sound.shape[1])))
        return float((spectrum * np.arange(len(spectrum))).sum() / spectrum.sum())

    plain = part(render(vst3, [on()]), STEADY, 1.8)
    bright = part(render(vst3, [controller(74, 127), on()]), STEADY, 1.8)
    print(f"brightness: the spectrum's centre goes up by a factor of {centre(bright) / centre(plain):.2f}")
    assert centre(bright) > 1.1 * centre(plain)

    # Half a cycle of the vibrato either way, by the zero crossings of the filtered fundamental.
    wheel = render(vst3, [controller(1, 127), on()], parameters={"vibrato_rate_hz": 5.0, "vibrato_jitter": 0.0})
    spread = [peak_near(part(wheel, at, at + 0.06), hertz(KEY), 90) for at in np.arange(1.0, 1.8, 0.02)]
    swing = 1200 * np.log2(max(spread) / min(spread))
    print(f"mod wheel: the pitch swings by {swing:.0f} cents")
    assert 50 < swing < 130


def test_all_sound_off_is_silence(vst3: str) -> None:
    sound = render(vst3, [on(), on(KEY + 4), controller(120, 0, 0.6)])
    assert level_db(part(sound, 0.3, 0.6)) > -60
    assert level_db(part(sound, 0.8, 1.8)) < -90


def test_all_notes_off_lets_go(vst3: str) -> None:
    sound = render(vst3, [on(), on(KEY + 4), controller(123, 0, 0.6)], 3.0)
    assert level_db(part(sound, 2.5, 2.9)) < -80


#: JUCE's digits for six bits, in which pedalboard's state carries the plugin's, the lowest bits first.
DIGITS = ".ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+"


def component_of(raw: bytes) -> bytes:
    """The plugin's own state in pedalboard's."""
    found = re.search(rb"<IComponent>(\d+)\.([^<]*)</IComponent>", raw)
    assert found
    bits = sum(DIGITS.index(chr(digit)) << (6 * place) for place, digit in enumerate(found[2]))
    return bits.to_bytes(len(found[2]) + 8, "little")[: int(found[1])]


def with_component(raw: bytes, component: bytes) -> bytes:
    """Pedalboard's state with another state of the plugin in it."""
    bits = int.from_bytes(component, "little")
    count = (len(component) * 8 + 5) // 6
    text = "".join(DIGITS[bits >> (6 * place) & 63] for place in range(count))
    document = re.sub(rb"<IComponent>[^<]*<", f"<IComponent>{len(component)}.{text}<".encode(), raw[8:])
    # A magic number and the length of the text, which ends with a zero.
    return raw[:4] + (len(document) - 1).to_bytes(4, "little") + document


def test_a_learned_controller_moves_its_parameter(vst3: str) -> None:
    plugin = load_plugin(vst3)
    raw = plugin.raw_state
    state = json.loads(component_of(raw))
    # One that the plugin listens to, and one that it does not.
    state["fields"]["controllers"] = json.dumps({"11": "width", "21": "gain"})
    plugin.raw_state = with_component(raw, json.dumps(state).encode())
    assert json.loads(component_of(plugin.raw_state))["fields"]["controllers"] == '{"11":"width","21":"gain"}'
    messages = [controller(21, 64), controller(11, 127), on()]
    sound = plugin(messages, duration=2.0, sample_rate=RATE, buffer_size=BLOCK)
    # Pedalboard's own copy of the values does not follow controllers.
    moved = json.loads(component_of(plugin.raw_state))["params"]
    assert moved["gain"]["f32"] == pytest.approx(-60 + 72 * 64 / 127, abs=1e-3)
    assert moved["width"]["f32"] == 2.0
    plain = render(vst3, [on()], parameters={"room": 1.0, "natural": plugin.natural})
    quieter = level_db(part(sound, STEADY, 1.8)) - level_db(part(plain, STEADY, 1.8))
    print(f"the output at 64 of 127: {quieter:+.2f} dB")
    assert quieter == pytest.approx(-60 + 72 * 64 / 127, abs=0.5)


def test_parameters_read_and_are_set_by_text(vst3: str) -> None:
    plugin = load_plugin(vst3)
    plugin.voice_mode = "Legato"
    assert plugin.voice_mode == "Legato"
    assert plugin.parameters["voice_mode"].string_value == "Legato"
    names = set(plugin.parameters)
    assert {"attack", "brightness_db_oct", "glide", "unison", "pan", "limiter", "mpe"} <= names, sorted(names)


def test_one_voice_in_mono(vst3: str) -> None:
    # The first key is still down; the second takes its voice.
    sound = render(vst3, [on(), on(KEY + 7, time=0.4)], parameters={"voice_mode": "Mono"})
    steady = part(sound, STEADY, 1.8)
    spectrum = np.abs(np.fft.rfft(steady[0] * np.hanning(steady.shape[1])))
    first, second = (spectrum[round(hertz(key) * steady.shape[1] / RATE)] for key in (KEY, KEY + 7))
    assert second > 30 * first


def test_the_package_still_loads_in_a_moment(vst3: str) -> None:
    load_plugin(vst3)
    begin = time.monotonic()
    plugin = load_plugin(vst3)
    seconds = time.monotonic() - begin
    print(f"{len(plugin.parameters)} parameters, loaded again in {seconds:.2f} s")
    assert len(plugin.parameters) < 250
    assert seconds < 10
