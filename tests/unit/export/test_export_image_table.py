"""The image record's table is exactly torchvision's normalisation followed by quantize_per_tensor."""

import numpy as np
import pytest
import torch
import torch.ao.quantization.fx._decomposed  # registers quantized_decomposed

from sdkgen.plan.image_table import byte_table
from sdkgen.spec.values import ImageInput

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def image(mean: tuple[float, float, float], std: tuple[float, float, float]) -> ImageInput:
    return ImageInput(
        name="image", height=1, width=256, resize="stretch", resize_to=0, colour_order="rgb", mean=mean, std=std
    )


@pytest.mark.parametrize(("mean", "std"), [IMAGENET, ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)), ((0, 0, 0), (1, 1, 1))])
@pytest.mark.parametrize(
    ("scale", "zero_point"),
    [(0.018658448, -14), (0.0039215689, -128), (0.0078431377, 0), (0.002, 127), (1e-9, 3), (0.3, -7)],
)
def test_every_byte_value(
    mean: tuple[float, float, float], std: tuple[float, float, float], scale: float, zero_point: int
) -> None:
    scale = float(np.float32(scale))
    pixels = torch.arange(256, dtype=torch.uint8).expand(3, 1, 256)
    scaled = pixels.to(torch.float32).div(255)  # torchvision.transforms.functional.to_tensor
    shift, spread = (torch.tensor(v, dtype=torch.float32).view(-1, 1, 1) for v in (mean, std))
    normalised = scaled.sub(shift).div(spread)  # torchvision.transforms.functional.normalize
    expected = torch.ops.quantized_decomposed.quantize_per_tensor(normalised, scale, zero_point, -128, 127, torch.int8)
    assert np.array_equal(byte_table(image(mean, std), scale, zero_point), expected.numpy()[:, 0])
