"""What a NEWT decoder is made of: the front end's sizes and scalings, and those of the waveshapers.

Plain data, shared by training, import, export and tests.
Promises that `newt_metadata` has every field of `docs/model-format-newt.md`; proved by `test_newt_train.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from timbrel_kit.decoder_config import Credits, DecoderConfig, Latent, metadata

# Partials that are compared with recordings, as many as the DDSP family plays.
JUDGED_PARTIALS = 128


@dataclass(frozen=True)
class NewtConfig(DecoderConfig):
    """`harmonics` are the exciter's partials; what the shapers make above them has no number here."""

    harmonics: int = 64
    # A NEWT has no body: what belongs to absolute frequencies is left to the network.
    body_points: int = 0
    shapers: int = 24
    # Exciter partials at or above this are left out, Hz.
    exciter_top_hz: float = 8000.0
    # Widths of each shaper's sine network, the last being 1; None where the shapers are no sine networks.
    layers: tuple[int, ...] | None = (8, 8, 1)
    # First samples of the impulse response that always sound; the rest is the room that can be turned down.
    impulse_direct: int = 1

    @staticmethod
    def from_dict(values: dict[str, Any]) -> NewtConfig:
        latent = tuple(Latent(**item) for item in values.get("latent", ()))
        layers = values.get("layers", (8, 8, 1))
        return NewtConfig(**{**values, "latent": latent, "layers": None if layers is None else tuple(layers)})


def newt_metadata(config: NewtConfig, credits: Credits, parity_sha256: str) -> dict[str, Any]:
    """The JSON object of `docs/model-format-newt.md`, Metadata."""
    result = metadata(config, credits, parity_sha256)
    result["family"] = "newt"
    result["newt"] = {
        "shapers": config.shapers,
        "exciter_top_hz": config.exciter_top_hz,
        "layers": None if config.layers is None else list(config.layers),
    }
    if config.impulse_samples:
        result["impulse_response"] = {"samples": config.impulse_samples, "direct": config.impulse_direct}
    return result
