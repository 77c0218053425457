"""Preprocessing in C against Pillow, which torchvision's transforms call."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sdkgen.errors import DataError
from sdkgen.runtime import Library, ResizeWindow, RuntimeStatusError


def pillow(pixels: np.ndarray, width: int, height: int) -> np.ndarray:
    """Rows first, then columns. (Pillow 13 does tall pictures columns first; one call per axis pins the order.)"""
    rows = Image.fromarray(pixels).resize((width, pixels.shape[0]), Image.Resampling.BILINEAR)
    return np.asarray(rows.resize((width, height), Image.Resampling.BILINEAR))


def test_resize_equals_pillow(host_library: Path) -> None:
    library = Library(host_library)
    rng = np.random.default_rng(7)
    for _ in range(80):
        h, w, out_h, out_w = (int(v) for v in rng.integers(1, 500, 4))
        pixels = rng.integers(0, 256, (h, w, 3), dtype=np.uint8)
        left, top = int(rng.integers(out_w)), int(rng.integers(out_h))
        width, height = int(rng.integers(1, out_w - left + 1)), int(rng.integers(1, out_h - top + 1))
        window = ResizeWindow(resized_width=out_w, resized_height=out_h, left=left, top=top, width=width, height=height)
        expected = pillow(pixels, out_w, out_h)[top : top + height, left : left + width]
        assert np.array_equal(library.resize(pixels, window), expected), (h, w, window)


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
