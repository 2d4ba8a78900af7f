"""Reads the weights of a TensorFlow checkpoint ("tensor bundle") without TensorFlow.

Runs in the report, for the network whose features the Frechet distance is taken on.
Promises the arrays that a bundle names, or a sentence; proved by `test_tensor_bundle.py`.

A bundle is two files: `PREFIX.index`, a sorted table of keys (the format of LevelDB's table files: blocks of
prefix-compressed entries, an index block, a footer), whose values are protocol buffers that say type, shape, offset and
size, and `PREFIX.data-00000-of-00001`, the bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from timbrel_kit.errors import KitError

FOOTER_BYTES = 48
TABLE_MAGIC = 0xDB4775248B80FB57
# Each block is followed by a byte for its compression and a checksum.
UNCOMPRESSED = 0
# TensorFlow's numbers for the types that weights have.
TYPES = {1: np.float32, 2: np.float64, 3: np.int32, 9: np.int64}
# Fields of a BundleEntryProto, and of the shapes in it.
DTYPE, SHAPE, SHARD, OFFSET, SIZE = 1, 2, 3, 4, 5
DIMENSION, EXTENT = 2, 1
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


def read_bundle(prefix: str) -> dict[str, np.ndarray]:
    """All arrays of a bundle by name; `prefix` may end in a slash. Raises KitError where it cannot be read here."""
    index, data = Path(f"{prefix}.index"), Path(f"{prefix}.data-00000-of-00001")
    try:
        table, content = index.read_bytes(), data.read_bytes()
    except OSError as error:
        raise KitError(f"The checkpoint {prefix} cannot be read: {error}.") from error
    try:
        return {key.decode(): _array(value, content) for key, value in _entries(table) if key}
    except (IndexError, KeyError, ValueError) as error:
        raise KitError(f"{index} is not a TensorFlow checkpoint that can be read here: {error}.") from error


def _array(entry: bytes, content: bytes) -> np.ndarray:
    fields = dict(_fields(entry))
    if fields.get(SHARD, 0):
        raise ValueError("it has several data files")
    kind = np.dtype(TYPES[fields[DTYPE]])
    dimensions = [value for number, value in _fields(fields.get(SHAPE, b"")) if number == DIMENSION]
    shape = [dict(_fields(dimension)).get(EXTENT, 0) for dimension in dimensions]
    start = fields.get(OFFSET, 0)
    return np.frombuffer(content[start : start + fields[SIZE]], dtype=kind).reshape(shape)


def _entries(table: bytes) -> Iterator[tuple[bytes, bytes]]:
    footer = table[-FOOTER_BYTES:]
    if len(footer) < FOOTER_BYTES or int.from_bytes(footer[-8:], "little") != TABLE_MAGIC:
        raise ValueError("it does not end as a table does")
    _, at = _handle(footer, 0)
    (start, size), _ = _handle(footer, at)
    for _, handle in _block(table, start, size):
        (start, size), _ = _handle(handle, 0)
        yield from _block(table, start, size)


def _block(table: bytes, start: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    if table[start + size] != UNCOMPRESSED:
        raise ValueError("its index is compressed")
    block = table[start : start + size]
    restarts = int.from_bytes(block[-4:], "little")
    end = len(block) - 4 * (restarts + 1)
    at, key = 0, b""
    while at < end:
        shared, at = _varint(block, at)
        own, at = _varint(block, at)
        length, at = _varint(block, at)
        key = key[:shared] + block[at : at + own]
        yield key, block[at + own : at + own + length]
        at += own + length


def _handle(content: bytes, at: int) -> tuple[tuple[int, int], int]:
    start, at = _varint(content, at)
    size, at = _varint(content, at)
    return (start, size), at


def _varint(content: bytes, at: int) -> tuple[int, int]:
    value, shift = 0, 0
    while True:
        byte = content[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Numbers and values of a protocol buffer's fields."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, wire = tag >> 3, tag & 7
        if wire == VARINT:
            value, at = _varint(message, at)
        elif wire == BYTES:
            length, at = _varint(message, at)
            value, at = message[at : at + length], at + length
        elif wire in (FIXED32, FIXED64):
            length = 4 if wire == FIXED32 else 8
            value, at = message[at : at + length], at + length
        else:
            raise ValueError(f"it has a field of the unknown kind {wire}")
        yield number, value
