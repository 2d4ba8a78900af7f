"""Features of a published music tagger, for the Frechet distance: musicnn (J. Pons and X. Serra, 2019).

Runs in the report, in NumPy; reads the weights that the Python package `musicnn` ships (ISC), and none of its code.
Promises that the network hears what it was trained to hear (a cello is a cello); proved by `test_music_features.py`.

The network was trained on MagnaTagATune at 16 kHz: a front end of wide and tall filters over log-mel spectra, three
layers over time, means and maxima over the window, a dense layer of 200, which are the features here.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from timbrel_kit.errors import KitError
from timbrel_kit.features import Floats
from timbrel_kit.mel import filterbank, mel_power
from timbrel_kit.tensor_bundle import read_bundle

RATE = 16000
FFT_SIZE, HOP, MEL_BANDS = 512, 256, 96
# Windows over which features are pooled: a second, every half.
WINDOW_FRAMES, WINDOW_STEP = 63, 31
NORMALISATION_EPSILON = 1e-3
CHECKPOINT = "MTT_musicnn"
FEATURES = 200


@cache
def weights() -> dict[str, np.ndarray]:
    """The trained arrays. Raises KitError where the package is not installed."""
    found = importlib.util.find_spec("musicnn")
    if found is None or not found.submodule_search_locations:
        raise KitError(
            "The report needs the weights of musicnn: pip install --no-deps -r models/requirements-report.txt."
        )
    return read_bundle(str(Path(found.submodule_search_locations[0]) / CHECKPOINT) + "/")


def log_mel(audio: Floats, sample_rate: int) -> NDArray[np.float32]:
    """What the network is fed: [T, MEL_BANDS]."""
    divisor = int(np.gcd(sample_rate, RATE))
    slow = signal.resample_poly(audio, RATE // divisor, sample_rate // divisor).astype(np.float32)
    triangles = filterbank(RATE, FFT_SIZE, MEL_BANDS, 0.0, 0.5 * RATE)
    return np.log10(10000.0 * mel_power(slow, FFT_SIZE, HOP, triangles) + 1.0).astype(np.float32)


def features(audio: Floats, sample_rate: int) -> NDArray[np.float32]:
    """Features [windows, FEATURES] of a sound; one shorter than a window is one window."""
    maps = _maps(log_mel(audio, sample_rate))
    starts = range(0, max(len(maps) - WINDOW_FRAMES, 0) + 1, WINDOW_STEP)
    windows = [maps[start : start + WINDOW_FRAMES] for start in starts]
    pooled = np.stack([np.stack([w.max(0), w.mean(0)], axis=1).ravel() for w in windows])
    return _normalised(np.maximum(_dense("dense", _normalised(pooled, 9)), 0.0), 10)


def tags(found: Floats) -> NDArray[np.float32]:
    """What the tagger says of features [windows, FEATURES]: probabilities [windows, 50]."""
    return 1.0 / (1.0 + np.exp(-_dense("dense_1", np.asarray(found))))


def _maps(spectrum: NDArray[np.float32]) -> NDArray[np.float32]:
    """All maps over time that are pooled: [T, 753]."""
    heard = _normalised(spectrum[..., None], 0)[..., 0]
    front = [_tall(heard, "conv2d", 1), _tall(heard, "conv2d_1", 2)]
    front += [_long(heard, f"conv2d_{index}", index + 1) for index in (2, 3, 4)]
    first = np.concatenate(front, axis=1)
    layers = [first, _over_time(first, "conv2d_5", 6)]
    for name, index in (("conv2d_6", 7), ("conv2d_7", 8)):
        layers.append(layers[-1] + _over_time(layers[-1], name, index))
    return np.concatenate(layers, axis=1)


def _tall(heard: NDArray[np.float32], name: str, index: int) -> NDArray[np.float32]:
    """Filters over 7 frames and most of the bands, wherever they fit best: [T, filters]."""
    kernel = weights()[f"{name}/kernel"][:, :, 0]
    frames, bands, filters = kernel.shape
    padded = np.pad(heard, ((frames // 2, frames // 2), (0, 0)))
    patches = np.lib.stride_tricks.sliding_window_view(padded, (frames, bands))
    flat = kernel.reshape(-1, filters)
    rows = [_activated(patch.reshape(len(patch), -1) @ flat, name, index).max(0) for patch in patches]
    return np.stack(rows)


def _long(heard: NDArray[np.float32], name: str, index: int) -> NDArray[np.float32]:
    """Filters over many frames of one band, in the band that fits best: [T, filters]."""
    kernel = weights()[f"{name}/kernel"][:, 0, 0]
    before = (len(kernel) - 1) // 2
    padded = np.pad(heard, ((before, len(kernel) - 1 - before), (0, 0)))
    patches = np.lib.stride_tricks.sliding_window_view(padded, len(kernel), axis=0)
    return np.stack([_activated(patch @ kernel, name, index).max(0) for patch in patches])


def _over_time(maps: NDArray[np.float32], name: str, index: int) -> NDArray[np.float32]:
    """A layer over 7 frames of all maps: [T, filters]."""
    kernel = weights()[f"{name}/kernel"][:, :, 0]
    before = len(kernel) // 2
    padded = np.pad(maps, ((before, before), (0, 0)))
    patches = np.lib.stride_tricks.sliding_window_view(padded, len(kernel), axis=0).transpose(0, 2, 1)
    return _activated(patches.reshape(len(maps), -1) @ kernel.reshape(-1, kernel.shape[-1]), name, index)


def _activated(values: NDArray[np.float32], name: str, index: int) -> NDArray[np.float32]:
    return _normalised(np.maximum(values + weights()[f"{name}/bias"], 0.0), index)


def _dense(name: str, values: NDArray[np.float32]) -> NDArray[np.float32]:
    return values @ weights()[f"{name}/kernel"] + weights()[f"{name}/bias"]


def _normalised(values: NDArray[np.float32], index: int) -> NDArray[np.float32]:
    """Batch normalisation by the means and variances of training."""
    prefix = "batch_normalization" + (f"_{index}" if index else "")
    read = weights()
    scale = read[f"{prefix}/gamma"] / np.sqrt(read[f"{prefix}/moving_variance"] + NORMALISATION_EPSILON)
    return (values - read[f"{prefix}/moving_mean"]) * scale + read[f"{prefix}/beta"]
