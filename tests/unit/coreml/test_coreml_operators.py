"""Every operator as coremltools writes it, evaluated from the saved package, against PyTorch."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from sdkgen.coreml.evaluator import Evaluator
from tests.unit.coreml.coreml_cases import export, save_float, snr_db, tensor_spec, tensors

functional = nn.functional
Tensor = torch.Tensor
SHAPE = (1, 8, 10, 12)


class Function(nn.Module):
    """A function of one tensor, with a convolution's worth of parameters where it wants them."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


def shuffle(x: Tensor) -> Tensor:
    return x.reshape(1, 2, 4, 10, 12).transpose(1, 2).reshape(1, 8, 10, 12)


CASES: dict[str, nn.Module | Callable[[Tensor], Tensor]] = {
    "conv, strided and dilated": nn.Conv2d(8, 6, 3, stride=2, padding=2, dilation=2),
    "conv, grouped, same padding": nn.Conv2d(8, 8, (3, 5), padding="same", groups=4),
    "conv, even kernel, same padding": nn.Conv2d(8, 6, (4, 3), padding="same"),
    "conv without bias": nn.Conv2d(8, 4, 1, bias=False),
    "conv_transpose": nn.ConvTranspose2d(8, 6, 3, stride=2, padding=1, output_padding=1),
    "conv_transpose, grouped": nn.ConvTranspose2d(8, 8, 4, stride=2, padding=1, groups=2),
    "max_pool, padded": nn.MaxPool2d(3, 2, 1),
    "max_pool, ceil": nn.MaxPool2d(3, 2, ceil_mode=True),
    "max_pool, ceil, without overhang": nn.MaxPool2d(2, (2, 3), ceil_mode=True),
    "max_pool, ceil, last window behind the input": nn.MaxPool2d(3, (2, 4), ceil_mode=True),
    "max_pool without stride": lambda x: functional.max_pool2d(x, 2),
    "avg_pool, padded": nn.AvgPool2d(3, 2, 1),
    "avg_pool, padding not counted": nn.AvgPool2d(3, 2, 1, count_include_pad=False),
    "adaptive_avg_pool": nn.AdaptiveAvgPool2d(1),
    "upsample_bilinear": nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False),
    "upsample_bilinear, aligned": nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True),
    "resize_bilinear to a size": lambda x: functional.interpolate(x, size=(15, 31), mode="bilinear"),
    "upsample_nearest": nn.Upsample(scale_factor=3, mode="nearest"),
    "pixel_shuffle": nn.PixelShuffle(2),
    "pixel_unshuffle": nn.PixelUnshuffle(2),
    "relu": nn.ReLU(),
    "relu6": nn.ReLU6(),
    "hardtanh": nn.Hardtanh(-0.7, 0.4),
    "clamp_min": lambda x: x.clamp_min(-0.25),
    "leaky_relu": nn.LeakyReLU(0.1),
    "prelu": nn.PReLU(8),
    "elu": nn.ELU(0.7),
    "gelu": nn.GELU(),
    "gelu, tanh": nn.GELU("tanh"),
    "silu": nn.SiLU(),
    "hardswish": nn.Hardswish(),
    "hardsigmoid": nn.Hardsigmoid(),
    "mish": nn.Mish(),
    "sigmoid and tanh": lambda x: torch.sigmoid(x) * torch.tanh(x),
    "softplus": nn.Softplus(),
    "exp, sqrt, abs": lambda x: torch.sqrt(torch.exp(x) + x.abs()),
    "division and power": lambda x: (x**2) / (1.5 + x.abs()) - 3.0 * x,
    "maximum and minimum": lambda x: torch.maximum(x, -x) - torch.minimum(x, 0.5 * x),
    "softmax": nn.Softmax(1),
    "mean": lambda x: x.mean([2, 3], keepdim=True),
    "sum and max": lambda x: x.sum(1) + x.amax(1),
    "squeeze and excitation": lambda x: x * torch.sigmoid(x.mean([2, 3], keepdim=True)),
    "channel shuffle": shuffle,
    "chunk and cat": lambda x: torch.cat(x.chunk(2, 1)[::-1], 1),
    "split, unequal": lambda x: torch.cat(x.split([3, 5], 1)[::-1], 1),
    "slices": lambda x: x[:, 1:7:2, 2:-1, -5:],
    "pad": lambda x: functional.pad(x, (1, 2, 3, 0), value=0.5),
    "pad, reflect": nn.ReflectionPad2d((1, 2, 3, 1)),
    "pad, replicate": nn.ReplicationPad2d(2),
    "flatten and linear": nn.Sequential(nn.Flatten(), nn.Linear(960, 7)),
    "linear without bias": nn.Linear(12, 5, bias=False),
    "matmul": lambda x: torch.matmul(x, x.transpose(2, 3)),
    "permute, squeeze, unsqueeze": lambda x: x.permute(0, 2, 3, 1).squeeze(0).unsqueeze(1),
    "stack": lambda x: torch.stack([x, -x], 2),
    "batch_norm": nn.BatchNorm2d(8),
    "instance_norm": nn.InstanceNorm2d(8, affine=True),
    "group_norm": nn.GroupNorm(2, 8),
    "layer_norm": nn.LayerNorm(12),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_an_operator_means_what_pytorch_means(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    module = case if isinstance(case, nn.Module) else Function(case)
    torch.manual_seed(1)
    for parameter in module.parameters():
        nn.init.normal_(parameter, std=0.3)
    spec = tensor_spec("float16", SHAPE)
    compressed = save_float(module, spec, tmp_path)
    program, _ = export(spec, compressed, tmp_path)
    (sample,) = tensors(spec, 1, seed=3)
    with torch.no_grad():
        expected = compressed.reference(*sample).numpy()
    for arithmetic, floor in (("float64", 50.0), ("float32", 50.0), ("float16", 45.0)):
        actual = Evaluator(program, arithmetic).run({"patch": sample[0].numpy()})["map"]
        assert actual.shape == expected.shape
        assert snr_db(expected, actual) >= floor, arithmetic
