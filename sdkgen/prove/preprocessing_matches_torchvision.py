"""Claim: the phone's resize, crop, normalisation and quantisation give what torchvision's transforms give."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from sdkgen.runtime import ByteImage, normalise
from sdkgen.spec.values import ImageInput
from sdkgen.types import JsonValue, Proof

NAME = "preprocessing_matches_torchvision"


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
    *, spec: ImageInput, runs: Sequence[Preprocessed], scale: float, zero_point: int, host: str
) -> Proof:
    """Compare every pixel and every int8 value.

    Args:
        scale, zero_point: of the int8 tensor that the network takes.
    """
    pixels = largest = values = largest_value = 0
    for run in runs:
        expected = torchvision_window(run.picture, spec)
        gap = np.abs(expected.astype(np.int16) - run.resized.astype(np.int16))
        pixels += int((gap.max(axis=2) != 0).sum())
        largest = max(largest, int(gap.max()))
        step = np.abs(quantise(spec, expected, scale, zero_point).astype(np.int16) - run.tensor.astype(np.int16))
        values += int((step != 0).sum())
        largest_value = max(largest_value, int(step.max()))
    metrics: dict[str, JsonValue] = {
        "differing_pixels_count": pixels,
        "max_pixel_difference": largest,
        "differing_values_count": values,
        "max_value_difference": largest_value,
        "views_count": len(runs),
    }
    if pixels or values:
        reason = (
            f"{pixels} pixels differ by up to {largest} of 255, {values} int8 values by up to {largest_value}, "
            f"over {len(runs)} views."
        )
        return Proof(name=NAME, host=host, status="failed", reason=reason, metrics=metrics)
    reason = f"Every pixel and every int8 value equal on {len(runs)} views."
    return Proof(name=NAME, host=host, status="passed", reason=reason, metrics=metrics)
