"""Resizing to the nearest neighbour and bilinearly."""

from collections.abc import Sequence
from typing import Any

import torch

from sdkgen.fx.names import layer_of
from sdkgen.plan.graph import Kind, Operator
from sdkgen.plan.lower import Lowerer, lowers, shape_of
from sdkgen.plan.operators.movement import moved
from sdkgen.plan.unsupported import rejected
from sdkgen.plan.values import Int8Result, Result, Value, ratio

WEIGHT_BITS = 14
"""Fractional bits of the product of a row's and a column's weight."""


@lowers("aten.upsample_nearest2d.vec", "aten.upsample_nearest2d.default")
def nearest(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    source = lowerer.spatial(lowerer.value(node.args[0], node), node)
    n, height, width, channels = lowerer.builder.extents(source)
    rows, columns = shape_of(node)[2:]
    operator: Any = torch.ops.aten.upsample_nearest2d.default
    for inside, out, factor in zip((height, width), (rows, columns), _factors(node.args[2:]), strict=True):
        # PyTorch multiplies by a float32 step; it is held to the integers that the runtime computes with.
        line = torch.arange(inside, dtype=torch.float32).reshape(1, 1, 1, inside)
        taken = operator(line, [1, out], None, factor).reshape(-1).tolist()
        if taken != [i * inside // out for i in range(out)]:
            raise rejected(
                node,
                f"resizes {inside} to {out} and takes other pixels than floor(i·{inside}/{out})",
                remedy="Give the size instead of a factor, or use a whole factor.",
            )
    return moved(lowerer, node, source, [((n, rows, columns, channels), {"kind": Kind.RESIZE})])


@lowers("aten.upsample_bilinear2d.vec", "aten.upsample_bilinear2d.default")
def bilinear(lowerer: Lowerer, node: torch.fx.Node) -> Value:
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
                kind=Kind.RESIZE,
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
    """Factors of height and width: a list in the overload "vec", an argument each in "default", None where absent."""
    listed = arguments[0] if arguments and isinstance(arguments[0], Sequence) else arguments
    height, width = (*listed, None, None)[:2]
    return (None if height is None else float(height)), (None if width is None else float(width))
