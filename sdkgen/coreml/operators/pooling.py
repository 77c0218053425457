"""Maximum and average pooling, any padding, with or without a last incomplete window, by the description of MIL.

The description leaves open how an average counts what ceil_mode lets a window overhang. Devices divide by the whole
kernel (apple/coremltools#2772), at least where padding counts. Here it always counts, unlike in PyTorch, so that no
program passes a proof whose meaning depends on it.
"""

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
    """Return kernel, strides, the padding, and the elements to append so that the last windows are complete.

    With ceil_mode the last window may begin behind the input, unless there is padding; PyTorch never lets it.
    """
    kernel = integers(kernel_sizes)
    stride = (1,) * len(kernel) if strides is None else integers(strides)
    padding = window_padding(pad_type, pad, x.shape[2:], kernel, stride)
    extra = []
    for extent, size, step, (before, after) in zip(x.shape[2:], kernel, stride, padding, strict=True):
        reach = extent + before + after - size
        count = reach // step + 1
        if ceil_mode:
            count = math.ceil(reach / step) + 1
            if before + after > 0 and (count - 1) * step >= extent + before:
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
    pool = (functional.max_pool1d, functional.max_pool2d, functional.max_pool3d)[len(kernel) - 1]
    result: Tensor = pool(padded(padded(x, padding, -math.inf), extra, -math.inf), kernel, stride)
    return result


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

    sums = _sums(padded(padded(x, padding), extra), kernel, stride)
    return sums / _sums(padded(counted, extra, 1.0), kernel, stride)


def _sums(x: Tensor, kernel: tuple[int, ...], stride: tuple[int, ...]) -> Tensor:
    """Return the sum over each window, of 1 to 3 axes."""
    if len(kernel) == 1:
        return functional.avg_pool2d(x.unsqueeze(-1), (*kernel, 1), (*stride, 1), divisor_override=1).squeeze(-1)
    pool = functional.avg_pool2d if len(kernel) == 2 else functional.avg_pool3d
    return pool(x, kernel, stride, divisor_override=1)


RULES: Mapping[str, Callable[..., Any]] = {"max_pool": _max_pool, "avg_pool": _avg_pool}
