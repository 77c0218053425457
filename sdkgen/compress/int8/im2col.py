"""im2col: the inputs of a convolution or linear layer as rows of a matrix, at some of its output positions."""

from dataclasses import dataclass
from typing import Any

import torch
from torch.fx import Node

aten = torch.ops.aten


@dataclass(frozen=True, kw_only=True)
class Geometry:
    """Window of a convolution; pairs are (height, width)."""

    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    groups: int


def geometry_of(layer: Node, weight: torch.Tensor) -> Geometry | None:
    """Return the window of a conv2d, or None for a linear layer, which has one position per row of its input."""
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


def positions(geometry: Geometry | None, source: torch.Tensor, count: int, generator: torch.Generator) -> torch.Tensor:
    """Draw up to `count` different output positions of one sample, (n,) int64, sorted."""
    total = source.reshape(-1, source.shape[-1]).shape[0]
    if geometry is not None:
        height, width = _output(geometry, source)
        total = height * width
    if total <= count:
        return torch.arange(total)
    return torch.randperm(total, generator=generator)[:count].sort().values


def im2col(geometry: Geometry | None, source: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    """Return the inputs that the weights of each group are multiplied by at the chosen positions, (groups, n, K).

    Args:
        source: (1, C, H, W) for a convolution, (…, K) for a linear layer.
    """
    if geometry is None:
        return source.reshape(-1, source.shape[-1])[chosen][None]
    (kernel_y, kernel_x), channels = geometry.kernel, source.shape[1]
    pad_y, pad_x = geometry.padding
    padded = torch.nn.functional.pad(source[0], (pad_x, pad_x, pad_y, pad_y))
    _, width = _output(geometry, source)
    y = (chosen // width * geometry.stride[0])[:, None] + torch.arange(kernel_y) * geometry.dilation[0]
    x = (chosen % width * geometry.stride[1])[:, None] + torch.arange(kernel_x) * geometry.dilation[1]
    patches = padded[:, y[:, :, None], x[:, None, :]]  # (C, n, kernel_y, kernel_x)
    grouped = patches.reshape(geometry.groups, channels // geometry.groups, len(chosen), kernel_y * kernel_x)
    return grouped.transpose(1, 2).reshape(geometry.groups, len(chosen), -1)


def _output(geometry: Geometry, source: torch.Tensor) -> tuple[int, int]:
    sides = []
    for axis in (0, 1):
        reach = geometry.dilation[axis] * (geometry.kernel[axis] - 1)
        sides.append((source.shape[2 + axis] + 2 * geometry.padding[axis] - reach - 1) // geometry.stride[axis] + 1)
    return sides[0], sides[1]


def _pair(value: Any) -> tuple[int, int]:
    first, second = (value * 2)[:2] if isinstance(value, list | tuple) else (value, value)
    return int(first), int(second)
