"""TensorFlow's checkpoints without TensorFlow.

Runs without PyTorch and without the report's weights.
Promises what `tensor_bundle.py` promises.
"""

from pathlib import Path

import numpy as np
import pytest

from timbrel_kit.errors import KitError
from timbrel_kit.tensor_bundle import TABLE_MAGIC, read_bundle

ARRAYS = {
    "layer/bias": np.arange(3, dtype=np.float32),
    "layer/kernel": np.arange(300, dtype=np.float32).reshape(20, 5, 3),
    "step": np.array(7, dtype=np.int64),
}


def varint(value: int) -> bytes:
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def message(*fields: tuple[int, int | bytes]) -> bytes:
    out = b""
    for number, value in fields:
        if isinstance(value, bytes):
            out += varint(number << 3 | 2) + varint(len(value)) + value
        else:
            out += varint(number << 3) + varint(value)
    return out


def block(entries: list[tuple[bytes, bytes]]) -> bytes:
    """Entries that share prefixes with their predecessors, one restart point, no compression, no checksum."""
    out, last = b"", b""
    for key, value in entries:
        shared = 0
        while shared < min(len(key), len(last)) and key[shared] == last[shared]:
            shared += 1
        out += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        last = key
    return out + (0).to_bytes(4, "little") + (1).to_bytes(4, "little")


def write_bundle(folder: Path, shard: int = 0) -> str:
    """A bundle as TensorFlow writes it: a header under the empty key, then one entry for each array."""
    data, entries = b"", [(b"", message((1, 1)))]
    for name, array in sorted(ARRAYS.items()):
        shape = b"".join(message((2, message((1, size)))) for size in array.shape)
        kind = 1 if array.dtype == np.float32 else 9
        entry = (
            message((1, kind), (2, shape), (3, shard), (4, len(data)), (5, array.nbytes)) + varint(6 << 3 | 5) + b"crc!"
        )
        entries.append((name.encode(), entry))
        data += array.tobytes()
    first = block(entries)
    table = first + b"\0crc!"
    handle = varint(0) + varint(len(first))
    index = block([(b"zzz", handle)])
    at = len(table)
    table += index + b"\0crc!"
    footer = (varint(0) + varint(0) + varint(at) + varint(len(index))).ljust(40, b"\0")
    table += footer + TABLE_MAGIC.to_bytes(8, "little")
    (folder / ".index").write_bytes(table)
    (folder / ".data-00000-of-00001").write_bytes(data)
    return f"{folder}/"


def test_every_array_is_read_with_its_name_shape_and_type(tmp_path: Path) -> None:
    found = read_bundle(write_bundle(tmp_path))
    assert set(found) == set(ARRAYS)
    for name, expected in ARRAYS.items():
        assert found[name].dtype == expected.dtype
        assert np.array_equal(found[name], expected)


def test_what_is_no_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(KitError, match="cannot be read"):
        read_bundle(f"{tmp_path}/missing")
    prefix = write_bundle(tmp_path)
    (tmp_path / ".index").write_bytes(b"not a table")
    with pytest.raises(KitError, match="does not end as a table does"):
        read_bundle(prefix)
    with pytest.raises(KitError, match="several data files"):
        read_bundle(write_bundle(tmp_path, shard=1))
