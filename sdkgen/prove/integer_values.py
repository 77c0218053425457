"""Values of the exact evaluation of a quantised program: integers with their scale, the zero point subtracted."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch

Tensor = torch.Tensor

WIDEST = 255
"""Largest magnitude of an int8 value less its zero point."""


@dataclass(frozen=True, kw_only=True)
class Term:
    """Integers and their scale.

    Attributes:
        integers: exact in any dtype; the zero point is subtracted.
        scale: real value of one; float64, broadcastable to `integers`.
        count: divisor of an average, float32, or None.
    """

    integers: Tensor
    scale: Tensor
    count: Tensor | None = None

    def divided_by(self, step: float) -> Tensor:
        """Return the value in units of `step`, by one float32 multiplication."""
        multiplier = (self.scale / step).to(torch.float32)
        if self.count is not None:
            multiplier = multiplier / self.count
        return self.integers.to(torch.float32) * multiplier


@dataclass(frozen=True, kw_only=True)
class Integers:
    """An activation: a term, or two that are added, and the clamp that follows; `low` and `high` are real values."""

    terms: tuple[Term, ...]
    low: float = -math.inf
    high: float = math.inf

    @property
    def is_plain(self) -> bool:
        """Whether it is as it was dequantised: one term of one scale, no clamp."""
        (first, *more) = self.terms
        unclamped = math.isinf(self.low) and math.isinf(self.high)
        return not more and unclamped and first.count is None and first.scale.numel() == 1

    def divided_by(self, step: float) -> Tensor:
        """Return the value in units of `step`, float32, before the clamp."""
        total = self.terms[0].divided_by(step)
        for term in self.terms[1:]:
            total = total + term.divided_by(step)
        return total

    def quantise(self, scale: float, zero_point: int, minimum: int, maximum: int) -> Tensor:
        """Quantise to int8: round half to even, add the zero point, clamp."""
        lowest = max(minimum, _bound(self.low, scale, zero_point, minimum))
        highest = min(maximum, _bound(self.high, scale, zero_point, maximum))
        return self.divided_by(scale).round_().add_(zero_point).clamp_(lowest, highest).to(torch.int8)

    def dequantise(self) -> Tensor:
        """Real values, float32."""
        return self.divided_by(1.0).clamp(self.low, self.high)


@dataclass(frozen=True, kw_only=True)
class Weights:
    """int8 weights of a layer, symmetric; `scale` float64, one per output channel, which `axis` of them counts."""

    integers: Tensor
    scale: Tensor
    axis: int

    def dequantise(self) -> Tensor:
        """Real values, float32."""
        shape = [-1 if axis == self.axis else 1 for axis in range(self.integers.dim())]
        return self.integers.to(torch.float32) * self.scale.reshape(shape).to(torch.float32)


@dataclass(frozen=True, kw_only=True)
class Joined:
    """A concatenation whose parts keep their own scales."""

    parts: tuple[Integers, ...]
    axis: int

    def dequantise(self) -> Tensor:
        """Real values, float32."""
        return torch.cat([part.dequantise() for part in self.parts], self.axis)


@dataclass(frozen=True, kw_only=True)
class Table:
    """A function of one element of an activation.

    Attributes:
        at: int64, of every element the entry of `values`.
        values: (511,) float64, the function of the integers -255 … 255 times the activation's scale.
    """

    at: Tensor
    values: Tensor
    is_plain = True  # any function of it is a table again

    @staticmethod
    def of(x: "Integers | Table") -> "Table":
        """Return the identity over a plain activation; return a table unchanged."""
        if isinstance(x, Table):
            return x
        (term,) = x.terms
        reals = torch.arange(-WIDEST, WIDEST + 1, dtype=torch.float32) * term.scale.to(torch.float32)
        return Table(at=term.integers.to(torch.int64) + WIDEST, values=reals.to(torch.float64))

    def then(self, function: Callable[[Tensor], Tensor]) -> "Table":
        """Return the table of `function` applied to these values."""
        return replace(self, values=function(self.values))

    def quantise(self, scale: float, zero_point: int, minimum: int, maximum: int) -> Tensor:
        """Quantise to int8: divide, round half to even in float64, add the zero point, clamp; NaN gives zero_point."""
        steps = torch.nan_to_num(torch.round(self.values / scale), nan=0.0)
        return (steps + zero_point).clamp_(minimum, maximum).to(torch.int8)[self.at]

    def dequantise(self) -> Tensor:
        """Real values, float32."""
        return self.values.to(torch.float32)[self.at]


def real(value: Any) -> Any:
    """Dequantise the result of a rule; return any other value unchanged."""
    return value.dequantise() if isinstance(value, (Integers, Table, Weights, Joined)) else value


def _bound(value: float, scale: float, zero_point: int, unbounded: int) -> int:
    return unbounded if math.isinf(value) else round(value / scale) + zero_point
