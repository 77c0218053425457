"""The preprocessing claim: torchvision's own geometry, and a verdict that one pixel changes."""

import importlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sdkgen.prove.preprocessing_matches_torchvision import (
    Preprocessed,
    preprocessing_matches_torchvision,
    quantise,
    torchvision_window,
)
from sdkgen.spec.values import ImageInput

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


def prepared() -> Preprocessed:
    source = picture(50, 70)
    window = torchvision_window(source, SPEC)
    return Preprocessed(name="a", picture=source, resized=window, tensor=quantise(SPEC, window, SCALE, ZERO_POINT))


def status(run: Preprocessed) -> str:
    proof = preprocessing_matches_torchvision(spec=SPEC, runs=[run], scale=SCALE, zero_point=ZERO_POINT, host="h")
    return proof.status


def test_equal_passes() -> None:
    assert status(prepared()) == "passed"


def test_one_pixel_fails() -> None:
    run = prepared()
    resized = run.resized.copy()
    resized[3, 4, 1] ^= 1
    changed = Preprocessed(name="a", picture=run.picture, resized=resized, tensor=run.tensor)
    assert status(changed) == "failed"


def test_one_int8_value_fails() -> None:
    run = prepared()
    tensor = run.tensor.copy()
    tensor[0, 3, 4, 1] ^= 1
    changed = Preprocessed(name="a", picture=run.picture, resized=run.resized, tensor=tensor)
    assert status(changed) == "failed"


def test_quantise_is_pytorch_s() -> None:
    from sdkgen.prove.pytorch import torch
    from sdkgen.runtime import normalise

    window = picture(24, 20)
    real = torch.from_numpy(normalise(SPEC, window))
    quantize = torch.ops.quantized_decomposed.quantize_per_tensor
    expected = quantize(real, SCALE, ZERO_POINT, -128, 127, torch.int8).numpy()
    assert np.array_equal(quantise(SPEC, window, SCALE, ZERO_POINT), expected.transpose(0, 2, 3, 1))
