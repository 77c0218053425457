"""Photographs are read upright as RGB, cut into fixed views, and refused by name when they are damaged."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sdkgen import images
from sdkgen.errors import DataError


@pytest.fixture
def picture() -> images.Pixels:
    return np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)


def test_reads_rgb(picture: images.Pixels, tmp_path: Path) -> None:
    Image.fromarray(picture).save(tmp_path / "a.png")
    read = images.read_image(tmp_path / "a.png")
    assert read.dtype == np.uint8
    assert read.flags.c_contiguous
    np.testing.assert_array_equal(read, picture)


def test_applies_exif_orientation(picture: images.Pixels, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: rotate by 90 degrees clockwise to see it upright
    Image.fromarray(picture).save(tmp_path / "a.png", exif=exif)
    np.testing.assert_array_equal(images.read_image(tmp_path / "a.png"), np.rot90(picture, -1))


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "1", "CMYK"])
def test_other_modes_become_rgb(mode: str, picture: images.Pixels, tmp_path: Path) -> None:
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    Image.fromarray(picture).convert("RGB" if mode == "LA" else mode).convert(mode).save(path)
    assert images.read_image(path).shape == (40, 60, 3)


def test_grey_has_three_equal_channels(picture: images.Pixels, tmp_path: Path) -> None:
    Image.fromarray(picture[:, :, 0]).save(tmp_path / "a.png")
    read = images.read_image(tmp_path / "a.png")
    np.testing.assert_array_equal(read, np.repeat(picture[:, :, :1], 3, axis=2))


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_damaged_image(suffix: str, picture: images.Pixels, tmp_path: Path) -> None:
    path = tmp_path / f"broken.{suffix}"
    Image.fromarray(picture).save(path)
    whole = path.read_bytes()
    for length in (0, 4, 30, len(whole) // 2):
        path.write_bytes(whole[:length])
        with pytest.raises(DataError, match=rf"broken\.{suffix}: ") as caught:
            images.read_image(path)
        assert caught.value.exit_code == 4


def test_no_image(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("hello", encoding="utf-8")
    with pytest.raises(DataError, match=r"a\.png: not an image"):
        images.read_image(tmp_path / "a.png")
    with pytest.raises(DataError, match=r"b\.png: there is no such file"):
        images.read_image(tmp_path / "b.png")
    (tmp_path / "c.eps").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", encoding="utf-8")
    with pytest.raises(DataError, match="not an image"):
        images.read_image(tmp_path / "c.eps")


def test_sixteen_bits(tmp_path: Path) -> None:
    Image.fromarray(np.full((8, 8), 40000, np.uint16)).save(tmp_path / "a.png")
    with pytest.raises(DataError, match="more than 8 bits"):
        images.read_image(tmp_path / "a.png")


@pytest.mark.parametrize("side", [10_001, 60_000])
def test_decompression_bomb(side: int, tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )
    (tmp_path / "bomb.png").write_bytes(bomb)
    with pytest.raises(DataError, match=r"bomb\.png: the image has more than 100 million pixels"):
        images.read_image(tmp_path / "bomb.png")


def test_first_view_is_the_image_and_all_differ(picture: images.Pixels) -> None:
    views = images.views(picture, len(images.VIEW_CROPS))
    np.testing.assert_array_equal(views[0], picture)
    assert len({(view.shape, view.tobytes()) for view in views}) == len(views)
    assert all(view.flags.c_contiguous for view in views)


def test_views_are_windows_and_mirrors(picture: images.Pixels) -> None:
    views = images.views(picture, 24)
    np.testing.assert_array_equal(views[1], picture[4:36, 6:54][:, ::-1])
    np.testing.assert_array_equal(views[2], picture[:32, :48])
    np.testing.assert_array_equal(views[3], picture[8:, 12:][:, ::-1])
    np.testing.assert_array_equal(views[12], picture[:, ::-1])


@given(st.integers(1, 50), st.integers(1, 50), st.integers(1, len(images.VIEW_CROPS)))
def test_any_size_has_all_views(height: int, width: int, crops: int) -> None:
    views = images.views(np.zeros((height, width, 3), np.uint8), crops)
    assert len(views) == crops
    assert all(view.shape[0] >= 1 and view.shape[1] >= 1 and view.shape[2] == 3 for view in views)


def test_crops_out_of_range(picture: images.Pixels) -> None:
    for crops in (0, len(images.VIEW_CROPS) + 1):
        with pytest.raises(ValueError, match="views"):
            images.views(picture, crops)


def test_load_views(picture: images.Pixels, tmp_path: Path) -> None:
    for name in ("b.png", "a.png"):
        Image.fromarray(picture).save(tmp_path / name)
    views = images.load_views([tmp_path / "b.png", tmp_path / "a.png"], 3)
    assert [view.name for view in views] == ["b.png", "b.png#1", "b.png#2", "a.png", "a.png#1", "a.png#2"]
    np.testing.assert_array_equal(views[3].pixels, picture)
