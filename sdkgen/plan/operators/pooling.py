"""Maximum and average over windows, adaptive windows and whole feature maps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sdkgen.fx.names import layer_of
from sdkgen.plan import gemm_work, work
from sdkgen.plan.aten import DocumentRow, QParams, Traits, always, lowers
from sdkgen.plan.graph import Operator, Window
from sdkgen.plan.operator_shape import OperatorShape
from sdkgen.plan.operator_type import OperatorType, Work, register_type
from sdkgen.plan.operators.convolution import pair
from sdkgen.plan.operators.rescale import rescaled
from sdkgen.plan.unsupported import rejected
from sdkgen.plan.values import FULL, Int8Result, Result, Value, ratio, shape_of

if TYPE_CHECKING:
    from torch.fx import Node

    from sdkgen.plan.lowerer import Lowerer


def _work(operator: OperatorShape) -> Work:
    """Count the work per position: 64, then 16 channels at a time, a pass over the window's taps inside the input."""
    n, out_h, out_w, channels = operator.output
    adaptive = operator.kernel == (1, 1) != operator.input[1:3]  # its windows together cover the input
    rows, columns = operator.input[1:3]
    if not adaptive:
        rows, columns = (sum(last - first for first, last in gemm_work.taps_within(operator, axis)) for axis in (0, 1))
    passes = work.copies(channels)
    return {
        "inputs": n * rows * columns * work.tiles(channels, work.VECTOR),
        "taps": n * rows * columns * passes,
        "rows": n * rows * out_w * passes,
        "passes": operator.positions * passes,
        "results": operator.positions * work.tiles(channels, work.VECTOR),
        "ragged": operator.positions * (channels % work.VECTOR > 0),  # as in work.of_rows
        "parts": operator.positions * (channels % work.VECTOR).bit_count(),
        "positions": operator.positions,
        "lines": n * out_h,
        "calls": operator.calls,
    }


MAX_POOL = register_type(OperatorType(name="max_pool", number=5, windowed=True, may_band=True, work=_work))
AVG_POOL = register_type(OperatorType(name="avg_pool", number=6, windowed=True, work=_work))

MAXIMUM = DocumentRow(pytorch="MaxPool2d", kinds=(MAX_POOL,), notes="any window, ceil_mode; without indices")
AVERAGE = DocumentRow(
    pytorch="AvgPool2d, AdaptiveAvgPool2d, mean over H and W",
    kinds=(AVG_POOL,),
    notes="any window, ceil_mode; without divisor_override",
)
AVERAGED = Traits(qparams=QParams.OWN, emits_float=always)


def is_spatial_mean(node: Node) -> bool:
    """Return whether a `mean` averages over height and width of (N, C, H, W)."""
    axes = node.args[1]
    spatial = isinstance(axes, (list, tuple)) and sorted(int(str(a)) % 4 for a in axes) == [2, 3]
    return bool(spatial and node.all_input_nodes[0].meta["val"].dim() == 4)


