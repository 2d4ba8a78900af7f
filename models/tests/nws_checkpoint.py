"""Writes checkpoints as PyTorch does, without it, and says what the published network makes of them.

Shared by the tests of the importer.
Promises nothing of the kit's own: the network below is written from the paper's equations, one tensor at a time.
"""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import numpy as np

State = dict[str, np.ndarray]
STORAGES = {"f4": "FloatStorage", "f8": "DoubleStorage", "i8": "LongStorage", "f2": "HalfStorage"}


class Pickle:
    """Spells a pickle out, operation by operation (protocol 2)."""

    def __init__(self) -> None:
        self.data = b"\x80\x02"

    def add(self, *parts: bytes) -> Pickle:
        self.data += b"".join(parts)
        return self

    def text(self, value: str) -> Pickle:
        raw = value.encode()
        return self.add(b"X", struct.pack("<I", len(raw)), raw)

    def number(self, value: int | float) -> Pickle:
        if isinstance(value, float):
            return self.add(b"G", struct.pack(">d", value))
        return self.add(b"J", struct.pack("<i", value))

    def name(self, module: str, name: str) -> Pickle:
        return self.add(b"c", f"{module}\n{name}\n".encode())

    def tensor(self, key: str, value: np.ndarray) -> Pickle:
        """A tensor whose numbers lie in the file `data/key`, in order."""
        self.name("torch._utils", "_rebuild_tensor_v2").add(b"((").text("storage")
        self.name("torch", STORAGES[value.dtype.str[1:]]).text(key).text("cpu").number(value.size)
        self.add(b"tQ").number(0).add(b"(")
        for size in value.shape:
            self.number(size)
        self.add(b"t(")
        for stride in value.strides:
            self.number(stride // value.itemsize)
        return self.add(b"t\x89").name("collections", "OrderedDict").add(b")RtR")


def write_checkpoint(path: Path, state: State, hyper_parameters: dict[str, int | float]) -> None:
    """A checkpoint as Lightning writes it."""
    pickle = Pickle().add(b"}(").text("global_step").number(7).text("state_dict")
    pickle.name("collections", "OrderedDict").add(b")R(")
    for index, (name, value) in enumerate(state.items()):
        pickle.text(name).tensor(str(index), np.ascontiguousarray(value))
    pickle.add(b"u").text("hyper_parameters").add(b"}(")
    for name, number in hyper_parameters.items():
        pickle.text(name).number(number)
    write_archive(path, pickle.add(b"uu.").data, state)


def write_archive(path: Path, pickle: bytes, state: State) -> None:
    """The zip file around a pickle."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle)
        for index, value in enumerate(state.values()):
            archive.writestr(f"archive/data/{index}", np.ascontiguousarray(value).tobytes())
        archive.writestr("archive/version", "3\n")


HYPER_PARAMETERS: dict[str, int | float] = {"n_waveshapers": 5, "control_hop": 50, "sample_rate": 22050}
MEAN, DEVIATION = (300.0, 0.1), (50.0, 0.03)


def random_state(seed: int = 1) -> State:
    """Every size another than the published one's: 5 shapers of 3 layers, 17 harmonics, 51 noise bins."""
    random = np.random.default_rng(seed)
    shapers, harmonics, hidden, embedding, bins = 5, 17, 12, 10, 51
    state: State = {}

    def normal(name: str, *shape: int, scale: float = 1.0) -> None:
        state[name] = (scale * random.standard_normal(shape)).astype(np.float32)

    def convolution(name: str, outputs: int, inputs: int, scale: float = 1.0) -> None:
        normal(f"{name}.weight", outputs, inputs, 1, scale=scale / np.sqrt(inputs))
        normal(f"{name}.bias", outputs, scale=0.3 * scale)

    def perceptron(name: str, depth: int, width: int, outputs: int, scale: float) -> None:
        inputs = embedding
        for layer in range(depth - 1):
            convolution(f"{name}.net.{3 * layer}", width, inputs)
            normal(f"{name}.net.{3 * layer + 1}.layer_norm.weight", width)
            normal(f"{name}.net.{3 * layer + 1}.layer_norm.bias", width)
            inputs = width
        convolution(f"{name}.net.{3 * (depth - 1)}", outputs, inputs, scale)

    normal("embedding.gru.weight_ih_l0", 3 * hidden, 2, scale=0.5)
    normal("embedding.gru.weight_hh_l0", 3 * hidden, hidden, scale=0.3)
    normal("embedding.gru.bias_ih_l0", 3 * hidden, scale=0.3)
    normal("embedding.gru.bias_hh_l0", 3 * hidden, scale=0.3)
    convolution("embedding.proj", embedding, hidden)
    state["osc.harmonic_axis"] = np.arange(1, harmonics + 1, dtype=np.int64).reshape(1, -1, 1)
    convolution("harmonic_mixer", shapers, harmonics)
    perceptron("newt.mlp", 3, 9, 4 * shapers, 0.5)
    normal("newt.shaping_fn.input_scale", 1, shapers, 1, scale=3.0)
    convolution("newt.shaping_fn.net.0", 6 * shapers, 1)
    convolution("newt.shaping_fn.net.2", 6 * shapers, 6)
    convolution("newt.shaping_fn.net.4", shapers, 6)
    convolution("newt.mixer.0", 1, shapers, 0.2)
    perceptron("h_generator", 5, 8, bins, 0.02)
    state["noise_synth.window"] = hann(2 * (bins - 1)).astype(np.float32)
    normal("reverb.ir", 1, 999, scale=0.1)
    state["reverb.initial_zero"] = np.zeros((1, 1), np.float32)
    return state


def hann(size: int) -> np.ndarray:
    return 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(size) / size)


