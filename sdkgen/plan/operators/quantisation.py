"""quantized_decomposed q/dq: where an activation gets its int8 parameters and a weight its scales."""

import math

import numpy as np
import torch

from sdkgen.fx.names import layer_of
from sdkgen.plan.graph import Kind, Operator, Quantisation
from sdkgen.plan.lower import Lowerer, lowers
from sdkgen.plan.unsupported import rejected
from sdkgen.plan.values import Constant, Float, Int8, Int8Result, Pending, Pointwise, QuantisedWeights, Value


def _parameters(node: torch.fx.Node) -> tuple[Quantisation, tuple[int, int]]:
    """scale and zero point of a per-tensor q or dq, and the range of its integers."""
    _, scale, zero_point, low, high, dtype = node.args[:6]
    if dtype != torch.int8:
        raise rejected(node, f"quantises activations to {dtype}; the int8 runtime takes torch.int8")
    assert isinstance(scale, float) and isinstance(zero_point, int) and isinstance(low, int) and isinstance(high, int)
    rounded = float(np.float32(scale))
    if not (0 < rounded < math.inf) or not -128 <= zero_point <= 127:
        raise rejected(node, f"has the scale {scale} and zero point {zero_point}")
    return Quantisation(scale=rounded, zero_point=zero_point), (max(low, -128), min(high, 127))


@lowers("quantized_decomposed.quantize_per_tensor.default")
def quantise(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    value = lowerer.value(node.args[0], node)
    quantisation, clamp = _parameters(node)
    result = Int8Result(quantisation=quantisation, clamp=clamp)
    if isinstance(value, Int8):
        same = lowerer.builder.quantisation(value.tensor) == quantisation
        tensor = value.tensor if same else lowerer.builder.rescale(value.tensor, result, layer_of(node))
        return Int8(tensor=tensor, shape=value.shape, dequantised=False)
    if isinstance(value, Pending):
        if Int8Result not in value.forms:
            raise rejected(
                node, f"quantises the float32 result of {value.operator}", remedy="A softmax ends the network."
            )
        tensor = lowerer.make_int8(value, quantisation, clamp)
        return Int8(tensor=tensor, shape=value.shape, dequantised=False)
    if isinstance(value, Pointwise):
        return Int8(tensor=lowerer.builder.look_up(value, result), shape=value.shape, dequantised=False)
    if not isinstance(value, Float):
        raise rejected(node, "quantises a constant while the network runs", remedy="Convert with fold_quantize=True.")
    output = lowerer.builder.result(lowerer.builder.extents(value.tensor), result)
    lowerer.builder.add(
        Operator(
            kind=Kind.QUANTIZE,
            input0=value.tensor,
            output=output,
            layer=layer_of(node),
            clamp=clamp,
            scales=(float(np.float32(1.0) / np.float32(quantisation.scale)), 0.0),
        )
    )
    return Int8(tensor=output, shape=value.shape, dequantised=False)


@lowers("quantized_decomposed.dequantize_per_tensor.default")
def dequantise(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    value = lowerer.value(node.args[0], node)
    _, scale, zero_point = node.args[:3]
    assert isinstance(scale, float) and isinstance(zero_point, int)
    if isinstance(value, Constant):
        return _constant(node, value, np.array([scale]), np.array([zero_point]))
    quantisation, _ = _parameters(node)
    if not isinstance(value, Int8) or lowerer.builder.quantisation(value.tensor) != quantisation:
        raise rejected(node, "reads integers with other parameters than they were quantised with")
    return Int8(tensor=value.tensor, shape=value.shape, dequantised=True)


@lowers("quantized_decomposed.dequantize_per_channel.default")
def dequantise_channels(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    value = lowerer.value(node.args[0], node)
    scales = lowerer.value(node.args[1], node)
    zero_points = Constant(values=np.zeros(1)) if node.args[2] is None else lowerer.value(node.args[2], node)
    if not (isinstance(value, Constant) and isinstance(scales, Constant) and isinstance(zero_points, Constant)):
        raise rejected(node, "is per channel on an activation; activations are quantised per tensor")
    axis = node.args[3]
    assert isinstance(axis, int)
    return _constant(node, value, scales.values.astype(np.float64), zero_points.values, axis)


def _constant(
    node: torch.fx.Node, value: Constant, scales: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]",
    zero_points: "np.ndarray[tuple[int, ...], np.dtype[np.generic]]", axis: int = 0,
) -> Value:  # fmt: skip
    """int8 weights, or the real numbers of a bias that is stored as integers."""
    if np.any(zero_points != 0):
        raise rejected(node, "has weights with a zero point; they must be quantised symmetrically")
    if not np.all((scales > 0) & np.isfinite(scales)):
        raise rejected(node, "has a weight scale that is not positive")
    if value.values.dtype == np.int32:
        return Constant(values=value.values.astype(np.float64) * scales)
    if value.values.dtype != np.int8 or value.values.min() < -127:
        raise rejected(node, "has weights that are not int8 in -127 … 127")
    return QuantisedWeights(values=value.values.astype(np.int8), scales=scales, axis=axis)
