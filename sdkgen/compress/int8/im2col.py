"""Writes convolutions and linear layers as matrix products over some of their output positions."""

from dataclasses import dataclass
from typing import Any

import torch
from torch.fx import Node

aten = torch.ops.aten


@dataclass(frozen=True, kw_only=True)
class Geometry:
    """Of a convolution, pairs (height, width); a linear layer has one position per row.

    Attributes:
        kernel, stride, padding, dilation: None of them for a linear layer.
    """

    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    groups: int


def geometry(layer: Node, weight: torch.Tensor) -> Geometry | None:
    """Of a conv2d; None for a linear layer."""
    if layer.target is aten.linear.default:
        return None
    given: list[Any] = list(layer.args[3:])
    defaults: list[Any] = [[1, 1], [0, 0], [1, 1], 1]
    stride, padding, dilation, groups = given + defaults[len(given) :]
    return Geometry(
        kernel=(weight.shape[2], weight.shape[3]),
        stride=_pair(stride),
        padding=_pair(padding),
        dilation=_pair(dilation),
        groups=int(groups),
    )


def positions(form: Geometry | None, source: torch.Tensor, count: int, generator: torch.Generator) -> torch.Tensor:
    """Up to `count` different output positions of one sample, (n,) int64, sorted."""
    total = source.reshape(-1, source.shape[-1]).shape[0]
    if form is not None:
        height, width = _output(form, source)
        total = height * width
    if total <= count:
        return torch.arange(total)
    return torch.randperm(total, generator=generator)[:count].sort().values


def rows(form: Geometry | None, source: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    """What the weights of each group are multiplied with at the chosen positions: (groups, n, inputs per output).

    Args:
        source: (1, C, H, W) for a convolution, (…, K) for a linear layer.
    """
    if form is None:
        return source.reshape(-1, source.shape[-1])[chosen][None]
    (kernel_y, kernel_x), channels = form.kernel, source.shape[1]
    padded = torch.nn.functional.pad(source[0], (form.padding[1], form.padding[1], form.padding[0], form.padding[0]))
    _, width = _output(form, source)
    y = (chosen // width * form.stride[0])[:, None] + torch.arange(kernel_y) * form.dilation[0]
    x = (chosen % width * form.stride[1])[:, None] + torch.arange(kernel_x) * form.dilation[1]
    patches = padded[:, y[:, :, None], x[:, None, :]]  # (C, n, kernel_y, kernel_x)
    grouped = patches.reshape(form.groups, channels // form.groups, len(chosen), kernel_y * kernel_x)
    return grouped.transpose(1, 2).reshape(form.groups, len(chosen), -1)


def _output(form: Geometry, source: torch.Tensor) -> tuple[int, int]:
    sides = []
    for axis in (0, 1):
        reach = form.dilation[axis] * (form.kernel[axis] - 1)
        sides.append((source.shape[2 + axis] + 2 * form.padding[axis] - reach - 1) // form.stride[axis] + 1)
    return sides[0], sides[1]


def _pair(value: Any) -> tuple[int, int]:
    first, second = (value * 2)[:2] if isinstance(value, list | tuple) else (value, value)
    return int(first), int(second)
