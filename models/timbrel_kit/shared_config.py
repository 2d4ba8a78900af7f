"""What the decoder of several instruments is made of: the sizes of any DDSP decoder, and each instrument's place.

Plain data, shared by training, export and the report.
Promises that the model file says where in its latent space each instrument stands; proved by `test_shared.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from timbrel_kit.decoder_config import Credits, DecoderConfig, Latent, metadata
from timbrel_kit.errors import KitError

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


def playable(config: SharedConfig, places: list[list[float]], rest: list[str], names: list[str] | None) -> SharedConfig:
    """The same with latent dimensions for players: as far as the learned `places` [I, Z] reach, at rest between the
    instruments `rest`, under `names` [Z] (those of training if None).

    Raises KitError where an instrument is not known, or names are too few or too many.
    """
    for name in rest:
        if name not in config.instruments:
            raise KitError(f"There is no instrument {name} in this model; it knows {', '.join(config.instruments)}.")
    names = names or [item.name for item in config.latent]
    if len(names) != len(config.latent):
        raise KitError(f"{len(names)} names were given for {len(config.latent)} dimensions.")
    learned = np.array(places)
    middle = learned[[config.instruments.index(name) for name in rest]].mean(0)
    dimensions = []
    for name, values, default in zip(names, learned.T, middle, strict=True):
        low, high = math.floor(100.0 * values.min()) / 100.0, math.ceil(100.0 * values.max()) / 100.0
        dimensions.append(Latent(name, low, high, round(float(default), 4)))
    return replace(config, latent=tuple(dimensions))


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
