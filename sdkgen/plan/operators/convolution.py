"""Convolution and linear: gemm, conv or dwconv with packed weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sdkgen.fx.names import is_node, layer_of
from sdkgen.plan import gemm_work, work
from sdkgen.plan.aten import DocumentRow, QParams, Traits, always, document, lowers
from sdkgen.plan.graph import Operator, Window
from sdkgen.plan.operator_shape import OperatorShape
from sdkgen.plan.operator_type import OperatorType, Work, register_type
from sdkgen.plan.packing import pack_convolution, pack_depthwise
from sdkgen.plan.unsupported import rejected
from sdkgen.plan.values import Constant, FloatResult, Int8Result, QuantisedWeights, Result, Value

if TYPE_CHECKING:
    from torch.fx import Node

    from sdkgen.plan.lowerer import Lowerer

_LARGEST_KERNEL = 1024


def _gemm_loops(operator: OperatorShape) -> str:
    return "gemm_few_rows" if operator.positions < gemm_work.FEW_ROWS else "gemm"


def _gemm_work(operator: OperatorShape) -> gemm_work.Work:
    """Count the work of a 1×1 convolution or a linear layer: its rows are multiplied without gathering."""
    return gemm_work.multiplied(operator.positions, operator.input[3], operator.output[3], operator.calls)


def _gathering(operator: OperatorShape) -> str:
    """Return the family of the loops that gather the windows of a convolution."""
    kernel_h, run = operator.kernel[0], operator.kernel[1] * operator.input[3]
    if operator.kernel[1] > 1 and (operator.groups > 1 or operator.dilation[1] > 1):
        return "conv_taps"  # tap by tap
    # native/kernels/conv_image_s8: windows over an image of few channels.
    image = operator.groups == 1 and ((kernel_h == 3 and run <= 16) or (kernel_h == 7 and run <= 32))
    return "conv_image" if image else "conv"


def _conv_work(operator: OperatorShape) -> gemm_work.Work:
    """Count the work: some positions at a time, per group, windows are gathered in scratch and multiplied."""
    n, out_h, _, channels = operator.output
    kernel_h, kernel_w = operator.kernel
    each = operator.input[3] // operator.groups
    rows, depth = operator.positions, work.up(operator.depth, 8)
    calls = max(operator.calls, work.tiles(rows, gemm_work.block(depth, rows)))
    amounts = gemm_work.multiplied(rows, depth, channels // operator.groups, calls, operator.groups)
    name = _gathering(operator)
    if name == "conv_taps":
        taps = rows * kernel_h * kernel_w
        gathered = {"taps": taps, "vectors": taps * work.copies(each), "lines": n * out_h}
    else:
        within = n * gemm_work.reach_of(operator, 0).windows_within * gemm_work.reach_of(operator, 1).windows_within
        gathered = gemm_work.gathered(rows, within, n * out_h, kernel_h, kernel_w * each)
    amounts.update({f"{name}.{term}": operator.groups * amount for term, amount in gathered.items()})
    amounts[f"{name}.calls"] += calls
    return amounts


def _dwconv_loops(operator: OperatorShape) -> str:
    kernel = operator.kernel
    square = kernel[0] == kernel[1] and kernel[0] in (3, 5) and operator.dilation == (1, 1)
    fixed = square and operator.stride[0] == operator.stride[1] <= 2
    return f"dwconv_{kernel[0]}x{kernel[1]}_stride_{operator.stride[0]}" if fixed else "dwconv_any"


def _dwconv_work(operator: OperatorShape) -> Work:
    return _depthwise_any(operator) if _dwconv_loops(operator) == "dwconv_any" else _depthwise(operator)


def _depthwise(operator: OperatorShape) -> Work:
    """Count the work of columns of 8 channels, unrolled for a fixed kernel."""
    n, out_h, out_w, channels = operator.output
    panels = work.tiles(channels, gemm_work.PANEL)
    return {
        "results": n * out_h * out_w * panels,
        "inputs": n * out_h * operator.input[2] * panels,  # columns are loaded once for all results that they feed
        "lines": n * out_h * panels,
        "ragged": n * out_h * out_w * (channels % gemm_work.PANEL > 0),  # as for products
        "parts": n * out_h * out_w * (channels % gemm_work.PANEL).bit_count(),
        "panels": panels * operator.calls,
        "calls": operator.calls,
    }


def _depthwise_any(operator: OperatorShape) -> Work:
    """Count the work per result, 16 channels at a time: runs of taps before, inside and after the image, in pairs."""
    n, out_h, out_w, channels = operator.output
    panels = work.tiles(channels, work.VECTOR)
    rows, columns = gemm_work.taps_within(operator, 0), gemm_work.taps_within(operator, 1)
    height, width = operator.kernel
    inside = sum(last - first for first, last in rows)
    pairs = sum(
        work.tiles(first, 2) + work.tiles(last - first, 2) + work.tiles(width - last, 2) for first, last in columns
    )
    outside = out_h * height - inside
    return {
        "results": n * out_h * out_w * panels,
        "pairs": n * (inside * pairs + outside * out_w * work.tiles(width, 2)) * panels,
        "rows": n * inside * out_w * panels,
        "padding": n * outside * out_w * panels,
        "ragged": n * out_h * out_w * (channels % work.VECTOR > 0),
        "parts": n * out_h * out_w * (channels % work.VECTOR).bit_count(),
        "positions": operator.positions,
        "calls": operator.calls,
    }


GEMM = register_type(
    OperatorType(name="gemm", number=1, weighted=True, may_band=True, work=_gemm_work, loops=_gemm_loops)
)
CONV = register_type(
    OperatorType(name="conv", number=2, weighted=True, windowed=True, may_band=True, work=_conv_work, loops=_gathering)
)
DWCONV = register_type(
    OperatorType(
        name="dwconv", number=3, weighted=True, windowed=True, may_band=True, work=_dwconv_work, loops=_dwconv_loops
    )
)

CONVOLUTION = DocumentRow(
    pytorch="Conv2d",
    kinds=(GEMM, CONV, DWCONV),
    notes="any kernel, stride, padding, dilation, groups; `gemm` is the 1×1, `dwconv` the depthwise one; takes the "
    "clamp behind it; BatchNorm is folded in; `same` padding of an even kernel costs a `pad`",
)
LINEAR = DocumentRow(
    pytorch="Linear",
    kinds=(GEMM, CONV),
    notes="of (1, features); `conv` over a flattened feature map, which then is not moved",
)
document(
    DocumentRow(
        pytorch="BatchNorm2d behind anything else",
        kinds=(DWCONV,),
        notes="the pass fold_batch_norm makes it a depthwise 1×1 convolution",
    )
)


def has_constant_weight(node: Node) -> bool:
    """Return whether the weight is a parameter, and the input is a tensor of the network."""
    from sdkgen.fx.nodes import constant, owner

    return is_node(node.args[0]) and constant(owner(node), node.args[1]) is not None


def is_depthwise(node: Node) -> bool:
    """Return whether a convolution has as many groups as output channels, over one: its kernels write int8 only."""
    return bool(groups_of(node) != 1 and groups_of(node) == node.meta["val"].shape[1])


def groups_of(layer: Node) -> int:
    """Return the groups of a convolution, transposed or not; both have the argument at the same position."""
    return int(str(layer.args[6])) if len(layer.args) > 6 else 1


def pair(value: Any) -> tuple[int, int]:
    """Return (height, width) of an argument that is a number or a list of one or two."""
    values = list(value) if isinstance(value, Sequence) else [value]
    return int(values[0]), int(values[-1])


@lowers(
    "aten.conv2d.default",
    row=CONVOLUTION,
    traits=Traits(
        qparams=QParams.OWN,
        quantisable=has_constant_weight,
        weight_axis=0,
        takes_clamp=always,
        emits_float=lambda node: not is_depthwise(node),
    ),
)
def conv2d(lowerer: Lowerer, node: Node) -> Value:
    values = (*node.args, *(None, 1, 0, 1, 1)[len(node.args) - 2 :])
    source, weights, bias, stride, padding, dilation, groups = values
    top, left = pair(padding)
    return plain_convolution(lowerer, node, source, weights, bias, stride, (top, left, top, left), dilation, groups)


@lowers("aten.conv2d.padding", row=CONVOLUTION, traits=Traits(weight_axis=0))
def conv2d_named_padding(lowerer: Lowerer, node: Node) -> Value:
    """padding="valid" or "same"; "same" puts the odd row or column at the bottom and right, as PyTorch does."""
    values = (*node.args, *(None, 1, "valid", 1, 1)[len(node.args) - 2 :])
    source, weights, bias, stride, padding, dilation, groups = values
    kernel = lowerer.weights(weights, node, axis=0).values.shape[2:]
    total = [d * (k - 1) if padding == "same" else 0 for d, k in zip(pair(dilation), kernel, strict=True)]
    top, left = total[0] // 2, total[1] // 2
    edges = (top, left, total[0] - top, total[1] - left)
    return plain_convolution(lowerer, node, source, weights, bias, stride, edges, dilation, groups)


@lowers(
    "aten.linear.default",
    row=LINEAR,
    traits=Traits(
        qparams=QParams.OWN,
        quantisable=has_constant_weight,
        weight_axis=0,
        takes_clamp=always,
        emits_float=always,
    ),
)
def linear(lowerer: Lowerer, node: Node) -> Value:
    weights = lowerer.weights(node.args[1], node, axis=0)
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
    node: Node,
    source: Any,
    weights: Any,
    bias: Any,
    stride: Any,
    padding: tuple[int, int, int, int],
    dilation: Any,
    groups: Any,
) -> Value:
    """Lower any convolution but a transposed one; `padding` is (top, left, bottom, right)."""
    kernel = lowerer.weights(weights, node, axis=0)
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
    node: Node,
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
        kind = GEMM if pointwise else DWCONV if as_depthwise else CONV
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
    node: Node,
    source: int,
    weights: QuantisedWeights,
    sums: NDArray[np.int64],
    bias: NDArray[np.float64],
    result: Result,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the integer bias with the input's zero point folded in, and the multiplier of every output channel.

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


def layer_bias(lowerer: Lowerer, node: Node, argument: Any, outputs: int) -> NDArray[np.float64]:
    """Return the real bias (O,); zeros where the layer has none."""
    if argument is None:
        return np.zeros(outputs)
    value = lowerer.value(argument, node)
    if not isinstance(value, Constant):
        raise rejected(node, "has a bias that is computed while the network runs")
    return value.values.astype(np.float64)
