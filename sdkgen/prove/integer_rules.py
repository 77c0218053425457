"""Integer semantics of each operator of a quantised program, after PyTorch's own definition of the operator.

A rule takes the operator's arguments, with activations as `integer_values`, and returns None where it does not apply.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from sdkgen.prove.integer_values import Integers, Joined, Table, Tensor, Term, Weights

functional = torch.nn.functional

LARGEST_PRODUCT = 255 * 127
"""Largest product of an int8 value less its zero point and an int8 weight."""


def _quantise(x: Any, scale: float, zero_point: int, minimum: int, maximum: int, _dtype: torch.dtype) -> Tensor:
    if isinstance(x, Joined):
        return torch.cat([part.quantise(scale, zero_point, minimum, maximum) for part in x.parts], x.axis)
    if isinstance(x, (Integers, Table)):
        return x.quantise(scale, zero_point, minimum, maximum)
    steps = x * (torch.tensor(1.0) / torch.tensor(scale, dtype=torch.float32))
    return (torch.round(steps) + zero_point).clamp(minimum, maximum).to(torch.int8)


def _dequantise(q: Tensor, scale: float, zero_point: int, *_: Any, **__: Any) -> Integers:
    one = torch.tensor(scale, dtype=torch.float64)
    return Integers(terms=(Term(integers=q.to(torch.float32).sub_(zero_point), scale=one),))


def _dequantise_weights(q: Tensor, scales: Tensor, _zeros: Tensor, axis: int, *_: Any, **__: Any) -> Weights:
    return Weights(integers=q.to(torch.float32), scale=scales.to(torch.float64), axis=axis)


def _weighted(
    x: Any, weights: Any, bias: Tensor | None, axes: int, layer: Callable[[Tensor, Tensor, Tensor], Tensor]
) -> Integers | None:
    """Return sums of products, plus the bias in units of both scales."""
    if not isinstance(x, Integers) or not x.is_plain or not isinstance(weights, Weights):
        return None
    (term,) = x.terms
    kernel = weights.integers
    scale = term.scale * weights.scale
    steps = torch.zeros_like(scale) if bias is None else torch.round(bias.to(torch.float64) / scale)
    largest = kernel.numel() / scale.numel() * LARGEST_PRODUCT + float(steps.abs().max())
    # float32 holds integers to 2^24, and only where no library rewrites the sum (Winograd's transforms of 3x3 are not
    # exact) does every order of additions give the same
    is_simple = kernel.shape[1] == 1 or kernel[0, 0].numel() == 1
    exact = torch.float32 if is_simple and largest < 2**24 else torch.float64
    total = layer(term.integers.to(exact), kernel.to(exact), steps.to(exact))
    return Integers(terms=(Term(integers=total, scale=scale.reshape(-1, *[1] * axes)),))


def _convolve(x: Any, weights: Any, bias: Tensor | None = None, *rest: Any) -> Integers | None:
    return _weighted(x, weights, bias, 2, lambda values, kernel, steps: functional.conv2d(values, kernel, steps, *rest))


def _convolve_transposed(x: Any, weights: Any, bias: Tensor | None = None, *rest: Any) -> Integers | None:
    def layer(values: Tensor, kernel: Tensor, steps: Tensor) -> Tensor:
        return functional.conv_transpose2d(values.double(), kernel.double(), steps.double(), *rest)

    return _weighted(x, weights, bias, 2, layer)


def _linear(x: Any, weights: Any, bias: Tensor | None = None) -> Integers | None:
    return _weighted(x, weights, bias, 0, functional.linear)


def _add(x: Any, y: Any, **keywords: Any) -> Integers | Table | None:
    if not all(isinstance(value, Integers) and value.is_plain for value in (x, y)):
        return _function("add")(x, y, **keywords)
    return Integers(terms=(*x.terms, *y.terms))


def _multiply(x: Any, y: Any) -> Integers | Table | None:
    """Multiply two activations, whose shapes may differ by broadcasting."""
    if not all(isinstance(value, Integers) and value.is_plain for value in (x, y)):
        return _function("mul")(x, y)
    (a,), (b,) = x.terms, y.terms
    return Integers(terms=(Term(integers=a.integers * b.integers, scale=a.scale * b.scale),))


def _prelu(x: Any, slopes: Tensor) -> Integers | None:
    if not isinstance(x, Integers) or not x.is_plain:
        return None
    (term,) = x.terms
    per_channel = slopes.to(torch.float64).reshape(-1, *[1] * (term.integers.dim() - 2))
    return Integers(terms=(replace(term, scale=torch.where(term.integers >= 0, term.scale, term.scale * per_channel)),))


def _function(name: str) -> Callable[..., Table | None]:
    """Build the rule of an element-wise operator whose other operands are numbers."""
    compute: Any = getattr(torch.ops.aten, name)

    def rule(*operands: Any, **keywords: Any) -> Table | None:
        elements = [
            i for i, x in enumerate(operands) if isinstance(x, Table) or (isinstance(x, Integers) and x.is_plain)
        ]
        numbers = [_number(x) for x in operands]
        if len(elements) != 1 or any(x is None for i, x in enumerate(numbers) if i not in elements):
            return None
        (at,) = elements
        return Table.of(operands[at]).then(lambda x: compute(*numbers[:at], x, *numbers[at + 1 :], **keywords))

    return rule


def _number(operand: Any) -> float | str | None:
    """Round a number operand to float32, as PyTorch does when the tensor is float32."""
    if isinstance(operand, Tensor):
        return float(operand) if operand.numel() == 1 else None
    return float(torch.tensor(operand, dtype=torch.float32)) if isinstance(operand, (int, float)) else operand


def _clamp(x: Any, low: float | None = None, high: float | None = None) -> Integers | Table | None:
    if isinstance(x, Table):
        bounds = [None if bound is None else torch.tensor(bound, dtype=torch.float32).double() for bound in (low, high)]
        return x.then(lambda values: values.clamp(*bounds))
    if not isinstance(x, Integers):
        return None
    bottom = x.low if low is None else min(max(low, x.low), x.high)
    top = x.high if high is None else max(min(high, x.high), bottom)
    return replace(x, low=bottom, high=top)


def _concatenate(parts: Sequence[Any], axis: int = 0) -> Joined | None:
    if not all(isinstance(part, Integers) for part in parts):
        return None
    return Joined(parts=tuple(parts), axis=axis)


def _max_pool(x: Any, *rest: Any) -> Integers | None:
    if not isinstance(x, Integers) or not x.is_plain:
        return None
    (term,) = x.terms
    return Integers(terms=(replace(term, integers=functional.max_pool2d(term.integers, *rest)),))


def _pad(x: Any, amounts: Sequence[int], value: float = 0.0) -> Integers | None:
    if not isinstance(x, Integers) or not x.is_plain:
        return None
    (term,) = x.terms
    fill = torch.tensor(value, dtype=torch.float32) * (torch.tensor(1.0) / term.scale.to(torch.float32))
    padded = functional.pad(term.integers, list(amounts), value=float(torch.round(fill)))
    return Integers(terms=(replace(term, integers=padded),))


def _nearest(x: Any, size: Sequence[int] | None, factors: Sequence[float] | None) -> Integers | None:
    if not isinstance(x, Integers) or not x.is_plain:
        return None
    (term,) = x.terms
    rows, columns = (
        torch.arange(out) * inside // out
        for inside, out in zip(term.integers.shape[2:], _resized(term.integers, size, factors), strict=True)
    )
    return Integers(terms=(replace(term, integers=term.integers[..., rows[:, None], columns]),))


def _bilinear(
    x: Any, size: Sequence[int] | None, align_corners: bool, factors: Sequence[float] | None
) -> Integers | None:
    """Interpolate with weights of 7 fractional bits per axis, so that the sums stay integers."""
    if not isinstance(x, Integers) or not x.is_plain:
        return None
    (term,) = x.terms
    values = term.integers.to(torch.float64)
    for axis, out in zip((2, 3), _resized(values, size, factors), strict=True):
        inside = values.shape[axis]
        steps = torch.arange(out)
        position, unit = steps * (inside - 1), max(out - 1, 1)
        if not align_corners:
            position, unit = ((2 * steps + 1) * inside - out).clamp(min=0), 2 * out
        first = position // unit
        weight = (256 * (position % unit) + unit) // (2 * unit)
        weight = weight.reshape(-1, *[1] * (3 - axis)).to(torch.float64)
        left, right = (values.index_select(axis, at.clamp(max=inside - 1)) for at in (first, first + 1))
        values = left * (128 - weight) + right * weight
    return Integers(terms=(Term(integers=values, scale=term.scale / 2**14),))


def _resized(values: Tensor, size: Sequence[int] | None, factors: Sequence[float] | None) -> tuple[int, int]:
    """Return (height, width) of the result."""
    if size is not None:
        return size[0], size[1]
    assert factors is not None
    return int(values.shape[2] * factors[0]), int(values.shape[3] * factors[1])


def _averaged(x: Any, pool: Callable[[Tensor], tuple[Tensor, Tensor]]) -> Integers | None:
    """Build the rule of an average; `pool` returns the sums and the number of elements of each."""
    if not isinstance(x, Integers) or not x.is_plain:
        return None
    (term,) = x.terms
    sums, counts = pool(term.integers.to(torch.float64))
    return Integers(terms=(Term(integers=torch.round(sums), scale=term.scale, count=counts.to(torch.float32)),))


def _mean(x: Any, axes: Sequence[int], keepdim: bool = False) -> Integers | None:
    def pool(values: Tensor) -> tuple[Tensor, Tensor]:
        count = math.prod(values.shape[axis] for axis in axes)
        return values.sum(tuple(axes), keepdim), torch.tensor(float(count))

    return _averaged(x, pool)


def _average_adaptively(x: Any, size: Sequence[int]) -> Integers | None:
    def pool(values: Tensor) -> tuple[Tensor, Tensor]:
        # window i is [floor(i * in / out), ceil((i + 1) * in / out))
        height, width = (
            torch.tensor([-(-(i + 1) * inside // out) - i * inside // out for i in range(out)], dtype=torch.float64)
            for inside, out in zip(values.shape[-2:], size, strict=True)
        )
        counts = height[:, None] * width[None, :]
        return functional.adaptive_avg_pool2d(values, (size[0], size[1])) * counts, counts

    return _averaged(x, pool)


def _average(
    x: Any,
    kernel: Sequence[int],
    stride: Sequence[int] = (),
    padding: Sequence[int] = (0, 0),
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor: int | None = None,
) -> Integers | None:
    def pool(values: Tensor) -> tuple[Tensor, Tensor]:
        def average(t: Tensor, divided_by: int | None) -> Tensor:
            return functional.avg_pool2d(
                t, tuple(kernel), tuple(stride or kernel), tuple(padding), ceil_mode, count_include_pad, divided_by
            )

        # The divisor that PyTorch uses, padding considered: over ones, sum / mean = count.
        ones = torch.ones_like(values[:1, :1])
        counts = torch.round(average(ones, 1) / average(ones, divisor))
        return average(values, 1), counts

    return _averaged(x, pool)


_FUNCTIONS = (
    *("abs", "celu", "cos", "div", "elu", "erf", "exp", "gelu", "hardsigmoid", "hardswish", "leaky_relu", "log"),
    *("log1p", "log_sigmoid", "mish", "neg", "pow", "reciprocal", "rsqrt", "rsub", "selu", "sigmoid", "silu", "sin"),
    *("softplus", "sqrt", "square", "sub", "tanh", "threshold"),
)
RULES: Mapping[str, Callable[..., Any]] = {
    "quantized_decomposed.quantize_per_tensor": _quantise,
    "quantized_decomposed.dequantize_per_tensor": _dequantise,
    "quantized_decomposed.dequantize_per_channel": _dequantise_weights,
    "aten.conv2d": _convolve,
    "aten.conv_transpose2d": _convolve_transposed,
    "aten.linear": _linear,
    "aten.add": _add,
    "aten.mul": _multiply,
    "aten.prelu": _prelu,
    "aten.relu": lambda x: _clamp(x, 0.0),
    "aten.relu6": lambda x: _clamp(x, 0.0, 6.0),
    "aten.hardtanh": lambda x, low=-1.0, high=1.0: _clamp(x, low, high),
    "aten.clamp": _clamp,
    "aten.clamp_min": _clamp,
    "aten.clamp_max": lambda x, high: _clamp(x, None, high),
    "aten.max_pool2d": _max_pool,
    "aten.avg_pool2d": _average,
    "aten.adaptive_avg_pool2d": _average_adaptively,
    "aten.mean": _mean,
    "aten.cat": _concatenate,
    "aten.constant_pad_nd": _pad,
    "aten.upsample_nearest2d": _nearest,
    "aten.upsample_bilinear2d": _bilinear,
    **{f"aten.{name}": _function(name) for name in _FUNCTIONS},
}
REARRANGING = tuple(
    f"aten.{name}"
    for name in (
        *("view", "reshape", "flatten", "squeeze", "unsqueeze", "clone", "contiguous", "slice", "select", "transpose"),
        *("permute", "channel_shuffle", "pixel_shuffle"),
    )
)
"""Operators that move elements without computing with them."""
