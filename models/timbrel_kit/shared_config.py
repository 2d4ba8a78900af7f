"""What the decoder of several instruments is made of: the sizes of any DDSP decoder, and each instrument's place.

Plain data, shared by training, export and the report.
Promises that the model file says where in its latent space each instrument stands; proved by `test_shared.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from timbrel_kit.decoder_config import Credits, DecoderConfig, Latent, metadata

# Latent dimensions: knobs that a player can turn. Fourteen instruments stand apart in four.
PLACES = 4


def walkable(dimensions: int) -> tuple[Latent, ...]:
    """Latent dimensions from -1 to 1 without meanings of their own."""
    return tuple(Latent(f"Place {index + 1}", -1.0, 1.0, 0.0) for index in range(dimensions))


@dataclass(frozen=True)
class SharedConfig(DecoderConfig):
    """One decoder for `instruments`, which start training at `places` [I, Z], within -1..1."""

    instruments: tuple[str, ...] = ()
    places: tuple[tuple[float, ...], ...] = ()
    # Width of what the network makes of a place before anything else reads it.
    character: int = 64

    @staticmethod
    def from_dict(values: dict[str, Any]) -> SharedConfig:
        latent = tuple(Latent(**item) for item in values.get("latent", ()))
        places = tuple(tuple(float(number) for number in place) for place in values.get("places", ()))
        return SharedConfig(
            **{**values, "latent": latent, "instruments": tuple(values.get("instruments", ())), "places": places}
        )


def shared_metadata(
    config: SharedConfig, places: list[list[float]], credits: Credits, parity_sha256: str
) -> dict[str, Any]:
    """The JSON object of `docs/model-format.md`, with the learned `places` of the instruments."""
    result = metadata(config, credits, parity_sha256)
    result["instruments"] = [
        {"name": name, "latent": [round(number, 6) for number in place]}
        for name, place in zip(config.instruments, places, strict=True)
    ]
    return result
