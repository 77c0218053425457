"""Convolution and transposed convolution of NCHW tensors, any padding."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from sdkgen.coreml.operators.parameters import along, integer, integers

Tensor = torch.Tensor
functional = torch.nn.functional


def window_padding(
    pad_type: str, pad: Any, extents: Sequence[int], kernel: Sequence[int], strides: Sequence[int]
) -> tuple[tuple[int, int], ...]:
    """Return (before, after) of each spatial axis; `kernel` is the extent with dilation.

    "same" gives ceil(extent / stride) results and puts an odd element after, "same_lower" before.
    """
    if pad_type == "custom":
        values = integers(pad)
        return tuple(zip(values[::2], values[1::2], strict=True))
    if pad_type == "valid":
        return ((0, 0),) * len(extents)
    totals = [
        max((-(-extent // stride) - 1) * stride + size - extent, 0)
        for extent, size, stride in zip(extents, kernel, strides, strict=True)
    ]
    if pad_type == "same_lower":
        return tuple((total - total // 2, total // 2) for total in totals)
    return tuple((total // 2, total - total // 2) for total in totals)


def padded(x: Tensor, padding: Sequence[tuple[int, int]], value: float = 0.0) -> Tensor:
    """Pad the last axes of `x`, one pair (before, after) each."""
    flat = [side for pair in reversed(padding) for side in pair]
    return functional.pad(x, flat, value=value) if any(flat) else x


def _convolve(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    strides: Any = (1, 1),
    pad_type: str = "valid",
    pad: Any = (0, 0, 0, 0),
    dilations: Any = (1, 1),
    groups: Any = 1,
) -> Tensor:
    stride, dilation = integers(strides), integers(dilations)
    kernel = [d * (k - 1) + 1 for d, k in zip(dilation, weight.shape[2:], strict=True)]
    padding = window_padding(pad_type, pad, x.shape[2:], kernel, stride)
    convolve = functional.conv1d if weight.dim() == 3 else functional.conv2d
    return convolve(padded(x, padding), weight, bias, stride, 0, dilation, integer(groups))


def _convolve_transposed(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    pad: Any = (0, 0, 0, 0),
    output_shape: Any = None,
    pad_type: str = "valid",
    strides: Any = (1, 1),
    dilations: Any = (1, 1),
    groups: Any = 1,
) -> Tensor:
    stride, dilation = integers(strides), integers(dilations)
    whole = functional.conv_transpose2d(x, weight, None, stride, 0, 0, integer(groups), dilation)
    if pad_type == "custom":
        values = integers(pad)
        padding = tuple(zip(values[::2], values[1::2], strict=True))
    elif pad_type == "valid":
        padding = ((0, 0), (0, 0))
    else:
        raise ValueError(f"pad_type {pad_type!r} of a transposed convolution is not supported")
    extents = [size - sum(pair) for size, pair in zip(whole.shape[2:], padding, strict=True)]
    if output_shape is not None:
        extents = list(integers(output_shape))[-2:]
    for axis, (extent, (before, _)) in enumerate(zip(extents, padding, strict=True), start=2):
        missing = before + extent - whole.shape[axis]
        if missing > 0:  # rows that no input reaches hold the bias alone
            whole = padded(whole, [(0, missing if a == axis else 0) for a in (2, 3)])
        whole = whole.narrow(axis, before, extent)
    return whole if bias is None else whole + along(bias, 1, 4)


RULES: Mapping[str, Callable[..., Any]] = {"conv": _convolve, "conv_transpose": _convolve_transposed}
