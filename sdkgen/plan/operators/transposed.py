"""Transposed convolution, and what is one: the pixel shuffle of a sub-pixel network."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sdkgen.fx.names import layer_of
from sdkgen.plan.graph import Kind, Operator, Window
from sdkgen.plan.lower import Lowerer, lowers, shape_of
from sdkgen.plan.operators.convolution import (
    integer_constants,
    layer_bias,
    layer_weights,
    pair,
    plain_convolution,
)
from sdkgen.plan.packing import pack_convolution
from sdkgen.plan.unsupported import rejected
from sdkgen.plan.values import FULL, FloatResult, Int8Result, QuantisedWeights, Result, Value


@lowers("aten.conv_transpose2d.input")
def conv_transpose2d(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    values = (*node.args, *(None, 1, 0, 0, 1, 1)[len(node.args) - 2 :])
    source, weights, bias, stride, padding, _, groups, dilation = values
    return _transposed(lowerer, node, source, weights, bias, stride, padding, dilation, groups)


@lowers("aten.convolution.default")
def convolution(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    source, weights, bias, stride, padding, dilation, transposed, _, groups = node.args
    if len(node.meta["val"].shape) != 4:
        raise rejected(node, "is not a 2-D convolution", remedy="1-D and 3-D convolutions are not supported.")
    if transposed:
        return _transposed(lowerer, node, source, weights, bias, stride, padding, dilation, groups)
    top, left = pair(padding)
    return plain_convolution(lowerer, node, source, weights, bias, stride, (top, left, top, left), dilation, groups)


def _transposed(
    lowerer: Lowerer,
    node: torch.fx.Node,
    source_argument: Any,
    weights_argument: Any,
    bias_argument: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: Any,
) -> Value:
    if groups != 1 or pair(dilation) != (1, 1):
        raise rejected(
            node,
            f"has groups={groups} and dilation={pair(dilation)}; a transposed convolution has neither",
            remedy="Use nn.Upsample and a depthwise convolution instead of a grouped transposed one.",
        )
    weights = layer_weights(lowerer, node, weights_argument, axis=1)
    bias = layer_bias(lowerer, node, bias_argument, weights.values.shape[1])
    source = lowerer.spatial(lowerer.value(source_argument, node), node)
    height, width = weights.values.shape[2:]
    top, left = pair(padding)
    window = Window(kernel=(height, width), stride=pair(stride), padding=(top, left, top, left))
    return _emit(lowerer, node, source, weights, bias, window)


@lowers("aten.pixel_shuffle.default")
def pixel_shuffle(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    """Channel c·r² + y·r + x becomes pixel (y, x) of channel c: a transposed convolution of kernel and stride r.

    Its weights are ones in the right place, so that the sum is the input itself.
    """
    source = lowerer.spatial(lowerer.value(node.args[0], node), node)
    factor = int(str(node.args[1]))
    channels = lowerer.builder.extents(source)[3]
    identity = np.eye(channels, dtype=np.int8).reshape(channels, channels // factor**2, factor, factor)
    weights = QuantisedWeights(values=identity, scales=np.ones(1), axis=1)
    window = Window(kernel=(factor, factor), stride=(factor, factor))
    return _emit(lowerer, node, source, weights, np.zeros(identity.shape[1]), window)


def _emit(
    lowerer: Lowerer,
    node: torch.fx.Node,
    source: int,
    weights: QuantisedWeights,
    bias: NDArray[np.float64],
    window: Window,
) -> Value:
    n, height, width, _ = lowerer.builder.extents(source)
    rows, columns = shape_of(node)[2:]
    extents = (n, rows, columns, weights.values.shape[1])

    def emit(result: Result) -> int:
        parts = []
        for taps in _phases(weights.values, window.stride):
            sums = taps.sum(axis=(0, 2, 3), dtype=np.int64)
            integers, scale = integer_constants(lowerer, node, source, weights, sums, bias, result)
            parts.append(pack_convolution(taps.transpose(1, 0, 2, 3), integers, scale, 1))
        return lowerer.builder.add(
            Operator(
                kind=Kind.CONV_TRANSPOSE,
                input0=source,
                output=lowerer.builder.result(extents, result),
                layer=layer_of(node),
                clamp=result.clamp if isinstance(result, Int8Result) else FULL,
                weights=b"".join(parts),
                window=window,
                groups=1,
                macs=n * height * width * weights.values.size,
            )
        )

    return lowerer.pending(node, extents, emit, forms=(Int8Result, FloatResult))


def _phases(weights: NDArray[np.int8], stride: tuple[int, int]) -> list[NDArray[np.int8]]:
    """The taps (I, O, …) of every remainder of the output position, in ascending order of the input's row and column.

    A later tap of the kernel reaches an output from an earlier input, hence the reversal.
    """
    return [
        weights[:, :, y :: stride[0], x :: stride[1]][:, :, ::-1, ::-1]
        for y in range(stride[0])
        for x in range(stride[1])
    ]
