"""The tensors of a published Neural Waveshaping checkpoint, checked, and what network they make in float64.

Hayes, Saitis, Fazekas, "Neural Waveshaping Synthesis", ISMIR 2021. Runs when a checkpoint is imported.
Promises the authors' film and noise filters within 1e-4 of their own code; proved by `test_import_nws.py`.

Every size is read off the tensors: shapers, harmonics, depth and width of all networks, noise bins, impulse length.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from timbrel_kit.errors import UnusableCheckpoint
from timbrel_kit.features import Floats
from timbrel_kit.torch_checkpoint import Checkpoint, TensorView

# PyTorch's defaults, which the published network uses.
LAYER_NORM_EPSILON = 1e-5
LEAK = 0.01

# What the sound is made of; the rest of a state dictionary serves training.
NETWORK = ("embedding.", "harmonic_mixer.", "newt.", "h_generator.", "reverb.")
# A constant 0, and the tables of the authors' faster variant, which stand for the layers that are read.
UNUSED = ("reverb.initial_zero", "newt.lookup_table")

Float32s = NDArray[np.float32]
Float64s = NDArray[np.float64]


@dataclass(frozen=True)
class Linear:
    """x -> W x + b: weight [out, in], bias [out]."""

    weight: Float32s
    bias: Float32s

    def __call__(self, x: Float64s) -> Float64s:
        return x @ self.weight.T.astype(np.float64) + self.bias


@dataclass(frozen=True)
class Norm:
    """Layer normalisation, then a leaky rectifier: scale and bias [size]."""

    scale: Float32s
    bias: Float32s

    def __call__(self, x: Float64s) -> Float64s:
        centred = x - x.mean(-1, keepdims=True)
        x = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + LAYER_NORM_EPSILON) * self.scale + self.bias
        return np.where(x < 0.0, LEAK * x, x)


@dataclass(frozen=True)
class Perceptron:
    """Linear layers with a norm after all but the last."""

    layers: list[Linear]
    norms: list[Norm]

    def __call__(self, x: Float64s) -> Float64s:
        for layer, norm in zip(self.layers, self.norms, strict=False):
            x = norm(layer(x))
        return self.layers[-1](x)


@dataclass(frozen=True)
class Gru:
    """Gates in PyTorch's order r, z, n: input weights [3 H, in], state weights [3 H, H], biases [3 H]."""

    input: Linear
    state: Linear

    @property
    def hidden(self) -> int:
        return self.state.weight.shape[1]

    def step(self, x: Float64s, h: Float64s) -> Float64s:
        """One frame of a batch: x [B, in], h [B, H] to the next h."""
        from_input, from_state = np.split(self.input(x), 3, axis=-1), np.split(self.state(h), 3, axis=-1)
        reset, update = (1.0 / (1.0 + np.exp(-from_input[gate] - from_state[gate])) for gate in (0, 1))
        fresh = np.tanh(from_input[2] + reset * from_state[2])
        return fresh + update * (h - fresh)


@dataclass(frozen=True)
class NwsWeights:
    """All tensors of the network; S shapers, H harmonics, K noise bins."""

    gru: Gru
    projection: Linear
    film: Perceptron
    noise: Perceptron
    # [S, H], [S]
    exciter: Linear
    # [S]: factor of each shaper's index before its first layer.
    input_scale: Float32s
    # Layers of the shapers: [S, out, in] and [S, out].
    shaper_weights: list[Float32s]
    shaper_biases: list[Float32s]
    # [1, S], [1]
    output: Linear
    # [2 (K - 1)]: what each noise filter's impulse response is multiplied by.
    noise_window: Float32s
    # [N - 1]: the impulse response from its second sample on; the first is 1.
    impulse_tail: Float32s

    @property
    def shapers(self) -> int:
        return len(self.input_scale)

    @property
    def noise_bins(self) -> int:
        return self.noise.layers[-1].weight.shape[0]

    def controls(self, control: Floats) -> tuple[Float64s, Float64s]:
        """z-scored (f0, loudness) [B, T, 2] to film [B, T, 4, S] and noise filters [B, T, K], from a zero state."""
        batch, frames, _ = control.shape
        h = np.zeros((batch, self.gru.hidden))
        states = np.empty((batch, frames, self.gru.hidden))
        for t in range(frames):
            h = states[:, t] = self.gru.step(np.asarray(control[:, t], dtype=np.float64), h)
        embedding = self.projection(states)
        return self.film(embedding).reshape(batch, frames, 4, self.shapers), self.noise(embedding)


def read_weights(checkpoint: Checkpoint) -> NwsWeights:
    """The network of a checkpoint; a tensor that is missing or does not fit is named."""
    tensors = _Tensors(checkpoint)
    hidden = tensors.shape("embedding.gru.weight_hh_l0", 2)[1]
    gru = Gru(
        tensors.linear("embedding.gru.weight_ih_l0", "embedding.gru.bias_ih_l0", 3 * hidden, 2),
        tensors.linear("embedding.gru.weight_hh_l0", "embedding.gru.bias_hh_l0", 3 * hidden, hidden),
    )
    embedding = tensors.shape("embedding.proj.weight", 3)[0]
    projection = tensors.convolution("embedding.proj", embedding, hidden)
    shapers = tensors.shape("newt.shaping_fn.input_scale", 3)[1]
    input_scale = tensors.array("newt.shaping_fn.input_scale", (1, shapers, 1))[0, :, 0]
    shaper_weights, shaper_biases = tensors.shaping_layers(shapers)
    harmonics = tensors.shape("harmonic_mixer.weight", 3)[1]
    channels = tensors.shape("newt.mixer.0.weight", 3)[0]
    mixer = tensors.convolution("newt.mixer.0", channels, shapers)
    bins = tensors.last_width("h_generator")
    if bins < 2:
        raise tensors.unfit(f"the noise filter has {bins} bins, where at least 2 are needed")
    result = NwsWeights(
        gru=gru,
        projection=projection,
        film=tensors.perceptron("newt.mlp", embedding, 4 * shapers),
        noise=tensors.perceptron("h_generator", embedding, bins),
        exciter=tensors.convolution("harmonic_mixer", shapers, harmonics),
        input_scale=input_scale,
        shaper_weights=shaper_weights,
        shaper_biases=shaper_biases,
        # The channels of the mixer are summed with the noise: they are one.
        output=Linear(mixer.weight.sum(0, keepdims=True), mixer.bias.sum(keepdims=True)),
        noise_window=tensors.array("noise_synth.window", (2 * (bins - 1),)),
        impulse_tail=tensors.array("reverb.ir", (1, tensors.shape("reverb.ir", 2)[1]))[0],
    )
    tensors.refuse_others()
    return result


