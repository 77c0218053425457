"""Preprocessing in C against Pillow, which torchvision's transforms call."""

import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from PIL import Image

from sdkgen.errors import DataError
from sdkgen.prove.preprocessing_matches_torchvision import torchvision_window
from sdkgen.runtime import Library, ResizeWindow, RuntimeStatusError
from sdkgen.spec.values import ImageInput


class Source(ctypes.Structure):
    """sg_image."""

    _fields_ = (
        ("pixels", ctypes.c_void_p),
        ("width", ctypes.c_uint32),
        ("height", ctypes.c_uint32),
        ("row_bytes", ctypes.c_size_t),
        ("format", ctypes.c_int),
    )


def pillow(pixels: np.ndarray, width: int, height: int) -> np.ndarray:
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR))


def y_first(height: int, width: int, out_height: int, out_width: int) -> bool:
    """Pillow 13's order of passes, found by experiment; a test below holds it against Pillow itself."""
    return height > out_height and height - out_height > 2 * (width - out_width)


def extents(rng: np.random.Generator) -> tuple[int, int, int, int]:
    """Height and width before and after, from 1 to 500, small ones as often as large ones."""
    a, b, c, d = (int(500 ** rng.uniform()) for _ in range(4))
    return a, b, c, d


def on_the_border(rng: np.random.Generator) -> tuple[int, int, int, int]:
    """Extents where one pixel more or less changes the order of the passes."""
    narrower, out_height, out_width = (int(v) for v in rng.integers((-60, 1, 1), (60, 200, 200)))
    lower = 2 * narrower + int(rng.integers(0, 2)) if rng.integers(2) else int(rng.integers(-1, 2))
    return max(out_height + lower, 1), max(out_width + narrower, 1), out_height, out_width


@pytest.mark.parametrize("draw", [extents, on_the_border])
def test_resize_equals_pillow(
    draw: Callable[[np.random.Generator], tuple[int, int, int, int]], host_library: Path
) -> None:
    library = Library(host_library)
    rng = np.random.default_rng(7)
    y_first_count = 0
    for _ in range(400):
        h, w, out_h, out_w = draw(rng)
        pixels = rng.integers(0, 256, (h, w, 3), dtype=np.uint8)
        left, top = int(rng.integers(out_w)), int(rng.integers(out_h))
        width, height = int(rng.integers(1, out_w - left + 1)), int(rng.integers(1, out_h - top + 1))
        window = ResizeWindow(resized_width=out_w, resized_height=out_h, left=left, top=top, width=width, height=height)
        expected = pillow(pixels, out_w, out_h)[top : top + height, left : left + width]
        assert np.array_equal(library.resize(pixels, window), expected), (h, w, window)
        y_first_count += y_first(h, w, out_h, out_w)
    assert 80 < y_first_count < 320


def test_order_of_passes_is_pillow_s() -> None:
    """Where the two orders differ, Pillow's result is that of the order that the C code chooses by this rule."""
    rng = np.random.default_rng(8)
    told_apart = 0
    for draw in (extents, on_the_border) * 150:
        h, w, out_h, out_w = draw(rng)
        pixels = rng.integers(0, 256, (h, w, 3), dtype=np.uint8)
        x_then_y = pillow(pillow(pixels, out_w, h), out_w, out_h)
        y_then_x = pillow(pillow(pixels, w, out_h), out_w, out_h)
        if not np.array_equal(x_then_y, y_then_x):
            told_apart += 1
            expected = y_then_x if y_first(h, w, out_h, out_w) else x_then_y
            assert np.array_equal(pillow(pixels, out_w, out_h), expected), (h, w, out_h, out_w)
    assert told_apart > 100


@pytest.mark.parametrize("resize", ["shorter_side", "stretch"])
def test_both_rules_equal_torchvision_for_every_aspect_ratio(
    resize: Literal["shorter_side", "stretch"], host_library: Path
) -> None:
    library = Library(host_library)
    rng = np.random.default_rng(9)
    spec = ImageInput(
        name="image",
        height=24,
        width=20,
        resize=resize,
        resize_to=28 if resize == "shorter_side" else 0,
        colour_order="rgb",
        mean=(0.0, 0.0, 0.0),
        std=(1.0, 1.0, 1.0),
    )
    for _ in range(200):
        h, w = extents(rng)[:2]
        if max(h, w) > 40 * min(h, w):
            continue  # shorter_side would enlarge it to thousands of pixels
        pixels = rng.integers(0, 256, (h, w, 3), dtype=np.uint8)
        assert np.array_equal(library.crop_to_input(spec, pixels), torchvision_window(pixels, spec)), (h, w)


