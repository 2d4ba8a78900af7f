"""The families of decoders: which class and which configuration belong together, and how one is written down.

Plain look-ups; whoever trains or exports asks here instead of asking for a class.
Promises that a checkpoint says which family it holds; proved by `test_newt_train.py`.
"""

from __future__ import annotations

from typing import Any

import onnx

from timbrel_kit import export, newt_graph, shared_graph
from timbrel_kit.decoder import Decoder
from timbrel_kit.decoder_config import Credits, DecoderConfig, metadata
from timbrel_kit.front_end import FrontEnd
from timbrel_kit.newt_config import NewtConfig, newt_metadata
from timbrel_kit.newt_decoder import NewtDecoder
from timbrel_kit.shared_config import SharedConfig, shared_metadata
from timbrel_kit.shared_decoder import SharedDecoder

FAMILIES = ("ddsp", "newt", "shared")
_CONFIGS = {"ddsp": DecoderConfig, "newt": NewtConfig, "shared": SharedConfig}
_DECODERS = {"ddsp": Decoder, "newt": NewtDecoder, "shared": SharedDecoder}


def family_of(config: DecoderConfig) -> str:
    """The kit's family. To the plugin, what is shared is DDSP too: the `family` of its metadata is that."""
    if isinstance(config, SharedConfig):
        return "shared"
    return "newt" if isinstance(config, NewtConfig) else "ddsp"


def decoder_of(config: DecoderConfig) -> FrontEnd:
    """A decoder with random weights."""
    return _DECODERS[family_of(config)](config)


def config_from(checkpoint: dict[str, Any]) -> DecoderConfig:
    """The configuration in a checkpoint; those written before there were families are of DDSP."""
    return _CONFIGS[checkpoint.get("family", "ddsp")].from_dict(checkpoint["config"])


def graph_of(decoder: FrontEnd) -> onnx.ModelProto:
    """The ONNX model of a decoder, without metadata."""
    graphs = {"ddsp": export.build, "newt": newt_graph.build, "shared": shared_graph.build}
    return graphs[family_of(decoder.config)](decoder)


def described(decoder: FrontEnd, credits: Credits, parity_sha256: str) -> dict[str, Any]:
    """The metadata of the model file."""
    config = decoder.config
    if isinstance(decoder, SharedDecoder):
        return shared_metadata(decoder.config, decoder.places().tolist(), credits, parity_sha256)
    if isinstance(config, NewtConfig):
        return newt_metadata(config, credits, parity_sha256)
    return metadata(config, credits, parity_sha256)
