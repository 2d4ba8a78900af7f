"""What a model sounds like, whatever its family: whole sounds, and spectra of notes that stand still.

Runs in evaluation and for the card; needs no PyTorch.
Promises the sound of the formats' pages, impulse response included; proved by `test_evaluate.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from timbrel_kit import newt_render, render
from timbrel_kit.features import Floats, a_weighting, midi_to_hz
from timbrel_kit.newt_partials import partials
from timbrel_kit.newt_tables import TabledConstants
from timbrel_kit.runtime import Controls, Model, NewtControls

# Fine enough for the impulse responses' direct parts, which are some ten milliseconds long.
RESPONSE_POINTS = 1 << 15


def rendered(model: Model, f0_hz: Floats, controls: Controls | NewtControls) -> NDArray[np.float32]:
    """The sound [(T - 1) hop] of frames of a model's controls at f0 [T] in Hz."""
    meta = model.metadata
    rate, hop = meta["sample_rate"], meta["hop"]
    if isinstance(controls, NewtControls):
        constants = TabledConstants.of(model.newt_constants)
        top_hz = meta["newt"]["exciter_top_hz"]
        made = newt_render.dry(constants, top_hz, f0_hz, controls.film, rate, hop, np.float32)
        made = made * newt_render.between_frames(controls.presence, hop)
        made = made + render.noise(controls.noise_magnitudes, hop, 1)
    else:
        made = render.sound(f0_hz, controls, rate, hop)
    return newt_render.placed(made, model.impulse_response).astype(np.float32)


@dataclass(frozen=True)
class Spectra:
    """Partials [B, F, P] (peak amplitudes) at k f0 [B, F, P] in Hz, and noise gains [B, F, K], through the direct part
    of the impulse response."""

    partials: NDArray[np.float64]
    frequency_hz: NDArray[np.float64]
    noise: NDArray[np.float64]
    bands_hz: NDArray[np.float64]

    def power(self, measure: str = "power") -> NDArray[np.float64]:
        """Mean square [B, F] under a measure of loudness."""
        partials, noise = self._powers()
        if measure == "a_weighted":
            partials = partials * a_weighting(self.frequency_hz) ** 2
            noise = noise * a_weighting(self.bands_hz) ** 2
        return partials.sum(-1) + noise.sum(-1)

    def centroid_hz(self) -> NDArray[np.float64]:
        """Power-weighted mean frequency [B, F]."""
        partials, noise = self._powers()
        moment = (partials * self.frequency_hz).sum(-1) + (noise * self.bands_hz).sum(-1)
        return moment / (partials.sum(-1) + noise.sum(-1) + 1e-20)

    def _powers(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        share = np.full(len(self.bands_hz), 1.0 / (len(self.bands_hz) - 1))
        share[[0, -1]] *= 0.5
        return 0.5 * self.partials**2, self.noise**2 * share


def spectra(
    model: Model, midi: Floats, loudness_db: Floats, frames: NDArray[np.int64], latent: Floats | None = None
) -> Spectra:
    """Feeds a model midi, dB [B, T] from zero states, latent [T, Z]; its spectra at `frames` [F]."""
    meta = model.metadata
    controls = model.run_batch(midi, loudness_db, latent)
    f0_hz = midi_to_hz(np.asarray(midi)[:, frames])
    if model.family == "newt":
        film = controls["film"][:, frames]
        flat = film.reshape(-1, *film.shape[2:])
        constants = TabledConstants.of(model.newt_constants)
        heard = partials(constants, meta["newt"]["exciter_top_hz"], f0_hz.ravel(), flat, meta["sample_rate"])
        heard = heard.reshape(*f0_hz.shape, -1)
    else:
        heard = controls["amplitude"][:, frames, None] * controls["harmonic_distribution"][:, frames]
    frequency = f0_hz[..., None] * np.arange(1, heard.shape[-1] + 1)
    bands = np.linspace(0.0, 0.5 * meta["sample_rate"], meta["noise_bands"])
    direct = _direct_gain(model)
    return Spectra(heard * direct(frequency), frequency, controls["noise_magnitudes"][:, frames] * direct(bands), bands)


def _direct_gain(model: Model):
    """Gain by frequency in Hz of what of the impulse response cannot be turned down."""
    if model.impulse_response is None:
        return np.ones_like
    direct = model.impulse_response[: model.metadata["impulse_response"].get("direct", 1)]
    gain = np.abs(np.fft.rfft(direct.astype(np.float64), RESPONSE_POINTS))
    at_hz = np.fft.rfftfreq(RESPONSE_POINTS, 1.0 / model.metadata["sample_rate"])
    return lambda frequency: np.interp(frequency, at_hz, gain)
