"""Reads the parameters of operators: integers that a program may write as scalar, vector or nothing."""

from typing import Any

import numpy as np
import torch


def integers(value: Any) -> tuple[int, ...]:
    """An integer vector, or a scalar as a vector of one."""
    return tuple(int(v) for v in np.asarray(value).reshape(-1))


def integer(value: Any) -> int:
    """An integer scalar."""
    (single,) = integers(value)
    return single


def number(value: Any) -> float:
    """A float scalar, whether it is a tensor or not."""
    return float(value.reshape(-1)[0]) if isinstance(value, torch.Tensor) else float(np.asarray(value).reshape(-1)[0])


def truths(value: Any, count: int) -> tuple[bool, ...]:
    """A vector of truth values; all false when left out."""
    return (False,) * count if value is None else tuple(bool(v) for v in np.asarray(value).reshape(-1))


def along(values: torch.Tensor, axis: int, rank: int) -> torch.Tensor:
    """A vector shaped to be broadcast along one axis; a scalar as it is."""
    if values.numel() == 1:
        return values.reshape(())
    shape = [1] * rank
    shape[axis] = values.numel()
    return values.reshape(shape)
