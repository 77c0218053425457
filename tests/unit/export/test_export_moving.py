"""Padding, slices, channel shuffle and resizing: plan, integer program and C runtime agree in every byte."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from sdkgen.plan.reader import OperatorRecord
from tests.unit.export.export_cases import assert_exact, assert_same, lower_module
from tests.unit.export.modules import IMAGE, Branches, Then


def only(case: object, kind: str) -> list[OperatorRecord]:
    return [operator for operator in case.plan.operators if operator.kind.name == kind]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("function", "kinds"),
    [
        (nn.ZeroPad2d((1, 2, 3, 0)), ["pad"]),
        (nn.ConstantPad2d(2, -0.4), ["pad"]),
        (lambda x: functional.pad(x, (0, 1)), ["pad"]),
        (lambda x: functional.pad(x, (-1, 2, 0, -3), value=0.5), ["slice", "pad"]),
        (lambda x: functional.pad(x, (-1, -2)), ["slice"]),
        (lambda x: functional.pad(x, (1, 1, 1, 1), value=1e9).clamp(max=1.0), ["pad", "rescale"]),
    ],
)
def test_padding(function: object, kinds: list[str]) -> None:
    case = lower_module(Then(function), IMAGE)
    assert [o.kind.name for o in case.plan.operators][2:-1] == kinds
    assert_exact(case)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x[:, 2:7],
        lambda x: x[:, 1::3],
        lambda x: x[:, :, ::2, 1::2],
        lambda x: x[:, -5:, :, -3:],
        lambda x: x[..., 3:9],
        lambda x: x.narrow(2, 4, 5),
        lambda x: x.chunk(3, 1)[1],
        lambda x: x.chunk(5, 3)[-1],
        lambda x: x.split((3, 4, 5), dim=1)[2],
        lambda x: x.unbind(2)[4].unsqueeze(2),
        lambda x: x.select(1, -2).unsqueeze(1),
        lambda x: x[:, :, 3, -1],
        lambda x: x[:, -1, 4].reshape(1, 10),
        lambda x: x.mean((2, 3))[:, 3:9],
        lambda x: x.flatten(1)[:, 100:300:7],
    ],
)
def test_slice(function: object) -> None:
    case = lower_module(Then(function), IMAGE)
    assert case.kinds["slice"] >= 1 and case.kinds["rescale"] == 0
    assert_exact(case)


def test_a_slice_of_everything_is_nothing() -> None:
    case = lower_module(Then(lambda x: x[:, :, 0:]), IMAGE)
    assert case.kinds["slice"] == 0


def test_the_focus_of_a_detector() -> None:
    """Four slices of stride 2 in a concatenation, on the image itself."""
    corners = [(0, 0), (1, 0), (0, 1), (1, 1)]

    class Focus(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(12, 8, 3, padding=1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.conv(torch.cat([x[..., y::2, z::2] for y, z in corners], 1))

    case = lower_module(Focus(), (1, 3, 12, 10))
    assert [(o.padding[:2], o.stride) for o in only(case, "slice") if o.padding[0]] == [((1, 0), (2, 1))] * 2
    assert_exact(case)


def shuffle_by_views(x: torch.Tensor) -> torch.Tensor:
    n, c, h, w = x.shape
    return x.view(n, 3, c // 3, h, w).transpose(1, 2).contiguous().view(n, -1, h, w)


def shuffle_by_permute(x: torch.Tensor) -> torch.Tensor:
    n, c, h, w = x.shape
    return x.reshape(n, 3, c // 3, h, w).permute(0, 2, 1, 3, 4).reshape(n, c, h, w)


@pytest.mark.parametrize("function", [shuffle_by_views, shuffle_by_permute, nn.ChannelShuffle(3)])
def test_channel_shuffle(function: object) -> None:
    case = lower_module(Then(function), IMAGE)
    assert case.kinds == {"quantize": 1, "conv": 1, "channel_shuffle": 1, "dequantize": 1}
    assert only(case, "channel_shuffle")[0].groups == 3
    assert_exact(case)


def test_shuffled_and_split_units_share_one_scale() -> None:
    def unit(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        left, right = shuffle_by_views(torch.cat([a, b], 1)).chunk(2, 1)
        return torch.cat([right, left * 2], 1)

    case = lower_module(Branches(unit, channels=(4, 8)), IMAGE)
    assert case.kinds["channel_shuffle"] == 1 and case.kinds["slice"] == 2 and case.kinds["rescale"] == 4
    assert_exact(case)


@pytest.mark.parametrize(
    "function",
    [
        nn.Upsample(scale_factor=2),
        nn.Upsample(scale_factor=(3, 1)),
        nn.Upsample(size=(7, 23)),
        lambda x: functional.interpolate(x, size=(26, 20), mode="nearest"),
    ],
)
def test_nearest(function: object) -> None:
    case = lower_module(Then(function), IMAGE)
    assert case.kinds == {"quantize": 1, "conv": 1, "resize": 1, "dequantize": 1}
    assert_exact(case)


@pytest.mark.parametrize(
    ("function", "steps"),
    [
        (nn.Upsample(scale_factor=2, mode="bilinear"), 1),
        (nn.Upsample(scale_factor=4, mode="bilinear"), 1),
        (nn.Upsample(size=(13, 40), mode="bilinear"), 1),
        # weights have 7 bits: each may be off by 1/256 of the difference of two neighbours
        (nn.Upsample(size=(31, 17), mode="bilinear"), 3),
        (nn.Upsample(size=(6, 7), mode="bilinear"), 3),
        (nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True), 3),
        (nn.Upsample(size=(1, 19), mode="bilinear", align_corners=True), 3),
        (nn.UpsamplingBilinear2d(scale_factor=1.5), 3),
        (lambda x: functional.interpolate(x.mean((2, 3), keepdim=True), size=(5, 6), mode="bilinear"), 1),
    ],
)
def test_bilinear(function: object, steps: int) -> None:
    case = lower_module(Then(function), IMAGE)
    assert case.kinds["resize"] == 1
    assert_exact(case, steps=steps)
    assert_same(case, minimum_db=30)


def test_other_parameters_behind_need_a_step() -> None:
    case = lower_module(Then(lambda x: torch.relu(nn.functional.interpolate(x[:, :5], scale_factor=2))), IMAGE)
    assert [o.kind.name for o in case.plan.operators][2:-1] == ["slice", "resize", "rescale"]
    assert_exact(case)
