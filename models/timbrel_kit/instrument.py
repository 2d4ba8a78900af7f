"""An instrument's folder: the model, its parity file and its card, written together.

Runs after training, or at any time from a checkpoint.
Promises that what is written agrees with PyTorch within the parity tolerance; proved by `test_export.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from timbrel_kit.decoder_config import Credits
from timbrel_kit.errors import KitError
from timbrel_kit.families import described, graph_of
from timbrel_kit.front_end import FrontEnd
from timbrel_kit.onnx_graph import write_model
from timbrel_kit.parity import TOLERANCE, parity_error, write_parity


def file_stem(name: str) -> str:
    """File name of an instrument: lower case letters, digits and dashes."""
    stem = "".join(c if c.isalnum() else "-" for c in name.lower()).strip("-")
    if not stem:
        raise KitError(f"The name {name!r} has no letter or digit to make a file name of.")
    return stem


def write_instrument(decoder: FrontEnd, credits: Credits, folder: Path, say: Callable[[str], None]) -> Path:
    """Writes NAME.onnx and NAME.parity.npz and checks one against the other. Returns the model's path."""
    decoder.eval()
    stem = file_stem(credits.name)
    parity = folder / f"{stem}.parity.npz"
    model = folder / f"{stem}.onnx"
    digest = write_parity(decoder, parity)
    write_model(graph_of(decoder), described(decoder, credits, digest), model)
    error = parity_error(model, parity)
    say(f"ONNX Runtime against PyTorch: largest difference {error:.2e} (bound {TOLERANCE:g}).")
    if error > TOLERANCE:
        raise KitError(f"{model} differs from PyTorch by {error:.2e}, more than {TOLERANCE:g}.")
    say(
        f"Wrote {model} ({model.stat().st_size / 1e6:.2f} MB) and {parity.name} ({parity.stat().st_size / 1e3:.0f} kB)."
    )
    return model
