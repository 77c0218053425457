"""The quantised PyTorch program with exact sums: the same graph, int8 values, integer accumulators.

PyTorch executes quantized.pt2 by dequantising to float32 and rounding every sum, so that its own result depends on the
order of additions. What the graph *means* are integers: conv(q_x - z_x, q_w) is exact, and one float32 multiplication
brings it to the next scale (Jacob et al., "Quantization and Training of Neural Networks for Efficient
Integer-Arithmetic-Only Inference", 2018, section 2, with the multiplier as float32). This file evaluates that meaning
with torch alone, from the PT2E graph and not from the plan, so that exporter and kernels can be held to it byte for
byte. An operator without a rule here is executed by PyTorch on dequantised float32.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch.fx import GraphModule, Interpreter, Node
from torch.utils._pytree import tree_map

from sdkgen.prove.comparison import Outputs
from sdkgen.prove.layers import operator
from sdkgen.samples import Sample

Tensor = torch.Tensor
functional = torch.nn.functional

LARGEST_PRODUCT = 255 * 127
"""Of an int8 value less its zero point and an int8 weight."""


@dataclass(frozen=True, kw_only=True)
class Term:
    """Integers and what one of them is worth.

    Attributes:
        integers: exact, whatever the dtype; the zero point is taken off.
        scale: real value of one; float64, broadcastable to `integers`.
        count: divisor of an average, float32, or None.
    """

    integers: Tensor
    scale: Tensor
    count: Tensor | None = None

    def divided_by(self, step: float) -> Tensor:
        """The value in units of `step`, by one float32 multiplication."""
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
        """As it was dequantised: one term of one scale, no clamp."""
        (first, *more) = self.terms
        unclamped = math.isinf(self.low) and math.isinf(self.high)
        return not more and unclamped and first.count is None and first.scale.numel() == 1

    def divided_by(self, step: float) -> Tensor:
        """The value in units of `step`, float32, before the clamp."""
        total = self.terms[0].divided_by(step)
        for term in self.terms[1:]:
            total = total + term.divided_by(step)
        return total

    def quantise(self, scale: float, zero_point: int, minimum: int, maximum: int) -> Tensor:
        """int8: round half to even, add the zero point, clamp."""
        lowest = max(minimum, _bound(self.low, scale, zero_point, minimum))
        highest = min(maximum, _bound(self.high, scale, zero_point, maximum))
        return self.divided_by(scale).round_().add_(zero_point).clamp_(lowest, highest).to(torch.int8)

    def dequantise(self) -> Tensor:
        """Real values, float32."""
        return self.divided_by(1.0).clamp(self.low, self.high)


@dataclass(frozen=True, kw_only=True)
class Weights:
    """int8 weights of a layer, symmetric; `scale` float64, one per output channel (axis 0)."""

    integers: Tensor
    scale: Tensor

    def dequantise(self) -> Tensor:
        """Real values, float32."""
        shape = (-1, *[1] * (self.integers.dim() - 1))
        return self.integers.to(torch.float32) * self.scale.reshape(shape).to(torch.float32)


@dataclass(frozen=True, kw_only=True)
class Joined:
    """A concatenation whose parts still have scales of their own."""

    parts: tuple[Integers, ...]
    axis: int

    def dequantise(self) -> Tensor:
        """Real values, float32."""
        return torch.cat([part.dequantise() for part in self.parts], self.axis)


def _bound(value: float, scale: float, zero_point: int, unbounded: int) -> int:
    return unbounded if math.isinf(value) else round(value / scale) + zero_point


class IntegerProgram(Interpreter):
    """Evaluates a PT2E-converted graph with exact sums.

    Attributes:
        quantised: of the last run, the int8 result of every quantise operator.
    """

    def __init__(self, graph_module: GraphModule) -> None:
        super().__init__(graph_module)
        self.quantised: dict[Node, Tensor] = {}

    def outputs(self, samples: Sequence[Sample]) -> list[Outputs]:
        """float32 outputs, one tuple per sample."""
        return [self.evaluate(sample) for sample in samples]

    def evaluate(self, sample: Sample) -> Outputs:
        """float32 outputs; fills `quantised`."""
        self.quantised = {}
        with torch.no_grad():
            answer = self.run(*(torch.from_numpy(array) for array in sample.inputs))
        tensors = answer if isinstance(answer, (tuple, list)) else (answer,)
        return tuple(tensor.numpy() for tensor in tensors)

    def run_node(self, n: Node) -> Any:
        if n.op != "call_function":
            return super().run_node(n)
        arguments, keywords = self.fetch_args_kwargs_from_env(n)
        name = operator(n)
        if name in _REARRANGING and isinstance(arguments[0], Integers) and arguments[0].is_plain:
            (term,) = arguments[0].terms
            assert callable(n.target)
            return Integers(terms=(replace(term, integers=n.target(term.integers, *arguments[1:])),))
        rule = _RULES.get(name)
        value = rule(*arguments, **keywords) if rule else None
        if value is None:  # no rule, or the rule does not apply
            plain_arguments, plain_keywords = tree_map(_real, (arguments, keywords))
            value = super().call_function(n.target, plain_arguments, plain_keywords)
        if name == "quantized_decomposed.quantize_per_tensor":
            self.quantised[n] = value
        return value

    def output(self, target: Any, args: Any, kwargs: Any) -> Any:
        return tree_map(_real, super().output(target, args, kwargs))


def _real(value: Any) -> Any:
    return value.dequantise() if isinstance(value, (Integers, Weights, Joined)) else value


def _quantise(x: Any, scale: float, zero_point: int, minimum: int, maximum: int, _dtype: torch.dtype) -> Tensor:
    if isinstance(x, Joined):
        return torch.cat([part.quantise(scale, zero_point, minimum, maximum) for part in x.parts], x.axis)
    if isinstance(x, Integers):
        return x.quantise(scale, zero_point, minimum, maximum)
    steps = x * (torch.tensor(1.0) / torch.tensor(scale, dtype=torch.float32))
    return (torch.round(steps) + zero_point).clamp(minimum, maximum).to(torch.int8)


def _dequantise(q: Tensor, scale: float, zero_point: int, *_: Any, **__: Any) -> Integers:
    one = torch.tensor(scale, dtype=torch.float64)
    return Integers(terms=(Term(integers=q.to(torch.float32).sub_(zero_point), scale=one),))


def _dequantise_weights(q: Tensor, scales: Tensor, *_: Any, **__: Any) -> Weights:
    return Weights(integers=q.to(torch.float32), scale=scales.to(torch.float64))


def _weighted(
    x: Any, weights: Any, bias: Tensor | None, axes: int, layer: Callable[[Tensor, Tensor, Tensor], Tensor]
) -> Integers | None:
    """Sums of products, plus the bias in units of both scales."""
    if not isinstance(x, Integers) or not x.is_plain or not isinstance(weights, Weights):
        return None
    (term,) = x.terms
    kernel = weights.integers
    scale = term.scale * weights.scale
    steps = torch.zeros_like(scale) if bias is None else torch.round(bias.to(torch.float64) / scale)
    largest = kernel[0].numel() * LARGEST_PRODUCT + float(steps.abs().max())
    # float32 holds integers to 2^24, and only where no library rewrites the sum (Winograd's transforms of 3x3 are not
    # exact) does every order of additions give the same
    is_simple = kernel.shape[1] == 1 or kernel[0, 0].numel() == 1
    exact = torch.float32 if is_simple and largest < 2**24 else torch.float64
    total = layer(term.integers.to(exact), kernel.to(exact), steps.to(exact))
    return Integers(terms=(Term(integers=total, scale=scale.reshape(-1, *[1] * axes)),))


def _convolve(x: Any, weights: Any, bias: Tensor | None = None, *rest: Any) -> Integers | None:
    return _weighted(x, weights, bias, 2, lambda values, kernel, steps: functional.conv2d(values, kernel, steps, *rest))


def _multiply(x: Any, weights: Any, bias: Tensor | None = None) -> Integers | None:
    return _weighted(x, weights, bias, 0, functional.linear)


def _add(x: Any, y: Any, **_: Any) -> Integers | None:
    if not all(isinstance(value, Integers) and value.is_plain for value in (x, y)):
        return None
    return Integers(terms=(*x.terms, *y.terms))


def _clamp(x: Any, low: float | None = None, high: float | None = None) -> Integers | None:
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


def _averaged(x: Any, pool: Callable[[Tensor], tuple[Tensor, Tensor]]) -> Integers | None:
    """`pool` gives the sums and how many elements each has."""
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

        # What PyTorch itself divides by: ones give sum / mean = count, whatever is padding.
        ones = torch.ones_like(values[:1, :1])
        counts = torch.round(average(ones, 1) / average(ones, divisor))
        return average(values, 1), counts

    return _averaged(x, pool)


_RULES: Mapping[str, Callable[..., Any]] = {
    "quantized_decomposed.quantize_per_tensor": _quantise,
    "quantized_decomposed.dequantize_per_tensor": _dequantise,
    "quantized_decomposed.dequantize_per_channel": _dequantise_weights,
    "aten.conv2d": _convolve,
    "aten.linear": _multiply,
    "aten.add": _add,
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
}
_REARRANGING = tuple(f"aten.{name}" for name in ("view", "reshape", "flatten", "squeeze", "unsqueeze"))