def write_folder(folder: Path, state: State | None = None) -> Path:
    """A checkpoint with its statistics."""
    write_checkpoint(folder / "last.ckpt", random_state() if state is None else state, HYPER_PARAMETERS)
    for name, values in (("mean", MEAN), ("std", DEVIATION)):
        np.save(folder / f"data_{name}.npy", np.array([*values, 0.5, 1.0], dtype=np.float32)[:, None])
    return folder


def published_controls(state: State, control: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """control [2, T] to film [4 S, T] and noise bins [K, T], in the layout of the authors' modules."""
    tensors = {name: value.astype(np.float64) for name, value in state.items()}

    def gate(x: np.ndarray) -> np.ndarray:
        return 1.0 / (1.0 + np.exp(-x))

    hidden = tensors["embedding.gru.weight_hh_l0"].shape[1]
    h = np.zeros(hidden)
    states = []
    for frame in control.T:
        a = tensors["embedding.gru.weight_ih_l0"] @ frame + tensors["embedding.gru.bias_ih_l0"]
        b = tensors["embedding.gru.weight_hh_l0"] @ h + tensors["embedding.gru.bias_hh_l0"]
        r, z = gate(a[:hidden] + b[:hidden]), gate(a[hidden : 2 * hidden] + b[hidden : 2 * hidden])
        n = np.tanh(a[2 * hidden :] + r * b[2 * hidden :])
        h = (1.0 - z) * n + z * h
        states.append(h)

    def convolved(name: str, x: np.ndarray) -> np.ndarray:
        return tensors[f"{name}.weight"][:, :, 0] @ x + tensors[f"{name}.bias"][:, None]

    def perceptron(name: str, x: np.ndarray) -> np.ndarray:
        index = 0
        while f"{name}.net.{index + 3}.weight" in tensors:
            x = convolved(f"{name}.net.{index}", x)
            x = (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-5)
            norm = f"{name}.net.{index + 1}.layer_norm"
            x = x * tensors[f"{norm}.weight"][:, None] + tensors[f"{norm}.bias"][:, None]
            x = np.maximum(x, 0.01 * x)
            index += 3
        return convolved(f"{name}.net.{index}", x)

    embedding = convolved("embedding.proj", np.stack(states, axis=1))
    return perceptron("newt.mlp", embedding), perceptron("h_generator", embedding)


def published_dry(
    state: State, f0_hz: np.ndarray, phase: np.ndarray, film: np.ndarray, theta: np.ndarray, rate: float
) -> np.ndarray:
    """Dry sound [N] from f0 [N], phase [N] in radians and film [4 S, N] at every sample, in the authors' order."""
    tensors = {name: value.astype(np.float64) for name, value in state.items()}
    axis = tensors["osc.harmonic_axis"][0, :, :]
    sines = np.sin(axis * phase + theta[:, None]) * (axis * f0_hz < rate / 2)
    x = tensors["harmonic_mixer.weight"][:, :, 0] @ sines + tensors["harmonic_mixer.bias"][:, None]
    gamma_index, beta_index, gamma, beta = np.split(film, 4)
    x = (gamma_index * x + beta_index) * tensors["newt.shaping_fn.input_scale"][0]
    index, shapers = 0, len(x)
    while (name := f"newt.shaping_fn.net.{index}") + ".weight" in tensors:
        # A convolution in groups: each shaper's block of rows sees its own block of inputs.
        weight = tensors[f"{name}.weight"][:, :, 0].reshape(shapers, -1, tensors[f"{name}.weight"].shape[1])
        x = np.einsum("soi,sin->son", weight, x.reshape(shapers, weight.shape[2], -1)).reshape(-1, x.shape[1])
        x = np.sin(x + tensors[f"{name}.bias"][:, None])
        index += 2
    x = gamma * x + beta
    return tensors["newt.mixer.0.weight"][0, :, 0] @ x + tensors["newt.mixer.0.bias"][0]


def published_noise(bins: np.ndarray, window: np.ndarray, hop: int, mean: float) -> np.ndarray:
    """The authors' noise of filters [K, T]: rectangular blocks, circular filtering, averaged overlap.

    Their own `mean` of what is filtered is 0.5; with 0 only the noise is left.
    """
    size = len(window)
    h = np.roll(np.fft.irfft(bins.T, axis=1), size // 2, axis=1) * window
    uniform = np.random.default_rng(1).uniform(mean - 0.5, mean + 0.5, hop * bins.shape[1] - 1)
    padded = np.pad(uniform, size // 2, mode="reflect")
    blocks = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop]
    count = min(len(blocks), len(h))
    filtered = np.fft.irfft(np.fft.rfft(blocks[:count], axis=1) * np.fft.rfft(h[:count], axis=1), size, axis=1)
    out, seen = np.zeros((count - 1) * hop + size), np.zeros((count - 1) * hop + size)
    for index, block in enumerate(filtered):
        out[index * hop : index * hop + size] += block
        seen[index * hop : index * hop + size] += 1.0
    return out / seen
