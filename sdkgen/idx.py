"""Reads IDX files, the format of the MNIST family: a header of sizes, then unsigned bytes; plain or gzip-compressed."""

import gzip
import zlib
from math import prod
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sdkgen.errors import DataError

# Suffixes of files with pictures, which all data sets of the family share.
PICTURES = ("-images-idx3-ubyte", "-images-idx3-ubyte.gz")
_UNSIGNED_BYTE = 0x08
_MOST_BYTES = 1 << 31


def read_idx(path: Path, rank: int) -> npt.NDArray[np.uint8]:
    """Read the array of an IDX file, uint8; `rank` 3 for pictures (count, height, width), 1 for labels (count,).

    The format: two zero bytes, the type (8: unsigned byte), the rank, big-endian u32 sizes, the elements in row-major
    order (Y. LeCun, C. Cortes, C. Burges, "The MNIST database").

    Raises:
        DataError: the file is missing, damaged, of another type or rank, or longer or shorter than its header states.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            data = file.read(_MOST_BYTES)
    except FileNotFoundError as error:
        raise DataError(f"{path}: there is no such file") from error
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            f"{path}: cannot be read ({error})", remedy="The file may be truncated: fetch it again."
        ) from error
    head = 4 + 4 * rank
    if len(data) < head or data[:2] != b"\0\0" or data[2] != _UNSIGNED_BYTE or data[3] != rank:
        raise DataError(f"{path}: not an IDX file of unsigned bytes with {rank} dimensions")
    shape = tuple(int.from_bytes(data[4 + 4 * axis : 8 + 4 * axis], "big") for axis in range(rank))
    if len(data) - head != prod(shape):
        raise DataError(f"{path}: holds {len(data) - head} elements; its header says {' × '.join(map(str, shape))}")
    return np.frombuffer(data, np.uint8, offset=head).reshape(shape)
