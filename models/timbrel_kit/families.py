"""The families of decoders: which class and which configuration belong together, and how one is written down.

Plain look-ups; whoever trains or exports asks here instead of asking for a class.
Promises that a checkpoint says which family it holds; proved by `test_newt_train.py`.
"""

from __future__ import annotations

from typing import Any

import onnx

from timbrel_kit import export, newt_graph
from timbrel_kit.decoder import Decoder
from timbrel_kit.decoder_config import Credits, DecoderConfig, metadata
from timbrel_kit.front_end import FrontEnd
from timbrel_kit.newt_config import NewtConfig, newt_metadata
from timbrel_kit.newt_decoder import NewtDecoder

FAMILIES = ("ddsp", "newt")


def family_of(config: DecoderConfig) -> str:
    """The `family` of the metadata."""
    return "newt" if isinstance(config, NewtConfig) else "ddsp"


def decoder_of(config: DecoderConfig) -> FrontEnd:
    """A decoder with random weights."""
    return NewtDecoder(config) if isinstance(config, NewtConfig) else Decoder(config)


def config_from(checkpoint: dict[str, Any]) -> DecoderConfig:
    """The configuration in a checkpoint; those written before there were families are of DDSP."""
    kind = NewtConfig if checkpoint.get("family", "ddsp") == "newt" else DecoderConfig
    return kind.from_dict(checkpoint["config"])


def graph_of(decoder: FrontEnd) -> onnx.ModelProto:
    """The ONNX model of a decoder, without metadata."""
    return newt_graph.build(decoder) if isinstance(decoder, NewtDecoder) else export.build(decoder)


def described(config: DecoderConfig, credits: Credits, parity_sha256: str) -> dict[str, Any]:
    """The metadata of the model file."""
    if isinstance(config, NewtConfig):
        return newt_metadata(config, credits, parity_sha256)
    return metadata(config, credits, parity_sha256)