@pytest.mark.parametrize("size", [(60, 20), (20, 60)])  # along y first, along x first
@pytest.mark.parametrize(("pixel_format", "channels"), [(1, (0, 1, 2, 3)), (2, (2, 1, 0, 3)), (3, (0, 1, 2))])
def test_every_pixel_format_gives_the_same(
    size: tuple[int, int], pixel_format: int, channels: tuple[int, ...], host_library: Path
) -> None:
    """RGBA, BGRA and RGB, with bytes between the rows; alpha is ignored."""
    rng = np.random.default_rng(10)
    rgba = rng.integers(0, 256, (*size, 4), dtype=np.uint8)
    rows = rng.integers(0, 256, (size[0], size[1] * len(channels) + 5), dtype=np.uint8)
    rows[:, :-5] = rgba[:, :, channels].reshape(size[0], -1)
    c = ctypes.CDLL(str(host_library))
    source = Source(rows.ctypes.data, size[1], size[0], rows.shape[1], pixel_format)
    resize = (ctypes.c_uint32 * 6)(15, 15, 2, 3, 11, 10)
    out = np.empty((10, 11, 3), np.uint8)
    status = c.sg_image_resize(
        ctypes.byref(source), resize, ctypes.c_void_p(out.ctypes.data), ctypes.c_size_t(out.size)
    )
    assert status == 0
    expected = pillow(np.ascontiguousarray(rgba[:, :, :3]), 15, 15)[3:13, 2:13]
    assert np.array_equal(out, expected)


@pytest.mark.parametrize(("height", "width"), [(300, 451), (451, 300), (256, 256), (257, 257), (1000, 260), (90, 100)])
def test_window_is_torchvisions(height: int, width: int, host_library: Path) -> None:
    window = Library(host_library).shorter_side(np.zeros((height, width, 3), np.uint8), 256, 224, 224)
    short = min(height, width)
    expected = tuple(256 if side == short else int(256 * side / short) for side in (height, width))
    assert (window.resized_height, window.resized_width) == expected
    assert window.top == round((expected[0] - 224) / 2.0)
    assert window.left == round((expected[1] - 224) / 2.0)


def test_bad_arguments_are_refused(host_library: Path) -> None:
    library = Library(host_library)
    picture = np.zeros((10, 10, 3), np.uint8)
    good = {"resized_width": 8, "resized_height": 8, "left": 0, "top": 0, "width": 8, "height": 8}
    library.resize(picture, ResizeWindow(**good))
    for change in ({"left": 1}, {"top": 1}, {"resized_width": 0}, {"resized_height": 2**31}):
        with pytest.raises(RuntimeStatusError):
            library.resize(picture, ResizeWindow(**{**good, **change}))
    with pytest.raises(RuntimeStatusError):
        library.shorter_side(picture, 100, 224, 224)
    with pytest.raises(DataError):
        library.resize(picture.astype(np.float32), ResizeWindow(**good))


def test_the_demo_sees_what_pytorch_sees(host_library: Path, demo_build: Path) -> None:
    """preprocess() is the quantised form of the normalised float tensor, for every byte value of every channel."""
    library = Library(host_library)
    ramp = np.arange(224 * 224 * 3, dtype=np.uint32).reshape(224, 224, 3) // 5 % 256
    picture = np.kron(ramp.astype(np.uint8), np.ones((1, 1, 1), np.uint8))
    with library.open(demo_build / "export" / "photo_tagger.pte") as model:
        from sdkgen.runtime import preprocess_float
        from sdkgen.spec import load

        spec = load(Path(__file__).parents[2] / "sample_apps" / "photo_tagger" / "sdk.toml")
        tensor = preprocess_float(library, spec.image, picture)
        info = model.inputs[0]
        scaled = np.rint(tensor * (np.float32(1) / np.float32(info.scale))) + info.zero_point
        expected = np.clip(scaled, -128, 127).astype(np.int8).transpose(0, 2, 3, 1)
        assert np.array_equal(model.preprocess(picture), expected)
        assert np.unique(expected).size > 200
