"""Transposed convolution, and the pixel shuffle of a sub-pixel network, which is lowered to one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sdkgen.fx.names import layer_of
from sdkgen.plan import gemm_work, work
from sdkgen.plan.aten import DocumentRow, QParams, Traits, always, lowers
from sdkgen.plan.graph import Operator, Window
from sdkgen.plan.operator_shape import OperatorShape
from sdkgen.plan.operator_type import OperatorType, register_type
from sdkgen.plan.operators.convolution import (
    CONVOLUTION,
    groups_of,
    has_constant_weight,
    integer_constants,
    layer_bias,
    pair,
    plain_convolution,
)
from sdkgen.plan.packing import pack_convolution
from sdkgen.plan.unsupported import rejected
from sdkgen.plan.values import FULL, FloatResult, Int8Result, QuantisedWeights, Result, Value, shape_of

if TYPE_CHECKING:
    from torch.fx import Node

    from sdkgen.plan.lowerer import Lowerer

NARROW = 32
NARROW_BLOCK = 64
"""Positions per block: shorter rows of a phase are multiplied together (native/kernels/conv_transpose_s8)."""


def _work(operator: OperatorShape) -> gemm_work.Work:
    """Count the work: a convolution of stride 1 per phase (position modulo stride), with strided results."""
    n, channels = operator.output[0], operator.output[3]
    most = work.tiles(operator.kernel[0], operator.stride[0]) * work.tiles(operator.kernel[1], operator.stride[1])
    block = gemm_work.block(most * operator.input[3], operator.positions)
    amounts = gemm_work.Work({"conv_transpose.calls": operator.calls})
    for y in _reaches(operator, 0):
        for x in _reaches(operator, 1):
            rows, depth = n * y.out * x.out, work.up(y.kernel * x.kernel * operator.input[3], 8)
            amounts["conv_transpose.phases"] += 1
            if depth == 0 or x.out < NARROW:
                amounts["conv_transpose.copied"] += rows
                amounts["conv_transpose.vectors"] += rows * work.copies(channels)
            if depth == 0:
                continue
            narrow = work.tiles(rows, min(block, NARROW_BLOCK))
            calls = narrow if x.out < NARROW else n * y.out * work.tiles(x.out, block)
            amounts.update(gemm_work.multiplied(rows, depth, channels, calls))
            within = n * y.windows_within * x.windows_within
            gathered = gemm_work.gathered(rows, within, n * y.out, y.kernel, x.kernel * operator.input[3])
            amounts.update({f"conv.{term}": amount for term, amount in gathered.items()})
            amounts["conv.calls"] += calls
    return amounts


def _reaches(operator: OperatorShape, axis: int) -> Iterator[gemm_work.Reach]:
    """Compute sg_phase_of (native/kernels/conv_transpose_s8); the padding crops both ends of the result."""
    inside, out = operator.input[axis + 1], operator.output[axis + 1]
    kernel, stride = operator.kernel[axis], operator.stride[axis]
    pad = work.tiles(max(0, (inside - 1) * stride + kernel - out), 2)
    for phase in range(stride):
        skipped = work.tiles(max(0, pad - phase), stride)
        first = skipped * stride + phase - pad
        taps = work.tiles(max(0, kernel - phase), stride)
        reached = work.tiles(max(0, out - first), stride)
        yield gemm_work.Reach(inside=inside, out=reached, kernel=taps, pad=max(0, taps - 1 - skipped))


CONV_TRANSPOSE = register_type(OperatorType(name="conv_transpose", number=19, weighted=True, work=_work))

ROW = DocumentRow(
    pytorch="ConvTranspose2d, PixelShuffle",
    kinds=(CONV_TRANSPOSE,),
    notes="groups 1, dilation 1; takes the clamp behind it; BatchNorm is folded in",
)


@lowers(
    "aten.conv_transpose2d.input",
    row=ROW,
    traits=Traits(
        qparams=QParams.OWN,
        # The weight of several groups has no axis of output channels.
        quantisable=lambda node: has_constant_weight(node) and groups_of(node) == 1,
        weight_axis=1,
        takes_clamp=always,
        emits_float=always,
    ),
)
def conv_transpose2d(lowerer: Lowerer, node: Node) -> Value:
    values = (*node.args, *(None, 1, 0, 0, 1, 1)[len(node.args) - 2 :])
    source, weights, bias, stride, padding, _, groups, dilation = values
    return _transposed(lowerer, node, source, weights, bias, stride, padding, dilation, groups)


@lowers("aten.convolution.default", row=CONVOLUTION)
def convolution(lowerer: Lowerer, node: Node) -> Value:
    source, weights, bias, stride, padding, dilation, transposed, _, groups = node.args
    if len(node.meta["val"].shape) != 4:
        raise rejected(node, "is not a 2-D convolution", remedy="1-D and 3-D convolutions are not supported.")
    if transposed:
        return _transposed(lowerer, node, source, weights, bias, stride, padding, dilation, groups)
    top, left = pair(padding)
    return plain_convolution(lowerer, node, source, weights, bias, stride, (top, left, top, left), dilation, groups)


def _transposed(
    lowerer: Lowerer,
    node: Node,
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
    weights = lowerer.weights(weights_argument, node, axis=1)
    bias = layer_bias(lowerer, node, bias_argument, weights.values.shape[1])
    source = lowerer.spatial(lowerer.value(source_argument, node), node)
    height, width = weights.values.shape[2:]
    top, left = pair(padding)
    window = Window(kernel=(height, width), stride=pair(stride), padding=(top, left, top, left))
    return _emit(lowerer, node, source, weights, bias, window)


@lowers("aten.pixel_shuffle.default", row=ROW, traits=Traits(qparams=QParams.SHARED))
def pixel_shuffle(lowerer: Lowerer, node: Node) -> Value:
    """Lower a pixel shuffle, channel c·r² + y·r + x to pixel (y, x) of channel c, to a transposed convolution.

    Kernel and stride are r. Its weights select one input channel each, so that the sum is the input itself.
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
    node: Node,
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
                kind=CONV_TRANSPOSE,
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
    """Return the taps (I, O, …) of every phase of the output position, in ascending order of input row and column.

    A later tap of the kernel reaches an output from an earlier input, hence the reversal.
    """
    return [
        weights[:, :, y :: stride[0], x :: stride[1]][:, :, ::-1, ::-1]
        for y in range(stride[0])
        for x in range(stride[1])
    ]
