"""Convolution and linear: gemm, conv or dwconv with packed weights."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sdkgen.fx.names import layer_of
from sdkgen.plan.graph import Kind, Operator, Window
from sdkgen.plan.lower import Lowerer, lowers
from sdkgen.plan.packing import pack_convolution, pack_depthwise
from sdkgen.plan.unsupported import rejected
from sdkgen.plan.values import Constant, FloatResult, Int8Result, QuantisedWeights, Result, Value

_LARGEST_KERNEL = 1024


def pair(value: Any) -> tuple[int, int]:
    """(height, width) of an argument that is a number or a list of one or two."""
    values = list(value) if isinstance(value, Sequence) else [value]
    return int(values[0]), int(values[-1])


@lowers("aten.conv2d.default")
def conv2d(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    values = (*node.args, *(None, 1, 0, 1, 1)[len(node.args) - 2 :])
    source, weights, bias, stride, padding, dilation, groups = values
    top, left = pair(padding)
    return plain_convolution(lowerer, node, source, weights, bias, stride, (top, left, top, left), dilation, groups)


@lowers("aten.conv2d.padding")
def conv2d_named_padding(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    """padding="valid" or "same"; "same" puts the odd row or column at the bottom and right, as PyTorch does."""
    values = (*node.args, *(None, 1, "valid", 1, 1)[len(node.args) - 2 :])
    source, weights, bias, stride, padding, dilation, groups = values
    kernel = layer_weights(lowerer, node, weights).values.shape[2:]
    total = [d * (k - 1) if padding == "same" else 0 for d, k in zip(pair(dilation), kernel, strict=True)]
    top, left = total[0] // 2, total[1] // 2
    edges = (top, left, total[0] - top, total[1] - left)
    return plain_convolution(lowerer, node, source, weights, bias, stride, edges, dilation, groups)


@lowers("aten.linear.default")
def linear(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    weights = layer_weights(lowerer, node, node.args[1])
    outputs, inputs = weights.values.shape
    int8 = lowerer.int8(lowerer.value(node.args[0], node), node)
    n, h, w, c = lowerer.builder.extents(int8.tensor)
    if int8.shape != (n, inputs):
        raise rejected(node, f"reads a tensor of shape {int8.shape}; linear layers take (1, features)")
    if c * h * w == inputs and max(h, w) <= _LARGEST_KERNEL:
        # A linear layer over a flattened feature map is a convolution whose window is the whole map: the packed order
        # (h, w, c) is the order of an NHWC tensor in memory, so nothing has to be moved while the network runs.
        source, kernel = int8.tensor, weights.values.reshape(outputs, c, h, w)
    else:
        source, kernel = lowerer.spatial(int8, node), weights.values.reshape(outputs, inputs, 1, 1)
    return _emit(
        lowerer,
        node,
        source,
        QuantisedWeights(values=kernel, scales=weights.scales),
        node.args[2] if len(node.args) > 2 else None,
        Window(kernel=(kernel.shape[2], kernel.shape[3])),
        1,
    )


def plain_convolution(
    lowerer: Lowerer,
    node: torch.fx.Node,
    source: Any,
    weights: Any,
    bias: Any,
    stride: Any,
    padding: tuple[int, int, int, int],
    dilation: Any,
    groups: Any,
) -> Value:
    """Any convolution but a transposed one; `padding` is (top, left, bottom, right)."""
    kernel = layer_weights(lowerer, node, weights)
    window = Window(
        kernel=(kernel.values.shape[2], kernel.values.shape[3]),
        stride=pair(stride),
        padding=padding,
        dilation=pair(dilation),
    )
    tensor = lowerer.spatial(lowerer.value(source, node), node)
    return _emit(lowerer, node, tensor, kernel, bias, window, int(groups))


def _emit(
    lowerer: Lowerer,
    node: torch.fx.Node,
    source: int,
    weights: QuantisedWeights,
    bias_argument: Any,
    window: Window,
    groups: int,
) -> Value:
    builder = lowerer.builder
    n, height, width, channels = builder.extents(source)
    outputs = weights.values.shape[0]
    extents = (n, *window.output_size(height, width), outputs)
    bias = layer_bias(lowerer, node, bias_argument, outputs)
    pointwise = window == Window(kernel=(1, 1)) and groups == 1
    depthwise = 1 < groups == channels == outputs

    def emit(result: Result) -> int:
        sums = weights.values.reshape(outputs, -1).sum(axis=1, dtype=np.int64)
        integers, scale = integer_constants(lowerer, node, source, weights, sums, bias, result)
        # dwconv has no float32 form; the general convolution computes the same.
        as_depthwise = depthwise and isinstance(result, Int8Result)
        kind = Kind.GEMM if pointwise else Kind.DWCONV if as_depthwise else Kind.CONV
        packed = (
            pack_depthwise(weights.values, integers, scale)
            if as_depthwise
            else pack_convolution(weights.values, integers, scale, groups)
        )
        return builder.add(
            Operator(
                kind=kind,
                input0=source,
                output=builder.result(extents, result),
                layer=layer_of(node),
                clamp=result.clamp if isinstance(result, Int8Result) else (-128, 127),
                weights=packed,
                window=None if pointwise else window,
                groups=0 if pointwise else groups,
                macs=extents[0] * extents[1] * extents[2] * weights.values.size,
            )
        )

    return lowerer.pending(node, extents, emit, forms=(Int8Result, FloatResult))


def integer_constants(
    lowerer: Lowerer,
    node: torch.fx.Node,
    source: int,
    weights: QuantisedWeights,
    sums: NDArray[np.int64],
    bias: NDArray[np.float64],
    result: Result,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Integer bias with the input's zero point folded in, and the multiplier of every output channel.

    Args:
        sums: (O,) of the weights that one output adds up.
        bias: (O,) real.
    """
    quantisation = lowerer.builder.quantisation(source)
    accumulator_scale = np.broadcast_to(quantisation.scale * weights.scales, bias.shape)
    integers = np.rint(bias / accumulator_scale) - quantisation.zero_point * sums
    if not np.all(np.abs(integers) < 2.0**31):
        raise rejected(
            node,
            "has a bias that does not fit 32 bits in units of input scale times weight scale",
            remedy="Some channel's weights are almost zero while its bias is not: prune it or calibrate anew.",
        )
    divisor = result.quantisation.scale if isinstance(result, Int8Result) else 1.0
    multiplier = (accumulator_scale / divisor).astype(np.float32)
    if not np.all((multiplier >= np.finfo(np.float32).tiny) & (multiplier < 2.0**64)):
        raise rejected(
            node, "has an output multiplier (input scale times weight scale over output scale) out of 2^-126 … 2^64"
        )
    return integers.astype(np.int32), multiplier


def layer_weights(lowerer: Lowerer, node: torch.fx.Node, argument: Any, *, axis: int = 0) -> QuantisedWeights:
    """The weights of a layer, quantised per channel along `axis`, the output channels."""
    value = lowerer.value(argument, node)
    if not isinstance(value, QuantisedWeights):
        raise rejected(node, "has weights that are not quantised", remedy="Quantise the layer: add the pass int8_ptq.")
    if value.scales.size > 1 and value.axis != axis:
        raise rejected(
            node, f"has weight scales along axis {value.axis}; there is one per output channel, along axis {axis}"
        )
    return value


def layer_bias(lowerer: Lowerer, node: torch.fx.Node, argument: Any, outputs: int) -> NDArray[np.float64]:
    """(O,) real; zeros where the layer has none."""
    if argument is None:
        return np.zeros(outputs)
    value = lowerer.value(argument, node)
    if not isinstance(value, Constant):
        raise rejected(node, "has a bias that is computed while the network runs")
    return value.values.astype(np.float64)
