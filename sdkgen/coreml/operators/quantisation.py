"""Quantisation of activations to int8 or uint8, and back."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from sdkgen.coreml.operators.parameters import along, integer

Tensor = torch.Tensor

_RANGES = {"int8": (-128, 127), "uint8": (0, 255)}


def _quantize(input: Tensor, scale: Tensor, output_dtype: str, zero_point: Any = None, axis: Any = None) -> Tensor:
    """clamp(round(input / scale) + zero_point), half to even as PyTorch's quantize_per_tensor."""
    low, high = _RANGES[output_dtype]
    at = 0 if axis is None else integer(axis)
    levels = torch.round(input / along(scale, at, input.dim()))
    return torch.clamp(levels + _zero_point(zero_point, at, input), low, high).to(torch.int32)


def _dequantize(input: Tensor, scale: Tensor, zero_point: Any = None, axis: Any = None) -> Tensor:
    """Compute (input - zero_point) * scale."""
    at = 0 if axis is None else integer(axis)
    levels = input - _zero_point(zero_point, at, input)
    return levels.to(scale.dtype) * along(scale, at, input.dim())


def _zero_point(value: Any, axis: int, like: Tensor) -> Tensor:
    points = torch.from_numpy(np.asarray(0 if value is None else value).astype(np.int32).reshape(-1))
    return along(points, axis, like.dim())


RULES: Mapping[str, Callable[..., Any]] = {"quantize": _quantize, "dequantize": _dequantize}
