"""Reads weight.bin, the file of constants of a Core ML program (blob storage, version 2).

The format is the one that coremltools writes: a header of 64 bytes (uint32 number of blobs, uint32 version 2, zeros);
each blob is a record of 64 bytes (uint32 0xDEADBEEF, uint32 type, uint64 bytes, uint64 offset of the data, uint64 bits
of padding in the last byte, zeros) and its data, both at multiples of 64. All little-endian. A program names a blob by
the offset of its record.
"""

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sdkgen.errors import PackageError

Array = npt.NDArray[np.generic]

_ALIGNMENT = 64
_VERSION = 2
_SENTINEL = 0xDEADBEEF
_HEADER = struct.Struct("<II")
_RECORD = struct.Struct("<IIQQQ")


@dataclass(frozen=True)
class ElementType:
    """Storage of the elements of one type; `bits` below 8 are packed, the first element in the lowest bits."""

    code: int
    bits: int
    dtype: type[np.generic]


STORED = {
    "float16": ElementType(1, 16, np.float16),
    "float32": ElementType(2, 32, np.float32),
    "uint8": ElementType(3, 8, np.uint8),
    "int8": ElementType(4, 8, np.int8),
    "int16": ElementType(6, 16, np.int16),
    "uint16": ElementType(7, 16, np.uint16),
    "int4": ElementType(8, 4, np.int8),
    "uint1": ElementType(9, 1, np.uint8),
    "uint2": ElementType(10, 2, np.uint8),
    "uint4": ElementType(11, 4, np.uint8),
    "uint3": ElementType(12, 3, np.uint8),
    "uint6": ElementType(13, 6, np.uint8),
    "int32": ElementType(14, 32, np.int32),
    "uint32": ElementType(15, 32, np.uint32),
}
"""The types a blob may have, by their names in this package; codes as coremltools numbers them."""


class WeightFile:
    """An open weight file.

    Raises:
        PackageError: the file cannot be read or is not of version 2.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._data = path.read_bytes()
        except (OSError, ValueError) as error:  # a name with a null byte is a ValueError
            raise PackageError(f"{path}: {error}") from error
        if len(self._data) < _ALIGNMENT or _HEADER.unpack_from(self._data)[1] != _VERSION:
            raise PackageError(f"{path}: not a weight file of version {_VERSION}")

    def read(self, offset: int, kind: str, shape: Sequence[int]) -> Array:
        """Read the constant whose record is at `offset`, as a read-only array (a copy where elements are packed).

        Args:
            kind: a key of `STORED`, the type that the program declares.
            shape: as the program declares it.

        Raises:
            PackageError: there is no such record, or it is of another type or size than declared.
        """
        element = STORED.get(kind)
        if element is None:
            raise PackageError(f"{self._path}: constants of type {kind} are not supported")
        if offset < _ALIGNMENT or offset % _ALIGNMENT or offset + _ALIGNMENT > len(self._data):
            raise PackageError(f"{self._path}: no constant can stand at offset {offset} of {len(self._data)} bytes")
        sentinel, code, size, start, _ = _RECORD.unpack_from(self._data, offset)
        if sentinel != _SENTINEL:
            raise PackageError(f"{self._path}: there is no constant at offset {offset}")
        if code != element.code:
            raise PackageError(f"{self._path}: the constant at offset {offset} is of type {code}, not {kind}")
        count = math.prod(shape)
        if size != math.ceil(count * element.bits / 8):
            raise PackageError(f"{self._path}: the constant at offset {offset} has {size} bytes, not {kind} {shape}")
        if start % _ALIGNMENT or start + size > len(self._data):
            raise PackageError(f"{self._path}: the constant at offset {offset} ends after the end of the file")
        data = np.frombuffer(self._data, np.uint8, count=size, offset=start)
        if element.bits < 8:
            return unpacked(data, element.bits, count, signed=kind.startswith("int")).reshape(shape)
        return data.view(element.dtype).reshape(shape)


def unpacked(data: npt.NDArray[np.uint8], bits: int, count: int, *, signed: bool = False) -> Array:
    """Unpack `count` integers of `bits` each to uint8 (int8 if signed); bytes hold the first in their low bits.

    Raises:
        PackageError: there are too few bytes.
    """
    stream = np.unpackbits(data, bitorder="little")
    if stream.size < count * bits:
        raise PackageError(f"{data.size} bytes are too few for {count} elements of {bits} bits")
    values = np.packbits(stream[: count * bits].reshape(count, bits), axis=1, bitorder="little")[:, 0]
    if not signed:
        return values
    return np.where(values >= 1 << (bits - 1), values.astype(np.int16) - (1 << bits), values).astype(np.int8)
