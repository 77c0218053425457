"""Upsampling, downsampling and cropping of NCHW images."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch

from sdkgen.coreml.operators.parameters import integer, integers, number

Tensor = torch.Tensor
functional = torch.nn.functional


def _enlarged(x: Tensor, height: Any, width: Any) -> tuple[int, int]:
    # A factor that is no whole number is stored inexactly: 1.5 times 3 must not become 4.49.
    return math.floor(x.shape[2] * number(height) + 1e-4), math.floor(x.shape[3] * number(width) + 1e-4)


def _upsample_bilinear(
    x: Tensor,
    scale_factor_height: Any = 1,
    scale_factor_width: Any = 1,
    align_corners: Any = True,
    half_pixel_centers: Any = None,
) -> Tensor:
    if not align_corners and half_pixel_centers is not None and not half_pixel_centers:
        raise ValueError("align_corners and half_pixel_centers both off is not supported")
    size = _enlarged(x, scale_factor_height, scale_factor_width)
    return functional.interpolate(x, size=size, mode="bilinear", align_corners=bool(align_corners))


def _upsample_nearest(x: Tensor, scale_factor_height: Any = 1, scale_factor_width: Any = 1) -> Tensor:
    return functional.interpolate(x, size=_enlarged(x, scale_factor_height, scale_factor_width), mode="nearest")


_ALIGNED = {"STRICT_ALIGN_CORNERS": True, "ALIGN_CORNERS": True, "UNALIGN_CORNERS": False}


def _resize_bilinear(
    x: Tensor, target_size_height: Any, target_size_width: Any, sampling_mode: str = "DEFAULT"
) -> Tensor:
    if sampling_mode not in _ALIGNED:
        raise ValueError(f"sampling_mode {sampling_mode!r} is not supported")
    size = (integer(target_size_height), integer(target_size_width))
    return functional.interpolate(x, size=size, mode="bilinear", align_corners=_ALIGNED[sampling_mode])


def _resize_nearest(x: Tensor, target_size_height: Any, target_size_width: Any) -> Tensor:
    return functional.interpolate(x, size=(integer(target_size_height), integer(target_size_width)), mode="nearest")


def _crop(x: Tensor, crop_height: Any, crop_width: Any) -> Tensor:
    (top, bottom), (left, right) = integers(crop_height), integers(crop_width)
    return x[:, :, top : x.shape[2] - bottom, left : x.shape[3] - right]


RULES: Mapping[str, Callable[..., Any]] = {
    "upsample_bilinear": _upsample_bilinear,
    "upsample_nearest_neighbor": _upsample_nearest,
    "resize_bilinear": _resize_bilinear,
    "resize_nearest_neighbor": _resize_nearest,
    "crop": _crop,
    "pixel_shuffle": lambda x, upscale_factor: functional.pixel_shuffle(x, integer(upscale_factor)),
    "pixel_unshuffle": lambda x, downscale_factor: functional.pixel_unshuffle(x, integer(downscale_factor)),
}
