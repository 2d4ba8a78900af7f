"""Reads a PyTorch checkpoint with NumPy alone: the zip of a pickle and of one file for each block of numbers.

Runs when a checkpoint is imported. The pickle can build plain data and name tensors, and nothing else: a class that is
not on the list is refused by name, and no code of the file is ever run.
Promises one sentence for whatever may be wrong with the file; proved by `test_torch_checkpoint.py`.
"""

from __future__ import annotations

import io
import math
import pickle
import pickletools
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from timbrel_kit.errors import UnusableCheckpoint

# A state dictionary of this family has some kilobytes of names; a file that unpacks to more is no such checkpoint.
LARGEST_PICKLE_BYTES = 16 << 20
LARGEST_TENSOR_BYTES = 1 << 30
MOST_DIMENSIONS = 8

STORAGE_TYPES = {
    "DoubleStorage": "f8",
    "FloatStorage": "f4",
    "HalfStorage": "f2",
    "LongStorage": "i8",
    "IntStorage": "i4",
    "ShortStorage": "i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
}


# What a pickle may build is made of tuples: a file can alter the attributes of anything else after it was checked.


class StorageType(NamedTuple):
    """Stands for a storage class of PyTorch: the NumPy type of its elements."""

    kind: str


class Storage(NamedTuple):
    """A block of numbers in the zip: its key, the type and number of its elements."""

    key: str
    kind: str
    count: int


class TensorView(NamedTuple):
    """Where a tensor lies in a storage, in elements."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class Named(NamedTuple):
    """Stands for a class that serves as a mere name in the file, such as the key of a callback's state."""

    name: str


class _Tensor:
    """In place of `torch._utils._rebuild_tensor_v2`. Without a dictionary of its own, so that no file can alter it."""

    __slots__ = ()

    def __call__(self, storage: Any, offset: Any, shape: Any, strides: Any, *_: Any) -> TensorView:
        if not isinstance(storage, Storage):
            raise pickle.UnpicklingError("a tensor without a storage")
        whole = all(isinstance(value, int) and value >= 0 for value in (offset, *shape, *strides))
        if not whole or len(shape) != len(strides) or len(shape) > MOST_DIMENSIONS:
            raise pickle.UnpicklingError("a tensor whose shape makes no sense")
        return TensorView(storage, offset, tuple(shape), tuple(strides))


class _Parameter:
    """In place of `torch._utils._rebuild_parameter`."""

    __slots__ = ()

    def __call__(self, value: Any, *_: Any) -> Any:
        return value


class ForeignClass(Exception):
    """The pickle asks for a class that no such checkpoint needs."""


class _Reader(pickle.Unpickler):
    """An unpickler that knows the classes below and no other."""

    KNOWN: dict[tuple[str, str], Any] = {  # noqa: RUF012
        ("collections", "OrderedDict"): OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): _Tensor(),
        ("torch._utils", "_rebuild_parameter"): _Parameter(),
        # Lightning 1.0 to 1.4 keys the states of callbacks by their class.
        ("pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint"): Named("ModelCheckpoint"),
        ("pytorch_lightning.callbacks.early_stopping", "EarlyStopping"): Named("EarlyStopping"),
        # A dictionary by another name, where Lightning keeps hyper-parameters.
        ("pytorch_lightning.utilities.parsing", "AttributeDict"): dict,
        ("lightning_fabric.utilities.data", "AttributeDict"): dict,
        **{("torch", name): StorageType(kind) for name, kind in STORAGE_TYPES.items()},
    }

    def find_class(self, module: str, name: str) -> Any:
        found = self.KNOWN.get((module, name))
        if found is None:
            raise ForeignClass(f"{module}.{name}")
        return found

    def persistent_load(self, pid: Any) -> Storage:
        word, kind, key, _, count = pid
        if word != "storage" or not isinstance(kind, StorageType) or not isinstance(key, str):
            raise pickle.UnpicklingError("a reference that is no storage")
        if not isinstance(count, int) or count < 0:
            raise pickle.UnpicklingError("a storage without a size")
        return Storage(key, kind.kind, count)


