"""What cannot be lowered stops with the operator, the layer's name in the user's module, and a remedy."""

import pytest
import torch
from torch import nn

from sdkgen.engines.neon.pte import build_pte
from sdkgen.errors import ExportError
from tests.unit.export.export_cases import REQUEST, lower_module, quantise, samples_for


class Block(nn.Module):
    """A convolution, then what is not supported, inside a named block."""

    def __init__(self, activation: nn.Module) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 8, 3), activation, nn.Conv2d(8, 4, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.features(x).mean((2, 3))


class Function(nn.Module):
    """A convolution, then a function."""

    def __init__(self, function: object) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3)
        self.function = function

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.function(self.stem(x))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("activation", "operator", "remedy"),
    [
        (nn.PixelUnshuffle(2), "aten.pixel_unshuffle.default", "strided convolution"),
        (nn.ReflectionPad2d(1), "aten.pad.default", "Pad with a constant"),
        (nn.Upsample(scale_factor=2, mode="bicubic"), "aten.upsample_bicubic2d.vec", 'mode="bilinear"'),
        (nn.GroupNorm(2, 8), "aten.group_norm.default", "Use BatchNorm"),
        (nn.GLU(1), "aten.glu.default", "a.chunk(2, 1)"),
        (nn.LPPool2d(2, 2), "aten.sign.default", "docs/operators.md"),
    ],
)
def test_unsupported_layer(activation: nn.Module, operator: str, remedy: str) -> None:
    module = Block(activation)
    module.features[2] = nn.Conv2d({nn.PixelUnshuffle: 32, nn.GLU: 4}.get(type(activation), 8), 4, 3)
    samples = samples_for(((1, 3, 16, 16),), 1)
    program = quantise(module, samples)
    with pytest.raises(ExportError) as caught:
        build_pte(program, REQUEST)
    message = str(caught.value)
    assert operator in message and "layer 'features.1'" in message and "not supported by the int8 runtime" in message
    assert remedy in message


@pytest.mark.parametrize(
    ("function", "what"),
    [
        (lambda x: torch.cat([x, x], 2), "only channels"),
        (lambda x: x.mean(1, keepdim=True), "only height and width"),
        (lambda x: torch.softmax(x, 1), "must be the channels of (N, C)"),
        (lambda x: nn.functional.avg_pool2d(x, 2, divisor_override=3), "divisor_override"),
        (lambda x: x.reshape(1, 4, 28, 14), "only flattening"),
        (lambda x: x.flatten(2), "outputs are (N, C) or (N, C, H, W)"),
        (lambda x: x + x.mean((2, 3), keepdim=True), "must be equal"),
        (lambda x: x * x[:, :1], "one has the result's shape"),
        (lambda x: x / x.abs(), "computes with two tensors"),
        (lambda x: nn.functional.pad(x, (0, 0, 0, 0, 1, 1)), "other dimensions than height and width"),
        (lambda x: x.permute(0, 2, 3, 1), "only a channel shuffle"),
        (lambda x: x.transpose(2, 3), "only a channel shuffle"),
        (lambda x: nn.functional.interpolate(x, scale_factor=1.3), "takes other pixels"),
        (
            lambda x: nn.functional.interpolate(x, scale_factor=1.3, mode="bilinear"),
            "positions are those of the factor",
        ),
        (nn.ConvTranspose2d(8, 8, 3, groups=2), "groups=2"),
        (nn.ConvTranspose2d(8, 8, 3, dilation=2), "dilation=(2, 2)"),
    ],
)
def test_unsupported_use(function: object, what: str) -> None:
    with pytest.raises(ExportError) as caught:
        lower_module(Function(function), (1, 3, 16, 16))
    message = str(caught.value)
    assert message.startswith("operator ") and ("in layer" in message or "forward()" in message)
    assert what in message, message


@pytest.mark.parametrize(
    ("function", "operator", "remedy"),
    [
        (lambda x: x.argmax(1, keepdim=True).float(), "aten.argmax.default", "Return the scores"),
        (lambda x: x.argmin(1, keepdim=True).to(x.dtype), "aten.argmin.default", "take the smallest in the app"),
        (lambda x: (x > 0).float(), "aten.gt.Scalar", "docs/operators.md"),
        (lambda x: x.topk(2, 1).indices.float(), "aten.topk.default", "Return the scores"),
        (lambda x: x.sort(1)[0], "aten.sort.default", "sort them in the app"),
    ],
)
def test_an_operator_whose_result_is_no_float_is_named(function: object, operator: str, remedy: str) -> None:
    with pytest.raises(ExportError) as caught:
        lower_module(Function(function), (1, 3, 16, 16))
    message = str(caught.value)
    assert f"operator {operator} in the network's forward()" in message
    assert "not supported by the int8 runtime" in message and remedy in message


def test_a_float_program_is_refused() -> None:
    program = torch.export.export(nn.Sequential(nn.Conv2d(3, 4, 3)).eval(), (torch.zeros(1, 3, 8, 8),))
    with pytest.raises(ExportError, match=r"aten\.conv2d\.default in layer '0' .* not quantised"):
        build_pte(program, REQUEST)


def test_a_batch_is_refused() -> None:
    program = torch.export.export(nn.ReLU(), (torch.zeros(2, 3),))
    with pytest.raises(ExportError, match=r"of shape \(2, 3\)"):
        build_pte(program, REQUEST)


def test_a_constant_per_channel_is_refused() -> None:
    class Scaled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stem, self.factors = nn.Conv2d(3, 8, 1), nn.Parameter(torch.ones(1, 8, 1, 1))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.stem(x) * self.factors

    with pytest.raises(ExportError, match=r"aten\.mul\.Tensor .* constant of more than one element"):
        lower_module(Scaled(), (1, 3, 8, 8))
