"""Transposed convolutions: packed by phases, and equal to PyTorch's whatever kernel, stride and padding."""

import struct

import numpy as np
import pytest
import torch
from torch import nn

from sdkgen.plan.lower import lower
from tests.unit.export.export_cases import assert_exact, in_pte, lower_module, quantise, samples_for
from tests.unit.export.modules import IMAGE, Network, Then

CONVOLUTIONS = {
    "2x2 stride 2": nn.ConvTranspose2d(12, 9, 2, 2),
    "3x3 stride 2 with output padding": nn.ConvTranspose2d(12, 9, 3, 2, 1, 1),
    "4x4 stride 2": nn.ConvTranspose2d(12, 9, 4, 2, 1),
    "stride 1": nn.ConvTranspose2d(12, 9, 3, 1, 1),
    "1x1": nn.ConvTranspose2d(12, 9, 1),
    "unequal": nn.ConvTranspose2d(12, 9, (2, 5), (3, 2), (0, 2), (1, 1)),
    "kernel smaller than stride": nn.ConvTranspose2d(12, 9, 1, 2, output_padding=1),
    "more padding than taps": nn.ConvTranspose2d(12, 9, (3, 3), (1, 2), (2, 2)),
    "without bias": nn.ConvTranspose2d(12, 20, 3, 2, bias=False),
}


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_transposed_convolution(name: str) -> None:
    layer = CONVOLUTIONS[name]
    case = lower_module(Then(nn.Sequential(layer, nn.ReLU())), IMAGE)
    assert case.kinds == {"quantize": 1, "conv": 1, "conv_transpose": 1, "dequantize": 1}
    assert_exact(case)


def test_one_channel_leaves_as_float32() -> None:
    case = lower_module(Then(nn.ConvTranspose2d(12, 1, 2, 2)), IMAGE)
    assert case.kinds == {"quantize": 1, "conv": 1, "conv_transpose": 1}
    assert_exact(case)


def test_batch_norm_behind_it_is_folded() -> None:
    layers = {
        "stem": nn.Conv2d(3, 6, 1),
        "up": nn.ConvTranspose2d(6, 5, 4, 2, 1, bias=False),
        "norm": nn.BatchNorm2d(5),
    }
    case = lower_module(Network(lambda m, x: torch.relu(m["norm"](m["up"](m["stem"](x)))), **layers), IMAGE)
    assert case.kinds == {"quantize": 1, "gemm": 1, "conv_transpose": 1, "dequantize": 1}
    assert_exact(case)


def test_phases_in_memory() -> None:
    """Kernel 3, stride 2: phase 0 has taps 2 and 0, in that order, phase 1 has tap 1."""
    layer = nn.ConvTranspose2d(1, 1, (1, 3), (1, 2), bias=False)
    layer.weight.data = torch.tensor([[[[0.5, -0.25, 1.0]]]])

    class Alone(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = layer

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.layer(x)

    samples = samples_for(((1, 1, 2, 4),), 1)
    case = in_pte(quantise(Alone(), samples), samples)
    quantize, operator = case.plan.operators
    assert (operator.kernel, operator.stride, operator.groups, operator.dilation) == ((1, 3), (1, 2), 1, (1, 1))
    scale = 1.0 / 127
    taps = [round(0.5 / scale), round(-0.25 / scale), 127]
    assert len(operator.weights) == 2 * (64 + 8 * 8)
    first, second = operator.weights[:128], operator.weights[128:]
    assert np.frombuffer(first[64:68], np.int8).tolist() == [taps[2], taps[0], 0, 0]
    assert np.frombuffer(second[64:68], np.int8).tolist() == [taps[1], 0, 0, 0]
    assert quantize.kind.name == "quantize"
    # One bias for the layer; each phase takes the zero point off its own taps.
    zero_point = case.plan.tensors[operator.input0].zero_point
    biases = [struct.unpack_from("<i", panel)[0] for panel in (first, second)]
    assert zero_point and biases[0] + zero_point * (taps[0] + taps[2]) == biases[1] + zero_point * taps[1]


@pytest.mark.parametrize("factor", [2, 3])
def test_pixel_shuffle(factor: int) -> None:
    case = lower_module(Then(nn.PixelShuffle(factor), channels=36), IMAGE)
    assert case.kinds == {"quantize": 1, "conv": 1, "conv_transpose": 1, "dequantize": 1}
    assert_exact(case)


def test_macs_are_counted_at_the_input() -> None:
    case = lower_module(Then(nn.ConvTranspose2d(12, 9, 3, 2)), IMAGE)
    (macs,) = [o.macs for o in lower(case.program).operators if o.kind.name == "conv_transpose"]
    assert macs == 13 * 10 * 12 * 9 * 3 * 3
