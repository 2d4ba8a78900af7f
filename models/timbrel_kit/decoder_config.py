"""What a DDSP decoder is made of: sizes, scalings and trained ranges.

Plain data, shared by training, export and tests.
Promises that `metadata` has every field that `docs/model-format.md` requires; proved by `test_export.py`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from timbrel_kit import FORMAT_VERSION
from timbrel_kit.errors import KitError

# What the network remembers with: a GRU (`memory.py`) or dilated causal convolutions (`convolution.py`).
CORES = ("gru", "convolution")
CONVOLUTION_TAPS = 3


@dataclass(frozen=True)
class Latent:
    """One latent dimension as the player sees it."""

    name: str
    low: float
    high: float
    default: float


@dataclass(frozen=True)
class DecoderConfig:
    """Sizes and scalings of one decoder. Units: Hz, samples, MIDI pitch, dBFS."""

    sample_rate: int = 48000
    hop: int = 192
    harmonics: int = 128
    noise_bands: int = 65
    hidden: int = 128
    # One of CORES.
    core: str = "gru"
    # Longest time constant of the GRU's units, seconds, 0 for no bound; or how far a convolution sees back at most.
    memory_seconds: float = 0.0
    # Points of the learned body, gains over absolute log frequency shared by all pitches; 0 for none.
    body_points: int = 128
    # Frames of past input that the decoder sees through the state "history"; 0 for none.
    history: int = 0
    pitch_unit: str = "midi"
    pitch_scale: float = 1.0 / 12.0
    pitch_offset: float = -5.0
    pitch_low: float = 36.0
    pitch_high: float = 84.0
    measure: str = "a_weighted"
    loudness_scale: float = 1.0 / 40.0
    loudness_offset: float = 1.0
    low_db: float = -80.0
    high_db: float = -10.0
    soft_db: float = -45.0
    loud_db: float = -15.0
    latent: tuple[Latent, ...] = field(default=())
    # Length of the learned impulse response; 0 for none.
    impulse_samples: int = 0

    def states(self) -> list[tuple[str, tuple[int, ...]]]:
        """Name and shape (without the batch) of each state tensor, in the order of the graph."""
        shapes = self.core_states()
        if self.history:
            shapes.append(("history", (self.history, 2 + len(self.latent))))
        return shapes

    def core_states(self) -> list[tuple[str, tuple[int, ...]]]:
        """Those of the temporal core: the GRU's units, or the past of each convolution's input."""
        if self.core == "gru":
            return [("gru", (self.hidden,))]
        return [
            (f"past_{index}", ((CONVOLUTION_TAPS - 1) * dilation, self.core_width))
            for index, dilation in enumerate(self.dilations())
        ]

    @property
    def core_width(self) -> int:
        """Units that the core gives to the layers after it. Half as many make a convolution as large as a GRU."""
        return self.hidden if self.core == "gru" else max(self.hidden // 2, 1)

    def dilations(self) -> list[int]:
        """Frames between the taps of each convolution: as many layers as see back over `memory_seconds` at most.

        Raises KitError where that is less than the first layer sees.
        """
        frames = self.memory_seconds * self.sample_rate / self.hop
        dilations: list[int] = []
        while (CONVOLUTION_TAPS - 1) * (sum(dilations) + CONVOLUTION_TAPS ** len(dilations)) <= frames:
            dilations.append(CONVOLUTION_TAPS ** len(dilations))
        if not dilations:
            raise KitError(
                f"A convolution needs a memory of {CONVOLUTION_TAPS - 1} frames at least, which is "
                f"{(CONVOLUTION_TAPS - 1) * self.hop / self.sample_rate:.3f} s; it was given {self.memory_seconds:g} s."
            )
        return dilations

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_dict(values: dict[str, Any]) -> DecoderConfig:
        latent = tuple(Latent(**item) for item in values.get("latent", ()))
        return DecoderConfig(**{**values, "latent": latent})


@dataclass(frozen=True)
class Credits:
    """Who made the instrument, from what, and on which terms."""

    name: str
    author: str
    licence: str
    trained_on: str
    card: str = ""


def metadata(config: DecoderConfig, credits: Credits, parity_sha256: str) -> dict[str, Any]:
    """The JSON object of `docs/model-format.md`, Metadata."""
    result: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "family": "ddsp",
        "name": credits.name,
        "author": credits.author,
        "licence": credits.licence,
        "trained_on": credits.trained_on,
        "sample_rate": config.sample_rate,
        "hop": config.hop,
        "pitch": {
            "unit": config.pitch_unit,
            "scale": config.pitch_scale,
            "offset": config.pitch_offset,
            "low": config.pitch_low,
            "high": config.pitch_high,
        },
        "loudness": {
            "measure": config.measure,
            "scale": config.loudness_scale,
            "offset": config.loudness_offset,
            "low_db": config.low_db,
            "high_db": config.high_db,
            "soft_db": config.soft_db,
            "loud_db": config.loud_db,
        },
        "latent": [asdict(item) for item in config.latent],
        "harmonics": config.harmonics,
        "noise_bands": config.noise_bands,
        "states": [{"name": name, "shape": list(shape)} for name, shape in config.states()],
        "impulse_response": {"samples": config.impulse_samples} if config.impulse_samples else None,
        "parity_sha256": parity_sha256,
    }
    if credits.card:
        result["card"] = credits.card
    return result
