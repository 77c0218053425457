"""Reads the parameters of operators: integers that a program may write as scalar, vector or nothing."""

from typing import Any

import numpy as np
import torch


def integers(value: Any) -> tuple[int, ...]:
    """Return an integer vector; a scalar becomes a vector of one."""
    return tuple(int(v) for v in np.asarray(value).reshape(-1))


def integer(value: Any) -> int:
    """Return an integer scalar."""
    (single,) = integers(value)
    return single


def number(value: Any) -> float:
    """Return a float scalar, from a tensor or a number."""
    return float(value.reshape(-1)[0]) if isinstance(value, torch.Tensor) else float(np.asarray(value).reshape(-1)[0])


def truths(value: Any, count: int) -> tuple[bool, ...]:
    """Return a vector of booleans; all false when left out."""
    return (False,) * count if value is None else tuple(bool(v) for v in np.asarray(value).reshape(-1))


def along(values: torch.Tensor, axis: int, rank: int) -> torch.Tensor:
    """Reshape a vector to be broadcast along one axis; return a scalar unchanged."""
    if values.numel() == 1:
        return values.reshape(())
    shape = [1] * rank
    shape[axis] = values.numel()
    return values.reshape(shape)
