"""Resizing to the nearest neighbour and bilinearly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sdkgen.fx.names import layer_of
from sdkgen.plan import work
from sdkgen.plan.aten import DocumentRow, QParams, Traits, lowers
from sdkgen.plan.graph import Operator
from sdkgen.plan.operator_shape import OperatorShape
from sdkgen.plan.operator_type import OperatorType, Work, register_type
from sdkgen.plan.operators.movement import moved
from sdkgen.plan.unsupported import rejected
from sdkgen.plan.values import Int8Result, Result, Value, ratio, shape_of

if TYPE_CHECKING:
    from torch.fx import Node

    from sdkgen.plan.lowerer import Lowerer

WEIGHT_BITS = 14
"""Fractional bits of the product of a row's and a column's weight."""


def _loops(operator: OperatorShape) -> str:
    return "resize_bilinear" if operator.bilinear else "resize_nearest"


def _work(operator: OperatorShape) -> Work:
    return _bilinear(operator) if operator.bilinear else _nearest(operator)


def _nearest(operator: OperatorShape) -> Work:
    """Count the work: positions are copied one by one; a row equal to the one before is one copy."""
    n, out_h, out_w, channels = operator.output
    different = min(operator.input[1], out_h)
    repeated = (out_h - different) * work.copies(out_w * channels)
    return {
        "rows": n * out_h,
        "positions": n * different * out_w,
        "vectors": n * (different * out_w * work.copies(channels) + repeated),
        "calls": operator.calls,
    }


def _bilinear(operator: OperatorShape) -> Work:
    """Count the work: input rows are widened to int16 once, and two of them interpolated for each output row."""
    n, out_h, out_w, channels = operator.output
    widened = min(operator.input[1], 2 * out_h) * out_w
    return {
        "rows": n * out_h,
        "positions": n * widened,
        "inputs": n * widened * work.tiles(channels, work.VECTOR),
        "results": n * out_h * work.tiles(out_w * channels, work.VECTOR),
        "calls": operator.calls,
    }


RESIZE = register_type(OperatorType(name="resize", number=18, work=_work, loops=_loops))

ROW = DocumentRow(
    pytorch="Upsample, interpolate",
    kinds=(RESIZE,),
    notes="nearest and bilinear, with or without align_corners; a size, or a factor that gives a whole size; bilinear "
    "weights have 7 bits per axis",
)


@lowers("aten.upsample_nearest2d.vec", row=ROW, traits=Traits(qparams=QParams.SHARED))
@lowers("aten.upsample_nearest2d.default", row=ROW)
def nearest(lowerer: Lowerer, node: Node) -> Value:
    import torch

    source = lowerer.spatial(lowerer.value(node.args[0], node), node)
    n, height, width, channels = lowerer.builder.extents(source)
    rows, columns = shape_of(node)[2:]
    operator: Any = torch.ops.aten.upsample_nearest2d.default
    for inside, out, factor in zip((height, width), (rows, columns), _factors(node.args[2:]), strict=True):
        # PyTorch multiplies by a float32 step; it must equal the integers that the runtime computes with.
        line = torch.arange(inside, dtype=torch.float32).reshape(1, 1, 1, inside)
        taken = operator(line, [1, out], None, factor).reshape(-1).tolist()
        if taken != [i * inside // out for i in range(out)]:
            raise rejected(
                node,
                f"resizes {inside} to {out} and takes other pixels than floor(i·{inside}/{out})",
                remedy="Give the size instead of a factor, or use a whole factor.",
            )
    return moved(lowerer, node, source, [((n, rows, columns, channels), {"kind": RESIZE})])


@lowers("aten.upsample_bilinear2d.vec", row=ROW, traits=Traits(qparams=QParams.OWN))
@lowers("aten.upsample_bilinear2d.default", row=ROW)
def bilinear(lowerer: Lowerer, node: Node) -> Value:
    builder = lowerer.builder
    source = lowerer.spatial(lowerer.value(node.args[0], node), node)
    n, height, width, channels = builder.extents(source)
    rows, columns = shape_of(node)[2:]
    align_corners = bool(node.args[2])
    for inside, out, factor in zip((height, width), (rows, columns), _factors(node.args[3:]), strict=True):
        if factor is not None and not align_corners and inside * factor != out:
            raise rejected(
                node,
                f"resizes {inside} by {factor} to {out}, and PyTorch's positions are those of the factor",
                remedy="Give the size instead of a factor, or set recompute_scale_factor=True.",
            )
    extents = (n, rows, columns, channels)

    def emit(result: Result) -> int:
        assert isinstance(result, Int8Result)
        scale = ratio(builder.quantisation(source), result.quantisation) * 2.0**-WEIGHT_BITS
        return builder.add(
            Operator(
                kind=RESIZE,
                input0=source,
                output=builder.result(extents, result),
                layer=layer_of(node),
                clamp=result.clamp,
                scales=(scale, 0.0),
                bilinear=True,
                align_corners=align_corners,
            )
        )

    return lowerer.pending(node, extents, emit, forms=(Int8Result,))


def _factors(arguments: tuple[Any, ...]) -> tuple[float | None, float | None]:
    """Read the factors of height and width: a list in overload "vec", an argument each in "default", None if absent."""
    listed = arguments[0] if arguments and isinstance(arguments[0], Sequence) else arguments
    height, width = (*listed, None, None)[:2]
    return (None if height is None else float(height)), (None if width is None else float(width))
