"""Addition, multiplication, PReLU, clamps and softmax."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from sdkgen.fx.names import layer_of
from sdkgen.plan.graph import Kind, Operator
from sdkgen.plan.lower import Lowerer, lowers, shape_of
from sdkgen.plan.operators.pointwise import applied, float32, has_constant, pointwise
from sdkgen.plan.packing import pack_slopes
from sdkgen.plan.unsupported import rejected
from sdkgen.plan.values import (
    Constant,
    FloatResult,
    Int8,
    Int8Result,
    Pending,
    Pointwise,
    Result,
    Value,
    ratio,
)


@lowers("aten.add.Tensor")
def add(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    if has_constant(lowerer, node):
        return pointwise(lowerer, node)
    builder = lowerer.builder
    first, second = (lowerer.int8(lowerer.value(argument, node), node) for argument in node.args[:2])
    if first.shape != second.shape:
        raise rejected(
            node,
            f"adds tensors of the shapes {first.shape} and {second.shape}; they must be equal",
            remedy="Resize the smaller one first (nn.Upsample), or multiply: a factor may be (N, C, 1, 1).",
        )
    alpha = node.kwargs.get("alpha", 1)
    if not isinstance(alpha, (int, float)) or alpha <= 0:
        raise rejected(node, f"has alpha={alpha}; it must be positive")
    factor = float(alpha)
    a, b = first.tensor, second.tensor
    if builder.extents(a) != builder.extents(b):
        a, b = lowerer.spatial(first, node), lowerer.spatial(second, node)

    def emit(result: Result) -> int:
        assert isinstance(result, Int8Result)
        scales = (
            ratio(builder.quantisation(a), result.quantisation),
            ratio(builder.quantisation(b), result.quantisation) * factor,
        )
        return builder.add(
            Operator(
                kind=Kind.ADD,
                input0=a,
                input1=b,
                output=builder.result(builder.extents(a), result),
                layer=layer_of(node),
                clamp=result.clamp,
                scales=scales,
            )
        )

    return lowerer.pending(node, builder.extents(a), emit, forms=(Int8Result,))


@lowers("aten.mul.Tensor")
def mul(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    if has_constant(lowerer, node):
        return pointwise(lowerer, node)
    builder = lowerer.builder
    factors = [lowerer.int8(lowerer.value(argument, node), node) for argument in node.args[:2]]
    shape = shape_of(node)
    if factors[0].shape != shape:
        factors.reverse()
    per_channel = (*shape[:2], 1, 1) if len(shape) == 4 else shape
    if factors[0].shape != shape or factors[1].shape not in (shape, per_channel):
        raise rejected(
            node,
            f"multiplies tensors of the shapes {factors[1].shape} and {factors[0].shape}; one has the result's shape, "
            "the other that or (N, C, 1, 1)",
            remedy="Bring a map of one channel to the other's channels with a 1x1 convolution of fixed ones.",
        )
    a, b = (lowerer.spatial(factor, node) for factor in factors)

    def emit(result: Result) -> int:
        assert isinstance(result, Int8Result)
        product = builder.quantisation(a).scale * builder.quantisation(b).scale
        return builder.add(
            Operator(
                kind=Kind.MUL,
                input0=a,
                input1=b,
                output=builder.result(builder.extents(a), result),
                layer=layer_of(node),
                clamp=result.clamp,
                scales=(float(np.float32(product / result.quantisation.scale)), 0.0),
            )
        )

    return lowerer.pending(node, builder.extents(a), emit, forms=(Int8Result,))


@lowers("aten.prelu.default")
def prelu(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    builder = lowerer.builder
    source = lowerer.spatial(lowerer.value(node.args[0], node), node)
    extents = builder.extents(source)
    slopes = lowerer.value(node.args[1], node)
    if not isinstance(slopes, Constant):
        raise rejected(node, "has slopes that are computed while the network runs")
    slope = np.broadcast_to(slopes.values.astype(np.float64).reshape(-1), extents[3:])

    def emit(result: Result) -> int:
        assert isinstance(result, Int8Result)
        scale = builder.quantisation(source).scale
        return builder.add(
            Operator(
                kind=Kind.PRELU,
                input0=source,
                output=builder.result(extents, result),
                layer=layer_of(node),
                clamp=result.clamp,
                weights=pack_slopes((slope * scale / result.quantisation.scale).astype(np.float32)),
                scales=(ratio(builder.quantisation(source), result.quantisation), 0.0),
            )
        )

    return lowerer.pending(node, extents, emit, forms=(Int8Result,))


@lowers("aten.relu.default")
def relu(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    return _clamp(lowerer, node, 0.0, math.inf)


@lowers("aten.relu6.default")
def relu6(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    return _clamp(lowerer, node, 0.0, 6.0)


@lowers("aten.hardtanh.default")
def hardtanh(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    bounds: tuple[Any, ...] = (*node.args[1:], *(-1.0, 1.0)[len(node.args) - 1 :])
    return _clamp(lowerer, node, *bounds)


@lowers("aten.clamp.default")
def clamp(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    bounds: list[Any] = [*node.args[1:], None, None]
    low, high = node.kwargs.get("min", bounds[0]), node.kwargs.get("max", bounds[1])
    return _clamp(lowerer, node, -math.inf if low is None else low, math.inf if high is None else high)


@lowers("aten.clamp_min.default")
def clamp_min(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    return _clamp(lowerer, node, node.args[1], math.inf)


@lowers("aten.clamp_max.default")
def clamp_max(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    return _clamp(lowerer, node, -math.inf, node.args[1])


def _clamp(lowerer: Lowerer, node: torch.fx.Node, low: Any, high: Any) -> Value:
    """Fold the bounds into the operator before, or requantise alone where that one is already int8."""
    value = lowerer.value(node.args[0], node)
    if isinstance(value, Pointwise):
        return applied(lowerer, node, value, lambda values: np.clip(values, float32(low), float32(high)))
    if isinstance(value, Int8) and value.dequantised:
        value = rescaled(lowerer, node, value)
    if not isinstance(value, Pending) or Int8Result not in value.forms:
        raise rejected(node, "reads float32 values that were not quantised")
    # A bound may lie beyond those of an activation before: clamp(clamp(x, 0, 6), 1, 8) is clamp(x, 1, 6).
    low = min(max(value.low, float(low)), value.high)
    return replace(value, low=low, high=max(min(value.high, float(high)), low), shape=shape_of(node))


def rescaled(lowerer: Lowerer, node: torch.fx.Node, value: Int8) -> Pending:
    """A tensor that exists in int8, as the pending result of a `rescale`."""
    builder = lowerer.builder
    quantisation = builder.quantisation(value.tensor)

    def emit(result: Result) -> int:
        assert isinstance(result, Int8Result)
        return builder.rescale(value.tensor, result, layer_of(node))

    extents = builder.extents(value.tensor)
    pending = lowerer.pending(node, extents, emit, forms=(Int8Result,), closed=quantisation)
    return replace(pending, shape=value.shape)


@lowers("aten.softmax.int", "aten._softmax.default")
def softmax(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    value = lowerer.value(node.args[0], node)
    shape = shape_of(node)
    assert isinstance(node.args[1], int)
    if node.args[1] % len(shape) != 1 or shape not in ((shape[0], shape[1]), (shape[0], shape[1], 1, 1)):
        raise rejected(node, f"normalises dimension {node.args[1]} of {shape}; it must be the channels of (N, C)")
    extents = (shape[0], 1, 1, shape[1])

    def emit(result: Result) -> int:
        assert isinstance(result, FloatResult)
        source = lowerer.make_float(value, node, FloatResult(location="arena", rank=2))
        output = lowerer.builder.result(extents, result)
        return lowerer.builder.add(Operator(kind=Kind.SOFTMAX, input0=source, output=output, layer=layer_of(node)))

    return lowerer.pending(node, extents, emit, forms=(FloatResult,))
