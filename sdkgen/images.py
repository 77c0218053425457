"""Reads photographs, and cuts each into the fixed views that calibration and evaluation use."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from sdkgen.errors import DataError
from sdkgen.idx import PICTURES, read_idx

Pixels = npt.NDArray[np.uint8]

# An image of more pixels (about 300 MB decoded) is refused as a decompression bomb.
MAX_PIXELS = 100_000_000
# Formats that Pillow decodes itself; others (EPS) start programs.
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")


@dataclass(frozen=True, kw_only=True)
class Crop:
    """A part of an image: `percent` of each side, at `row` and `column` 0 (begin), 1 (centre) or 2 (end)."""

    percent: int
    row: int = 1
    column: int = 1


@dataclass(frozen=True, kw_only=True)
class View:
    """One view of an image file: uint8 RGB, HWC. `name` is the file's, with #index after the first view."""

    name: str
    pixels: Pixels


CROPS = (
    Crop(percent=100),
    Crop(percent=80),
    Crop(percent=80, row=0, column=0),
    Crop(percent=80, row=2, column=2),
    Crop(percent=80, row=0, column=2),
    Crop(percent=80, row=2, column=0),
    Crop(percent=65),
    Crop(percent=65, row=0, column=0),
    Crop(percent=65, row=2, column=2),
    Crop(percent=65, row=0, column=2),
    Crop(percent=65, row=2, column=0),
    Crop(percent=90),
)
# Every crop once, each second one mirrored; then every crop again, mirrored the other way round.
VIEW_CROPS = tuple((crop, index % 2 == 1) for index, crop in enumerate(CROPS)) + tuple(
    (crop, index % 2 == 0) for index, crop in enumerate(CROPS)
)


def read_image(path: Path) -> Pixels:
    """Decode an image file the right way up.

    EXIF orientation is applied; grey and palette images become RGB; transparency is dropped; of an animation the first
    frame is taken.

    Returns:
        uint8 RGB, (height, width, 3), contiguous.

    Raises:
        DataError: the file is missing, damaged, no image of a format in FORMATS, deeper than 8 bits, or a
            decompression bomb.
    """
    try:
        with warnings.catch_warnings():
            # Pillow has a smaller limit of its own, which warns; ours is checked below.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image: Image.Image = Image.open(path, formats=FORMATS)
        with image:
            _refuse_unusable(path, image)
            upright = ImageOps.exif_transpose(image).convert("RGB")
        return np.ascontiguousarray(np.asarray(upright, dtype=np.uint8))
    except DataError:
        raise
    except Image.DecompressionBombError as error:
        raise _too_large(path) from error
    except UnidentifiedImageError as error:
        raise DataError(
            f"{path}: not an image that can be read", remedy=f"Readable formats: {', '.join(FORMATS)}."
        ) from error
    except FileNotFoundError as error:
        raise DataError(f"{path}: there is no such file") from error
    # Pillow's decoders raise many types for damaged files: OSError, SyntaxError, struct.error, …
    except Exception as error:
        raise DataError(
            f"{path}: the image is damaged ({error})", remedy="Replace the file, or take it out of [data] in sdk.toml."
        ) from error


def views(image: Pixels, crops: int) -> list[Pixels]:
    """Return the first `crops` fixed views of an image; the first is the image itself.

    Each further one is a crop of CROPS, every second one mirrored left to right: the same for every run, so that
    ranges and accuracy are reproducible, and none is a resampled copy.

    Args:
        image: uint8 RGB, (height, width, 3).
        crops: 1 … len(VIEW_CROPS).
    """
    if not 1 <= crops <= len(VIEW_CROPS):
        raise ValueError(f"crops is {crops}; there are 1 to {len(VIEW_CROPS)} views")
    return [_cut(image, crop, mirrored=mirrored) for crop, mirrored in VIEW_CROPS[:crops]]


def load_views(paths: Sequence[Path], crops: int, limit: int | None = None) -> list[View]:
    """Load `crops` views of each picture, in the order of `paths`, views of one picture together.

    A path is an image file, or an IDX file with many grey pictures, which are named FILE[INDEX].

    Args:
        limit: of this many pictures at most, spread evenly over all of them.

    Raises:
        DataError: a file cannot be used; see read_image.
    """
    pictures = [picture for path in paths for picture in _pictures(path)]
    if limit is not None and limit < len(pictures):
        pictures = [pictures[index * len(pictures) // limit] for index in range(limit)]
    return [
        View(name=f"{name}#{index}" if index else name, pixels=pixels)
        for name, read in pictures
        for index, pixels in enumerate(views(read(), crops))
    ]


def _pictures(path: Path) -> Iterator[tuple[str, Callable[[], Pixels]]]:
    """Yield name and reader of each picture of a file; a picture is decoded when its reader is called."""
    if not path.name.endswith(PICTURES):
        yield path.name, partial(read_image, path)
        return
    grey = read_idx(path, rank=3)
    for index, picture in enumerate(grey):
        yield f"{path.name}[{index}]", partial(_as_rgb, picture)


def _as_rgb(grey: Pixels) -> Pixels:
    return np.ascontiguousarray(np.broadcast_to(grey[:, :, None], (*grey.shape, 3)))


def _cut(image: Pixels, crop: Crop, *, mirrored: bool) -> Pixels:
    height, width = (max(1, side * crop.percent // 100) for side in image.shape[:2])
    top = (image.shape[0] - height) * crop.row // 2
    left = (image.shape[1] - width) * crop.column // 2
    part = image[top : top + height, left : left + width]
    return np.ascontiguousarray(part[:, ::-1] if mirrored else part)


def _refuse_unusable(path: Path, image: Image.Image) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise _too_large(path)
    if image.mode.startswith(("I", "F")):
        raise DataError(
            f"{path}: the image has more than 8 bits per channel (mode {image.mode})",
            remedy="Save it with 8 bits per channel: cameras of phones deliver no more.",
        )


def _too_large(path: Path) -> DataError:
    return DataError(
        f"{path}: the image has more than {MAX_PIXELS // 1_000_000} million pixels", remedy="Scale it down."
    )