class _Tensors:
    """The state dictionary, asked by name."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint = checkpoint
        values = checkpoint.values
        found = values.get("state_dict") if isinstance(values, dict) else None
        if not isinstance(found, dict):
            raise self.unfit("it has no 'state_dict', where a checkpoint of PyTorch Lightning has one")
        self.tensors: dict[Any, Any] = found
        self.used: set[str] = set()

    def unfit(self, what: str) -> UnusableCheckpoint:
        return UnusableCheckpoint(f"{self.checkpoint.path} is no Neural Waveshaping checkpoint: {what}.")

    def shape(self, name: str, dimensions: int) -> tuple[int, ...]:
        view = self.tensors.get(name)
        if not isinstance(view, TensorView):
            raise self.unfit(f"the tensor {name} is missing")
        if len(view.shape) != dimensions or 0 in view.shape:
            raise self.unfit(
                f"the tensor {name} has shape {list(view.shape)}, where {dimensions} dimensions are expected"
            )
        return view.shape

    def array(self, name: str, shape: tuple[int, ...]) -> Float32s:
        found = self.shape(name, len(shape))
        if found != shape:
            raise self.unfit(f"the tensor {name} has shape {list(found)}, not {list(shape)}")
        self.used.add(name)
        view = self.tensors[name]
        if view.storage.kind != "f4":
            raise self.unfit(f"the tensor {name} is of type {np.dtype(view.storage.kind).name}, not float32")
        values = self.checkpoint.array(name, view)
        if not np.all(np.isfinite(values)):
            raise UnusableCheckpoint(
                f"{self.checkpoint.path} cannot be played: the tensor {name} holds NaN or infinity."
            )
        return values

    def refuse_others(self) -> None:
        """A tensor of the network that nothing here uses means another network: a second GRU layer, say."""
        for name in map(str, self.tensors):
            if name.startswith(NETWORK) and name not in self.used and name not in UNUSED:
                raise self.unfit(f"the tensor {name} has no place in the published network")

    def linear(self, weight: str, bias: str, outputs: int, inputs: int) -> Linear:
        return Linear(self.array(weight, (outputs, inputs)), self.array(bias, (outputs,)))

    def convolution(self, name: str, outputs: int, inputs: int) -> Linear:
        """A convolution of width 1: a linear layer with one dimension more."""
        return Linear(
            self.array(f"{name}.weight", (outputs, inputs, 1))[..., 0], self.array(f"{name}.bias", (outputs,))
        )

    def indices(self, name: str) -> list[int]:
        """The numbers N of all tensors NAME.net.N.weight; there is at least the first."""
        pattern = re.compile(re.escape(name) + r"\.net\.(\d{1,4})\.weight")
        found = sorted(int(match[1]) for key in self.tensors if (match := pattern.fullmatch(str(key))))
        if not found or found[0] != 0:
            raise self.unfit(f"the tensor {name}.net.0.weight is missing")
        return found

    def last_width(self, name: str) -> int:
        return self.shape(f"{name}.net.{self.indices(name)[-1]}.weight", 3)[0]

    def perceptron(self, name: str, inputs: int, outputs: int) -> Perceptron:
        """Modules in threes: convolution, norm, rectifier."""
        layers, norms = [], []
        last = self.indices(name)[-1]
        if last % 3:
            raise self.unfit(f"{name}.net has a layer number {last}, where every third number is one")
        for index in range(0, last, 3):
            width = self.shape(f"{name}.net.{index}.weight", 3)[0]
            layers.append(self.convolution(f"{name}.net.{index}", width, inputs))
            norm = f"{name}.net.{index + 1}.layer_norm"
            norms.append(Norm(self.array(f"{norm}.weight", (width,)), self.array(f"{norm}.bias", (width,))))
            inputs = width
        layers.append(self.convolution(f"{name}.net.{last}", outputs, inputs))
        return Perceptron(layers, norms)

    def shaping_layers(self, shapers: int) -> tuple[list[Float32s], list[Float32s]]:
        """Modules in twos: a convolution in groups, one for each shaper, and a sine."""
        name = "newt.shaping_fn"
        last = self.indices(name)[-1]
        if last % 2:
            raise self.unfit(f"{name}.net has a layer number {last}, where every second number is one")
        weights, biases = [], []
        inputs = 1
        for index in range(0, last + 1, 2):
            layer = f"{name}.net.{index}"
            channels = self.shape(f"{layer}.weight", 3)[0]
            width = 1 if index == last else channels // shapers
            found = self.array(f"{layer}.weight", (shapers * width, inputs, 1))
            weights.append(found.reshape(shapers, width, inputs))
            biases.append(self.array(f"{layer}.bias", (shapers * width,)).reshape(shapers, width))
            inputs = width
        return weights, biases