class Checkpoint:
    """The values of a checkpoint; tensors are read when they are asked for."""

    def __init__(self, path: Path) -> None:
        """Reads the names and shapes of everything in the file."""
        self.path = path
        try:
            self._content = path.read_bytes()
        except OSError as error:
            raise UnusableCheckpoint(f"{path} cannot be read: {error.strerror or error}.") from error
        self._zip = self._opened()
        pickles = [name for name in self._zip.namelist() if name.endswith("/data.pkl")]
        if len(pickles) != 1:
            raise UnusableCheckpoint(
                f"{path} is a zip file, but no PyTorch checkpoint: it holds {len(pickles)} files 'data.pkl', not 1."
            )
        self._root = pickles[0].removesuffix("data.pkl")
        self._order = ">" if self._byte_order() == b"big" else "<"
        self.values: Any = self._unpickled(self._member(pickles[0], LARGEST_PICKLE_BYTES))

    def array(self, name: str, view: TensorView) -> NDArray[Any]:
        """The numbers of a tensor. `name` is for the sentence if it is damaged."""
        storage = view.storage
        kind = np.dtype(storage.kind).newbyteorder(self._order)
        data = self._member(f"{self._root}data/{storage.key}", LARGEST_TENSOR_BYTES, name)
        if len(data) != storage.count * kind.itemsize:
            raise UnusableCheckpoint(
                f"{self.path} is damaged: the tensor {name} lies in {len(data)} bytes, "
                f"where {storage.count * kind.itemsize} were announced."
            )
        reach = sum((size - 1) * stride for size, stride in zip(view.shape, view.strides, strict=True))
        count = math.prod(view.shape)
        beyond = view.offset + reach >= storage.count or count > storage.count
        if count == 0:
            beyond = math.prod(max(size, 1) for size in view.shape) > LARGEST_TENSOR_BYTES
        if beyond:
            raise UnusableCheckpoint(f"{self.path} is damaged: the tensor {name} reaches beyond its numbers.")
        numbers = np.frombuffer(data, dtype=kind)
        if not count:
            return np.empty(view.shape, dtype=kind.newbyteorder("="))
        strides = [stride * kind.itemsize for stride in view.strides]
        placed = np.lib.stride_tricks.as_strided(numbers[view.offset :], view.shape, strides, writeable=False)
        return placed.astype(kind.newbyteorder("="))

    def _opened(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(io.BytesIO(self._content))
        except Exception as error:  # zipfile raises many kinds on damaged files
            if self._content[:4] == b"PK\x03\x04":
                raise UnusableCheckpoint(
                    f"{self.path} is cut short or damaged: the directory at the end of the zip file is missing "
                    f"({len(self._content)} bytes found)."
                ) from error
            raise UnusableCheckpoint(
                f"{self.path} is no PyTorch checkpoint: those are zip files since PyTorch 1.6, and this is none."
            ) from error

    def _byte_order(self) -> bytes:
        """What PyTorch 2.1 and later write down; before, everything was little-endian."""
        name = f"{self._root}byteorder"
        return self._member(name, 16) if name in self._zip.namelist() else b"little"

    def _member(self, name: str, largest: int, tensor: str | None = None) -> bytes:
        what = f"the tensor {tensor}" if tensor else f"'{name}'"
        try:
            size = self._zip.getinfo(name).file_size
            if size > largest:
                raise UnusableCheckpoint(f"{self.path} holds {size} bytes for {what}; at most {largest} are read.")
            return self._zip.read(name)
        except UnusableCheckpoint:
            raise
        except Exception as error:  # zipfile and zlib raise many kinds on damaged files
            raise UnusableCheckpoint(f"{self.path} is damaged: {what} cannot be read ({_said(error)}).") from error

    def _unpickled(self, data: bytes) -> Any:
        try:
            _check_memory(data)
            return _Reader(io.BytesIO(data)).load()
        except ForeignClass as error:
            raise UnusableCheckpoint(
                f"{self.path} asks for the class {error}, which no checkpoint of this family needs. "
                "Nothing of it was run; import only files whose source you trust."
            ) from error
        except Exception as error:  # a damaged pickle can raise nearly anything
            raise UnusableCheckpoint(f"{self.path} is damaged: its list of tensors ends in {_said(error)}.") from error


def _check_memory(data: bytes) -> None:
    """Refuses a pickle that numbers what it remembers beyond its length: the unpickler would fill memory with it."""
    for operation, argument, _ in pickletools.genops(data):
        if operation.name in ("PUT", "BINPUT", "LONG_BINPUT") and argument > len(data):
            raise pickle.UnpicklingError(f"a value remembered as number {argument}")


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".strip(": ").rstrip(".")
