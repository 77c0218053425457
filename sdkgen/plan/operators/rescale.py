"""Requantisation of tensors, of clamps that cannot be fused, and of the parts of a concatenation."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sdkgen.fx.names import layer_of
from sdkgen.plan import work
from sdkgen.plan.aten import DocumentRow, QParams, Traits, lowers
from sdkgen.plan.graph import Operator, Quantisation
from sdkgen.plan.operator_shape import OperatorShape
from sdkgen.plan.operator_type import OperatorType, Work, register_type
from sdkgen.plan.operators.pointwise import applied, float32
from sdkgen.plan.unsupported import rejected
from sdkgen.plan.values import Builder, Int8, Int8Result, Pending, Pointwise, Result, Value, ratio, shape_of

if TYPE_CHECKING:
    from torch.fx import Node

    from sdkgen.plan.lowerer import Lowerer

WORTH_A_TABLE = 2048
"""Least number of elements for which the runtime makes a table (native/kernels/rescale_s8/neon.c)."""


def _work(operator: OperatorShape) -> Work:
    """Count the work: by a table, except for small tensors and equal parameters; the latter cannot be detected here.

    The whole tensor is one row, except when it is a part of the output's channels.
    """
    channels = operator.input[3]
    part = channels < operator.output[3]
    rows, length = (operator.positions, channels) if part else (1, operator.positions * channels)
    looked_up = operator.positions * channels >= WORTH_A_TABLE * operator.calls
    vectors = rows * work.tiles(length, work.VECTOR)
    return {
        **work.of_rows(operator, rows, length),
        "vectors": looked_up * vectors,
        "computed": (not looked_up) * vectors,
        "tables": looked_up * operator.calls,
    }


RESCALE = register_type(OperatorType(name="rescale", number=7, may_band=True, writes_part=True, work=_work))

CLAMPS = DocumentRow(
    pytorch="ReLU, ReLU6, Hardtanh, clamp",
    kinds=(RESCALE,),
    notes="bounds are numbers; free behind what takes a clamp, a `rescale` elsewhere",
)
CONCATENATION = DocumentRow(pytorch="cat over channels", kinds=(RESCALE,), notes="one per part")


def has_numbers_as_bounds(node: Node) -> bool:
    return all(isinstance(bound, (int, float, type(None))) for bound in node.args[1:])


CLAMP = Traits(qparams=QParams.OWN, quantisable=has_numbers_as_bounds, is_clamp=True)


def rescaled(
    builder: Builder, tensor: int, result: Int8Result, layer: str, *, into: int | None = None, channel: int = 0
) -> int:
    """Requantise into a new tensor, or into channels of `into`, the whole of a concatenation."""
    output = builder.result(builder.extents(tensor), result) if into is None else into
    return builder.add(
        Operator(
            kind=RESCALE,
            input0=tensor,
            output=output,
            layer=layer,
            clamp=result.clamp,
            scales=(ratio(builder.quantisation(tensor), result.quantisation), 0.0),
            channel_offset=channel,
        )
    )


@lowers("aten.relu.default", row=CLAMPS, traits=CLAMP)
def relu(lowerer: Lowerer, node: Node) -> Value:
    return _clamp(lowerer, node, 0.0, math.inf)


@lowers("aten.relu6.default", row=CLAMPS, traits=CLAMP)
def relu6(lowerer: Lowerer, node: Node) -> Value:
    return _clamp(lowerer, node, 0.0, 6.0)


@lowers("aten.hardtanh.default", row=CLAMPS, traits=CLAMP)
def hardtanh(lowerer: Lowerer, node: Node) -> Value:
    bounds: tuple[Any, ...] = (*node.args[1:], *(-1.0, 1.0)[len(node.args) - 1 :])
    return _clamp(lowerer, node, *bounds)


@lowers("aten.clamp.default", row=CLAMPS, traits=CLAMP)
def clamp(lowerer: Lowerer, node: Node) -> Value:
    bounds: list[Any] = [*node.args[1:], None, None]
    low, high = node.kwargs.get("min", bounds[0]), node.kwargs.get("max", bounds[1])
    return _clamp(lowerer, node, -math.inf if low is None else low, math.inf if high is None else high)


@lowers("aten.clamp_min.default", row=CLAMPS, traits=CLAMP)
def clamp_min(lowerer: Lowerer, node: Node) -> Value:
    return _clamp(lowerer, node, node.args[1], math.inf)


@lowers("aten.clamp_max.default", row=CLAMPS, traits=CLAMP)
def clamp_max(lowerer: Lowerer, node: Node) -> Value:
    return _clamp(lowerer, node, -math.inf, node.args[1])


def _clamp(lowerer: Lowerer, node: Node, low: Any, high: Any) -> Value:
    """Fold the bounds into the operator before, or requantise alone where that one is already int8."""
    value = lowerer.value(node.args[0], node)
    if isinstance(value, Pointwise):
        return applied(lowerer, node, value, lambda values: np.clip(values, float32(low), float32(high)))
    if isinstance(value, Int8) and value.dequantised:
        value = _pending(lowerer, node, value)
    if not isinstance(value, Pending) or Int8Result not in value.forms:
        raise rejected(node, "reads float32 values that were not quantised")
    # A bound may lie beyond those of an activation before: clamp(clamp(x, 0, 6), 1, 8) is clamp(x, 1, 6).
    low = min(max(value.low, float(low)), value.high)
    return replace(value, low=low, high=max(min(value.high, float(high)), low), shape=shape_of(node))


def _pending(lowerer: Lowerer, node: Node, value: Int8) -> Pending:
    """Wrap a tensor that exists in int8 as the pending result of a `rescale`."""
    builder = lowerer.builder
    quantisation = builder.quantisation(value.tensor)

    def emit(result: Result) -> int:
        assert isinstance(result, Int8Result)
        return rescaled(builder, value.tensor, result, layer_of(node))

    extents = builder.extents(value.tensor)
    pending = lowerer.pending(node, extents, emit, forms=(Int8Result,), closed=quantisation)
    return replace(pending, shape=value.shape)


@lowers("aten.cat.default", row=CONCATENATION, traits=Traits(qparams=QParams.SHARED))
@lowers("aten.concat.default", row=CONCATENATION)
def cat(lowerer: Lowerer, node: Node) -> Value:
    builder = lowerer.builder
    parts = node.args[0]
    dim = node.args[1] if len(node.args) > 1 else 0
    assert isinstance(parts, (list, tuple)) and isinstance(dim, int)
    if dim % len(shape_of(node)) != 1:
        raise rejected(node, f"concatenates along dimension {dim}; only channels (dimension 1) are supported")
    tensors = [lowerer.spatial(lowerer.value(part, node), node) for part in parts]
    n, height, width, _ = builder.extents(tensors[0])
    offsets = [0]
    for tensor in tensors:
        offsets.append(offsets[-1] + builder.extents(tensor)[3])
    extents = (n, height, width, offsets[-1])
    parameters: list[Quantisation] = [builder.quantisation(tensor) for tensor in tensors]

    def emit(result: Result) -> int:
        assert isinstance(result, Int8Result)
        output = builder.result(extents, result)
        for tensor, offset in zip(tensors, offsets, strict=False):
            rescaled(builder, tensor, result, layer_of(node), into=output, channel=offset)
        return output

    closed = parameters[0] if all(p == parameters[0] for p in parameters) else None
    return lowerer.pending(node, extents, emit, forms=(Int8Result,), closed=closed)
