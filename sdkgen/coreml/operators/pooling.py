"""Maximum and average pooling of NCHW tensors, any padding, with or without a last incomplete window."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch

from sdkgen.coreml.operators.convolution import padded, window_padding
from sdkgen.coreml.operators.parameters import integers

Tensor = torch.Tensor
functional = torch.nn.functional

Pairs = tuple[tuple[int, int], ...]


def _windows(
    x: Tensor, kernel_sizes: Any, strides: Any, pad_type: str, pad: Any, ceil_mode: Any
) -> tuple[tuple[int, ...], tuple[int, ...], Pairs, Pairs]:
    """Return kernel, strides, the padding, and the elements to append so that the last windows are complete."""
    kernel = integers(kernel_sizes)
    stride = (1,) * len(kernel) if strides is None else integers(strides)
    padding = window_padding(pad_type, pad, x.shape[2:], kernel, stride)
    extra = []
    for extent, size, step, (before, after) in zip(x.shape[2:], kernel, stride, padding, strict=True):
        reach = extent + before + after - size
        count = reach // step + 1
        if ceil_mode:
            count = math.ceil(reach / step) + 1
            if (count - 1) * step >= extent + before:  # a window must begin inside the input or the padding before it
                count -= 1
        extra.append((0, max((count - 1) * step - reach, 0)))
    return kernel, stride, padding, tuple(extra)


def _max_pool(
    x: Tensor,
    kernel_sizes: Any,
    strides: Any = None,
    pad_type: str = "valid",
    pad: Any = (0, 0, 0, 0),
    ceil_mode: Any = False,
) -> Tensor:
    kernel, stride, padding, extra = _windows(x, kernel_sizes, strides, pad_type, pad, ceil_mode)
    return functional.max_pool2d(padded(padded(x, padding, -math.inf), extra, -math.inf), kernel, stride)


def _avg_pool(
    x: Tensor,
    kernel_sizes: Any,
    strides: Any = None,
    pad_type: str = "valid",
    pad: Any = (0, 0, 0, 0),
    exclude_padding_from_average: Any = False,
    ceil_mode: Any = False,
) -> Tensor:
    kernel, stride, padding, extra = _windows(x, kernel_sizes, strides, pad_type, pad, ceil_mode)
    inside = torch.ones_like(x[:1, :1])
    counted = padded(inside, padding, 0.0 if exclude_padding_from_average else 1.0)

    def total(values: Tensor) -> Tensor:
        return functional.avg_pool2d(padded(values, extra), kernel, stride, divisor_override=1)

    return total(padded(x, padding)) / total(counted)


RULES: Mapping[str, Callable[..., Any]] = {"max_pool": _max_pool, "avg_pool": _avg_pool}
