"""IDX files, plain and compressed, as arrays and as pictures; damaged ones are told apart."""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sdkgen.errors import DataError
from sdkgen.idx import read_idx
from sdkgen.images import load_views

PICTURES = np.arange(7 * 4 * 5, dtype=np.uint8).reshape(7, 4, 5)


def _idx(array: np.ndarray) -> bytes:
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "t10k-images-idx3-ubyte"
    path.write_bytes(_idx(PICTURES))
    return path


def test_pictures_and_labels(tmp_path: Path, file: Path) -> None:
    assert np.array_equal(read_idx(file, rank=3), PICTURES)
    labels = tmp_path / "labels-idx1-ubyte.gz"
    labels.write_bytes(gzip.compress(_idx(np.array([3, 1, 2], np.uint8))))
    assert read_idx(labels, rank=1).tolist() == [3, 1, 2]


def test_they_are_pictures_like_others(file: Path) -> None:
    views = load_views([file], 1)
    assert [view.name for view in views] == [f"{file.name}[{index}]" for index in range(7)]
    assert views[2].pixels.shape == (4, 5, 3)
    assert all(np.array_equal(views[2].pixels[:, :, channel], PICTURES[2]) for channel in range(3))


def test_a_limit_takes_pictures_from_everywhere(file: Path) -> None:
    assert [view.name[-2] for view in load_views([file], 1, limit=3)] == ["0", "2", "4"]
    assert len(load_views([file], 2, limit=3)) == 6
    assert len(load_views([file], 1, limit=100)) == 7


@pytest.mark.parametrize(
    ("bend", "message"),
    [
        (lambda data: data[:-1], r"holds 139 elements; its header says 7 × 4 × 5"),
        (lambda data: data + b"x", "holds 141 elements"),
        (lambda data: data[:9], "not an IDX file"),
        (lambda data: b"", "not an IDX file"),
        (lambda data: b"\0\0\x0d" + data[3:], "not an IDX file of unsigned bytes"),
        (lambda data: b"\x89PNG" + data, "not an IDX file of unsigned bytes with 3 dimensions"),
        (lambda data: data[:3] + b"\1" + data[4:], "not an IDX file"),
    ],
)
def test_damaged_files(file: Path, bend: Callable[[bytes], bytes], message: str) -> None:
    file.write_bytes(bend(file.read_bytes()))
    with pytest.raises(DataError, match=message):
        read_idx(file, rank=3)


@pytest.mark.parametrize(
    "bend", [lambda data: data[:-9], lambda data: b"no gzip", lambda data: data[:60] + b"\xff" * 20]
)
def test_damaged_compression(tmp_path: Path, bend: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "a-images-idx3-ubyte.gz"
    path.write_bytes(bend(gzip.compress(_idx(np.random.default_rng(0).integers(0, 255, (7, 9, 9)).astype(np.uint8)))))
    with pytest.raises(DataError, match=r"cannot be read .*\n  The file may be truncated"):
        read_idx(path, rank=3)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no such file"):
        read_idx(tmp_path / "none", rank=1)
