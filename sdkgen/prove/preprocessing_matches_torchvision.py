"""Claim: the phone's resize, crop, normalisation and quantisation give what torchvision's transforms give."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from sdkgen.runtime import ByteImage, normalise
from sdkgen.spec.values import ImageInput
from sdkgen.types import JsonValue, Proof

NAME = "preprocessing_matches_torchvision"

_RANDOM_SHAPES = 12  # of each kind
_MAX_SIDE = 4096  # bounds the time for very large inputs


@dataclass(frozen=True, kw_only=True)
class Preprocessed:
    """One picture as the C code prepared it.

    Attributes:
        picture: uint8 RGB (height, width, 3) of any size.
        resized: uint8 RGB (input height, input width, 3) from sg_image_resize.
        tensor: int8 NHWC from sg_model_preprocess.
    """

    name: str
    picture: ByteImage
    resized: ByteImage
    tensor: npt.NDArray[np.int8]


def pictures_of_all_shapes(spec: ImageInput) -> Iterator[tuple[str, ByteImage]]:
    """Yield (name, picture) of noise: portrait, landscape, square, one pixel thin, smaller and larger than the input.

    Evaluation views often share one aspect ratio; Pillow's order of passes depends on it. Every call yields the same
    pictures for the same spec. The aspect ratio is limited because shorter_side enlarges the long side with it.
    """
    random = np.random.default_rng(13)
    width, height = spec.width, spec.height
    shapes = [(height, width), (width, height), (2 * height, width), (height, 2 * width), (7, 1), (1, 7), (1, 1)]
    target = spec.resize_to or min(width, height)
    # (octaves of the shorter side against the target's, octaves of height against width): all shrink, then most grow
    for octaves, aspect in (((0, 1), (-1.5, 1.5)), ((-5, 0), (-3, 3))):
        for _ in range(_RANDOM_SHAPES):
            shorter = max(round(target * 2 ** random.uniform(*octaves)), 1)
            ratio = 2 ** random.uniform(*aspect)
            longer = round(shorter * max(ratio, 1 / ratio))
            shapes.append((longer, shorter) if ratio > 1 else (shorter, longer))
    for rows, columns in (tuple(min(side, _MAX_SIDE) for side in shape) for shape in shapes):
        yield f"noise of {columns} x {rows} pixels", random.integers(0, 256, (rows, columns, 3), np.uint8)


def torchvision_window(picture: ByteImage, spec: ImageInput) -> ByteImage:
    """Apply torchvision's Resize (bilinear, antialiased) and CenterCrop to a PIL image, in Pillow's own calls.

    The rules are those of torchvision.transforms.functional: the long side becomes int(size * long / short), the crop
    begins at int(round((side - crop) / 2)).
    """
    image = Image.fromarray(picture)
    if spec.resize == "stretch":
        return np.asarray(image.resize((spec.width, spec.height), Image.Resampling.BILINEAR))
    width, height = image.size
    long_side = int(spec.resize_to * max(width, height) / min(width, height))
    size = (spec.resize_to, long_side) if width <= height else (long_side, spec.resize_to)
    left = round((size[0] - spec.width) / 2.0)
    top = round((size[1] - spec.height) / 2.0)
    resized = image.resize(size, Image.Resampling.BILINEAR)
    return np.asarray(resized.crop((left, top, left + spec.width, top + spec.height)))


def quantise(spec: ImageInput, picture: ByteImage, scale: float, zero_point: int) -> npt.NDArray[np.int8]:
    """Normalise a cropped picture and quantise it to int8 NHWC: PyTorch's quantize_per_tensor in NumPy."""
    steps = np.rint(normalise(spec, picture) * (np.float32(1) / np.float32(scale))) + zero_point
    quantised: npt.NDArray[Any] = np.clip(steps, -128, 127).astype(np.int8).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(quantised)


def preprocessing_matches_torchvision(
    *,
    spec: ImageInput,
    views: Sequence[Preprocessed],
    shapes: Sequence[Preprocessed],
    scale: float,
    zero_point: int,
    host: str,
) -> Proof:
    """Compare every pixel and every int8 value.

    Args:
        views: the evaluation views.
        shapes: the pictures of `pictures_of_all_shapes`.
        scale, zero_point: of the int8 tensor that the network takes.
    """
    pixels = largest = values = largest_value = 0
    different: list[str] = []
    for run in (*views, *shapes):
        expected = torchvision_window(run.picture, spec)
        gap = np.abs(expected.astype(np.int16) - run.resized.astype(np.int16))
        step = np.abs(quantise(spec, expected, scale, zero_point).astype(np.int16) - run.tensor.astype(np.int16))
        if gap.any() or step.any():
            different.append(run.name)
        pixels += int((gap.max(axis=2) != 0).sum())
        largest = max(largest, int(gap.max()))
        values += int((step != 0).sum())
        largest_value = max(largest_value, int(step.max()))
    metrics: dict[str, JsonValue] = {
        "differing_pixels_count": pixels,
        "max_pixel_difference": largest,
        "differing_values_count": values,
        "max_value_difference": largest_value,
        "views_count": len(views),
        "shapes_count": len(shapes),
    }
    over = f"{len(views)} views and {len(shapes)} synthetic pictures of other shapes"
    if different:
        reason = (
            f"{pixels} pixels differ by up to {largest} of 255, {values} int8 values by up to {largest_value}, "
            f"over {over}; {len(different)} of them differ, the first is {different[0]}."
        )
        return Proof(name=NAME, host=host, status="failed", reason=reason, metrics=metrics)
    reason = f"Every pixel and every int8 value equal on {over}."
    return Proof(name=NAME, host=host, status="passed", reason=reason, metrics=metrics)