def _arguments(node: Node, defaults: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the positional arguments after the input, completed by the schema's defaults."""
    return (*node.args[1:], *defaults[len(node.args) - 1 :])


def _window(lowerer: Lowerer, node: Node, source: int, kernel: Any, stride: Any, padding: Any, dilation: Any) -> Window:
    """Return the window whose bottom and right padding yields PyTorch's output size (ceil_mode pads there)."""
    _, height, width, _ = lowerer.builder.extents(source)
    top, left = pair(padding)
    base = Window(
        kernel=pair(kernel),
        stride=pair(stride) if stride else pair(kernel),
        padding=(top, left, top, left),
        dilation=pair(dilation),
    )
    rows, columns = shape_of(node)[2:]
    reach = [
        (count - 1) * stride + dilation * (kernel - 1) + 1 - extent - begin
        for count, stride, dilation, kernel, extent, begin in zip(
            (rows, columns), base.stride, base.dilation, base.kernel, (height, width), (top, left), strict=True
        )
    ]
    return Window(
        kernel=base.kernel,
        stride=base.stride,
        padding=(top, left, max(top, reach[0]), max(left, reach[1])),
        dilation=base.dilation,
    )


@lowers("aten.max_pool2d.default", row=MAXIMUM, traits=Traits(qparams=QParams.SHARED))
@lowers("aten.max_pool2d_with_indices.default", row=MAXIMUM)
def max_pool2d(lowerer: Lowerer, node: Node) -> Value:
    builder = lowerer.builder
    kernel, stride, padding, dilation, _ = _arguments(node, (None, [], 0, 1, False))
    source = lowerer.spatial(lowerer.value(node.args[0], node), node)
    window = _window(lowerer, node, source, kernel, stride, padding, dilation)
    quantisation = builder.quantisation(source)
    n, height, width, channels = builder.extents(source)
    extents = (n, *window.output_size(height, width), channels)
    plain = Int8Result(quantisation=quantisation, clamp=FULL)

    def emit(result: Result) -> int:
        assert isinstance(result, Int8Result)
        output = builder.add(
            Operator(
                kind=MAX_POOL,
                input0=source,
                output=builder.result(extents, plain),
                layer=layer_of(node),
                window=window,
            )
        )
        # The maximum keeps its input's parameters: others, or an activation, need a separate operator.
        return output if result == plain else rescaled(builder, output, result, layer_of(node))

    return lowerer.pending(node, extents, emit, forms=(Int8Result,), closed=quantisation)


@lowers("aten.avg_pool2d.default", row=AVERAGE, traits=AVERAGED)
def avg_pool2d(lowerer: Lowerer, node: Node) -> Value:
    kernel, stride, padding, _, include, divisor = _arguments(node, (None, [], 0, False, True, None))
    if divisor is not None:
        raise rejected(node, "has a divisor_override", remedy="Leave it out and scale the following layer's weights.")
    source = lowerer.spatial(lowerer.value(node.args[0], node), node)
    window = _window(lowerer, node, source, kernel, stride, padding, 1)
    padded = window.padding[0] > 0 or window.padding[1] > 0
    return _average(lowerer, node, source, window, include=bool(include) and padded)


@lowers("aten.adaptive_avg_pool2d.default", row=AVERAGE, traits=AVERAGED)
@lowers("aten._adaptive_avg_pool2d.default", row=AVERAGE)
def adaptive_avg_pool2d(lowerer: Lowerer, node: Node) -> Value:
    source = lowerer.spatial(lowerer.value(node.args[0], node), node)
    rows, columns = shape_of(node)[2:]
    return _average(lowerer, node, source, None, size=(rows, columns))


@lowers("aten.mean.dim", row=AVERAGE, traits=replace(AVERAGED, quantisable=is_spatial_mean))
def mean(lowerer: Lowerer, node: Node) -> Value:
    value = lowerer.value(node.args[0], node)
    source = lowerer.spatial(value, node)
    rank = len(lowerer.int8(value, node).shape)
    dims = node.args[1] if isinstance(node.args[1], (list, tuple)) else []
    reduced = {int(str(dim)) % rank for dim in dims}
    if rank != 4 or not reduced or not reduced <= {2, 3}:
        raise rejected(
            node, f"averages over the dimensions {dims} of rank {rank}; only height and width (2, 3) are supported"
        )
    _, height, width, _ = lowerer.builder.extents(source)
    return _average(lowerer, node, source, None, size=(1 if 2 in reduced else height, 1 if 3 in reduced else width))


def _average(
    lowerer: Lowerer,
    node: Node,
    source: int,
    window: Window | None,
    *,
    include: bool = False,
    size: tuple[int, int] = (1, 1),
) -> Value:
    """Average over windows, or, without one, over the adaptive windows that give `size`."""
    builder = lowerer.builder
    n, height, width, channels = builder.extents(source)
    extents = (n, *(size if window is None else window.output_size(height, width)), channels)
    quantisation = builder.quantisation(source)

    def emit(result: Result) -> int:
        scale = ratio(quantisation, result.quantisation) if isinstance(result, Int8Result) else quantisation.scale
        return builder.add(
            Operator(
                kind=AVG_POOL,
                input0=source,
                output=builder.result(extents, result),
                layer=layer_of(node),
                clamp=result.clamp if isinstance(result, Int8Result) else FULL,
                window=window or Window(kernel=(1, 1)),
                scales=(scale, 0.0),
                adaptive=window is None,
                count_include_pad=include,
            )
        )

    return lowerer.pending(node, extents, emit)
