"""quantized_decomposed q/dq: give an activation its int8 parameters and a weight its scales."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sdkgen.fx.names import layer_of
from sdkgen.plan import work
from sdkgen.plan.aten import DocumentRow, lowers
from sdkgen.plan.graph import Operator, Quantisation
from sdkgen.plan.operator_shape import OperatorShape
from sdkgen.plan.operator_type import OperatorType, Work, register_type
from sdkgen.plan.operators.pointwise import look_up
from sdkgen.plan.operators.rescale import rescaled
from sdkgen.plan.unsupported import rejected
from sdkgen.plan.values import (
    Builder,
    Constant,
    Float,
    Int8,
    Int8Result,
    Pending,
    Pointwise,
    QuantisedWeights,
    Value,
)

if TYPE_CHECKING:
    from torch.fx import Node

    from sdkgen.plan.lowerer import Lowerer


def _dequantize_loops(operator: OperatorShape) -> str:
    """Return the family of loops: a map of several channels is written in NCHW, channel by channel."""
    return "dequantize_planes" if operator.positions > 1 and operator.output[3] > 1 else "dequantize"


def _dequantize_work(operator: OperatorShape) -> Work:
    n, h, w, channels = operator.output
    if _dequantize_loops(operator) == "dequantize":
        return work.element_wise(operator)
    return {
        "elements": operator.positions * channels,
        "vectors": n * channels * work.tiles(h * w, work.VECTOR),
        "calls": operator.calls,
    }


QUANTIZE = register_type(OperatorType(name="quantize", number=9, work=work.element_wise))
DEQUANTIZE = register_type(OperatorType(name="dequantize", number=10, work=_dequantize_work, loops=_dequantize_loops))

ROW = DocumentRow(pytorch="int8 itself", kinds=(QUANTIZE, DEQUANTIZE), notes="put there by the pass int8_ptq")


def _parameters(node: Node) -> tuple[Quantisation, tuple[int, int]]:
    """Return scale and zero point of a per-tensor q or dq, and the range of its integers."""
    _, scale, zero_point, low, high, dtype = node.args[:6]
    if str(dtype) != "torch.int8":
        raise rejected(node, f"quantises activations to {dtype}; the int8 runtime takes torch.int8")
    assert isinstance(scale, float) and isinstance(zero_point, int) and isinstance(low, int) and isinstance(high, int)
    rounded = float(np.float32(scale))
    if not (0 < rounded < math.inf) or not -128 <= zero_point <= 127:
        raise rejected(node, f"has the scale {scale} and zero point {zero_point}")
    return Quantisation(scale=rounded, zero_point=zero_point), (max(low, -128), min(high, 127))


@lowers("quantized_decomposed.quantize_per_tensor.default", row=ROW)
def quantise(lowerer: Lowerer, node: Node) -> Value:
    value = lowerer.value(node.args[0], node)
    quantisation, clamp = _parameters(node)
    result = Int8Result(quantisation=quantisation, clamp=clamp)
    if isinstance(value, Int8):
        same = lowerer.builder.quantisation(value.tensor) == quantisation
        tensor = value.tensor if same else rescaled(lowerer.builder, value.tensor, result, layer_of(node))
        return Int8(tensor=tensor, shape=value.shape, dequantised=False)
    if isinstance(value, Pending):
        if Int8Result not in value.forms:
            raise rejected(
                node, f"quantises the float32 result of {value.operator}", remedy="A softmax ends the network."
            )
        tensor = lowerer.make_int8(value, quantisation, clamp)
        return Int8(tensor=tensor, shape=value.shape, dequantised=False)
    if isinstance(value, Pointwise):
        return Int8(tensor=look_up(lowerer.builder, value, result), shape=value.shape, dequantised=False)
    if not isinstance(value, Float):
        raise rejected(node, "quantises a constant while the network runs", remedy="Convert with fold_quantize=True.")
    tensor = quantised(lowerer.builder, value.tensor, result, layer_of(node))
    return Int8(tensor=tensor, shape=value.shape, dequantised=False)


def quantised(builder: Builder, tensor: int, result: Int8Result, layer: str) -> int:
    """Quantise a float32 tensor to int8."""
    return builder.add(
        Operator(
            kind=QUANTIZE,
            input0=tensor,
            output=builder.result(builder.extents(tensor), result),
            layer=layer,
            clamp=result.clamp,
            scales=(float(np.float32(1.0) / np.float32(result.quantisation.scale)), 0.0),
        )
    )


@lowers("quantized_decomposed.dequantize_per_tensor.default", row=ROW)
def dequantise(lowerer: Lowerer, node: Node) -> Value:
    value = lowerer.value(node.args[0], node)
    _, scale, zero_point = node.args[:3]
    assert isinstance(scale, float) and isinstance(zero_point, int)
    if isinstance(value, Constant):
        return _constant(node, value, np.array([scale]), np.array([zero_point]))
    quantisation, _ = _parameters(node)
    if not isinstance(value, Int8) or lowerer.builder.quantisation(value.tensor) != quantisation:
        raise rejected(node, "reads integers with other parameters than they were quantised with")
    return Int8(tensor=value.tensor, shape=value.shape, dequantised=True)


@lowers("quantized_decomposed.dequantize_per_channel.default", row=ROW)
def dequantise_channels(lowerer: Lowerer, node: Node) -> Value:
    value = lowerer.value(node.args[0], node)
    scales = lowerer.value(node.args[1], node)
    zero_points = Constant(values=np.zeros(1)) if node.args[2] is None else lowerer.value(node.args[2], node)
    if not (isinstance(value, Constant) and isinstance(scales, Constant) and isinstance(zero_points, Constant)):
        raise rejected(node, "is per channel on an activation; activations are quantised per tensor")
    axis = node.args[3]
    assert isinstance(axis, int)
    return _constant(node, value, scales.values.astype(np.float64), zero_points.values, axis)


def _constant(
    node: Node, value: Constant, scales: NDArray[np.float64], zero_points: NDArray[np.generic], axis: int = 0
) -> Value:
    """Return int8 weights, or the real numbers of a bias that is stored as integers."""
    if np.any(zero_points != 0):
        raise rejected(node, "has weights with a zero point; they must be quantised symmetrically")
    if not np.all((scales > 0) & np.isfinite(scales)):
        raise rejected(node, "has a weight scale that is not positive")
    if value.values.dtype == np.int32:
        return Constant(values=value.values.astype(np.float64) * scales)
    if value.values.dtype != np.int8 or value.values.min() < -127:
        raise rejected(node, "has weights that are not int8 in -127 … 127")
    return QuantisedWeights(values=value.values.astype(np.int8), scales=scales, axis=axis)
