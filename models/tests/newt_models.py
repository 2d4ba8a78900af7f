"""A NEWT model file whose film is known: it stands still but for its output, which follows the loudness asked for.

Made without PyTorch, for tests of what runs models.
Promises nothing of its own.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from test_newt_export import random_constants

from timbrel_kit.decoder_config import Credits
from timbrel_kit.newt_config import NewtConfig, newt_metadata
from timbrel_kit.newt_export import add_newt_constants
from timbrel_kit.onnx_graph import Nodes, model_with, write_model

SHAPERS, HARMONICS, LAYERS, BANDS = 5, 12, (3, 1), 9
# What the film below gives at 0 dB: output scales of one, so that levels are known only by measuring.
CONFIG = NewtConfig(
    sample_rate=16000,
    hop=128,
    harmonics=HARMONICS,
    noise_bands=BANDS,
    hidden=1,
    measure="power",
    shapers=SHAPERS,
    exciter_top_hz=7000.0,
    layers=LAYERS,
    impulse_samples=3,
    impulse_direct=2,
)
IMPULSE = np.float32([0.5, 0.25, 0.1])


def write_newt(path: Path, digest: str = "0" * 64) -> Path:
    """Writes the model: index scale 0.5 to 0.9, shift 0.1, output scale 10^(dB / 20), no noise."""
    nodes = Nodes()
    level_db = nodes.op("Div", nodes.op("Sub", "loudness", CONFIG.loudness_offset), CONFIG.loudness_scale)
    gain = nodes.op("Exp", nodes.op("Mul", level_db, math.log(10.0) / 20.0))
    shape = np.stack([np.linspace(0.5, 0.9, SHAPERS), np.full(SHAPERS, 0.1), np.zeros(SHAPERS), np.zeros(SHAPERS)])
    follows = np.zeros((4, SHAPERS))
    follows[2] = 1.0
    moving = nodes.op("Mul", nodes.op("Unsqueeze", gain, nodes.integers("last", 2)), nodes.constant("follows", follows))
    nodes.op("Add", moving, nodes.constant("shape", shape), output="film")
    silent = nodes.op("Mul", gain, 0.0)
    nodes.op("Mul", silent, nodes.constant("no_noise", np.zeros((1, BANDS))), output="noise_magnitudes")
    nodes.op("Mul", nodes.op("Add", "state_gru", "pitch"), 0.0, output="next_state_gru")
    nodes.op("Identity", nodes.constant("impulse", IMPULSE), output="impulse_response")
    inputs = [("pitch", ["batch", 1]), ("loudness", ["batch", 1]), ("state_gru", ["batch", 1])]
    outputs = [
        ("film", ["batch", 4, SHAPERS]),
        ("noise_magnitudes", ["batch", BANDS]),
        ("next_state_gru", ["batch", 1]),
        ("impulse_response", [len(IMPULSE)]),
    ]
    model = model_with(nodes, "test_newt", inputs, outputs)
    add_newt_constants(model.graph, random_constants(SHAPERS, HARMONICS, LAYERS))
    credits = Credits("Known", "tests", "CC0-1.0", "nothing")
    write_model(model, newt_metadata(CONFIG, credits, digest), path)
    return path
