"""The preprocessing claim: torchvision's own geometry, and a verdict that one pixel changes."""

import importlib
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pytest
from PIL import Image

from sdkgen.prove.preprocessing_matches_torchvision import (
    Preprocessed,
    pictures_of_all_shapes,
    preprocessing_matches_torchvision,
    quantise,
    torchvision_window,
)
from sdkgen.spec.values import ImageInput
from sdkgen.types import Proof

SPEC = ImageInput(
    name="image",
    height=24,
    width=20,
    resize="shorter_side",
    resize_to=28,
    colour_order="bgr",
    mean=(0.485, 0.456, 0.406),
    std=(0.229, 0.224, 0.225),
)
SCALE, ZERO_POINT = 0.018, -14


def picture(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(height * 1000 + width).integers(0, 256, (height, width, 3), np.uint8)


def torchvision_transforms() -> Any:
    """torchvision beside a CPU build of torch: its own operators are missing, and none of them is needed here."""
    import torch

    for name in ("nms", "qnms"):
        if not hasattr(torch.ops.torchvision, name):
            torch.library.define(f"torchvision::{name}", "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return importlib.import_module("torchvision.transforms.functional")


@pytest.mark.parametrize("size", [(40, 61), (61, 40), (28, 28), (29, 57), (300, 33)])
def test_window_is_torchvision_s(size: tuple[int, int]) -> None:
    transforms = torchvision_transforms()
    image = Image.fromarray(picture(*size))
    resized = transforms.resize(image, 28, transforms.InterpolationMode.BILINEAR, antialias=True)
    expected = np.asarray(transforms.center_crop(resized, [24, 20]))
    assert np.array_equal(torchvision_window(picture(*size), SPEC), expected)


def prepared(source: np.ndarray, spec: ImageInput = SPEC) -> Preprocessed:
    window = torchvision_window(source, spec)
    tensor = quantise(spec, window, SCALE, ZERO_POINT)
    return Preprocessed(name="noise", picture=source, resized=window, tensor=tensor)


def proof(*views: Preprocessed, shapes: tuple[Preprocessed, ...] = (), spec: ImageInput = SPEC) -> Proof:
    return preprocessing_matches_torchvision(
        spec=spec, views=views, shapes=shapes, scale=SCALE, zero_point=ZERO_POINT, host="h"
    )


def test_equal_passes() -> None:
    assert proof(prepared(picture(50, 70))).status == "passed"


def test_one_pixel_fails() -> None:
    run = prepared(picture(50, 70))
    resized = run.resized.copy()
    resized[3, 4, 1] ^= 1
    assert proof(replace(run, resized=resized)).status == "failed"


def test_one_int8_value_fails() -> None:
    run = prepared(picture(50, 70))
    tensor = run.tensor.copy()
    tensor[0, 3, 4, 1] ^= 1
    assert proof(replace(run, tensor=tensor)).status == "failed"


def test_shapes_are_of_every_kind() -> None:
    shapes = [image.shape[:2] for _, image in pictures_of_all_shapes(SPEC)]
    assert any(h > 2 * w for h, w in shapes)
    assert any(w > 2 * h for h, w in shapes)
    assert any(h == w for h, w in shapes)
    assert any(w == 1 < h for h, w in shapes)
    assert any(h == 1 < w for h, w in shapes)
    assert any(h < SPEC.height and w < SPEC.width for h, w in shapes)
    assert any(h > 2 * SPEC.height and w > 2 * SPEC.width for h, w in shapes)


def test_shapes_are_the_same_at_every_build() -> None:
    first, second = dict(pictures_of_all_shapes(SPEC)), dict(pictures_of_all_shapes(SPEC))
    assert first.keys() == second.keys()
    assert all(np.array_equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("resize", ["shorter_side", "stretch"])
@pytest.mark.parametrize("first", ["x", "y"])
def test_one_fixed_order_of_passes_fails_on_some_shape(resize: Literal["shorter_side", "stretch"], first: str) -> None:
    """Landscape views alone would pass with x always first."""
    spec = replace(SPEC, resize=resize, resize_to=28 if resize == "shorter_side" else 0)

    def in_order(name: str, source: np.ndarray) -> Preprocessed:
        height, width = source.shape[:2]
        out_width, out_height = resized_extents(source, spec)
        between = (out_width, height) if first == "x" else (width, out_height)
        image = Image.fromarray(source).resize(between, Image.Resampling.BILINEAR)
        image = image.resize((out_width, out_height), Image.Resampling.BILINEAR)
        window = torchvision_window(np.asarray(image), spec)  # has its extents: only cropped
        tensor = quantise(spec, window, SCALE, ZERO_POINT)
        return Preprocessed(name=name, picture=source, resized=window, tensor=tensor)

    shapes = tuple(in_order(name, source) for name, source in pictures_of_all_shapes(spec))
    verdict = proof(shapes=shapes, spec=spec)
    assert verdict.status == "failed"
    assert "noise of" in verdict.reason
    right = tuple(prepared(source, spec) for _, source in pictures_of_all_shapes(spec))
    assert proof(shapes=right, spec=spec).status == "passed"


def resized_extents(source: np.ndarray, spec: ImageInput) -> tuple[int, int]:
    """Width and height before the crop."""
    height, width = source.shape[:2]
    if spec.resize == "stretch":
        return spec.width, spec.height
    short = min(width, height)
    return spec.resize_to * width // short, spec.resize_to * height // short


def test_quantise_is_pytorch_s() -> None:
    from sdkgen.prove.pytorch import torch
    from sdkgen.runtime import normalise

    window = picture(24, 20)
    real = torch.from_numpy(normalise(SPEC, window))
    quantize = torch.ops.quantized_decomposed.quantize_per_tensor
    expected = quantize(real, SCALE, ZERO_POINT, -128, 127, torch.int8).numpy()
    assert np.array_equal(quantise(SPEC, window, SCALE, ZERO_POINT), expected.transpose(0, 2, 3, 1))
