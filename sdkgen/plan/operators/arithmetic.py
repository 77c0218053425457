"""Sums and products of two tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sdkgen.fx.names import layer_of
from sdkgen.plan import work
from sdkgen.plan.aten import DocumentRow, QParams, Traits, lowers
from sdkgen.plan.graph import Operator
from sdkgen.plan.operator_shape import OperatorShape
from sdkgen.plan.operator_type import OperatorType, Work, register_type
from sdkgen.plan.operators.pointwise import LUT, has_constant, is_function, pointwise
from sdkgen.plan.unsupported import rejected
from sdkgen.plan.values import Int8Result, Result, Value, ratio, shape_of

if TYPE_CHECKING:
    from torch.fx import Node

    from sdkgen.plan.lowerer import Lowerer


def _mul_loops(operator: OperatorShape) -> str:
    return "mul_per_channel" if operator.per_channel else "mul"


def _mul_work(operator: OperatorShape) -> Work:
    """Count the work: one long row, or with a factor per channel one row for each position."""
    if operator.per_channel:
        return work.of_rows(operator, operator.positions, operator.output[3])
    return work.of_rows(operator, 1, operator.positions * operator.output[3])


ADD = register_type(
    OperatorType(
        name="add",
        number=4,
        operands=2,
        in_place=True,
        may_band=True,
        commutative=True,
        scale_per_operand=True,
        work=work.element_wise,
    )
)
MUL = register_type(
    OperatorType(name="mul", number=12, operands=2, in_place=True, commutative=True, work=_mul_work, loops=_mul_loops)
)

SUM = DocumentRow(
    pytorch="a + b, a - b",
    kinds=(ADD, LUT),
    notes="two tensors of one shape, and a clamp behind; -b of two tensors is a table; a number is a table",
)
PRODUCT = DocumentRow(
    pytorch="a * b",
    kinds=(MUL, LUT),
    notes="two tensors of one shape, or one of (1, C, 1, 1), expanded or not, as in squeeze and excitation, and a "
    "clamp behind; a number is a table",
)


def is_sum(node: Node) -> bool:
    """Return whether `node` adds two tensors of one shape."""
    from sdkgen.fx.nodes import activations

    terms = activations(node)
    if len(terms) != 2 or node.kwargs.get("alpha", 1) != 1:
        return False
    return all(term.meta["val"].shape == node.meta["val"].shape for term in terms)


def is_product(node: Node) -> bool:
    """Return whether `node` multiplies two tensors of one shape, or one by a factor per channel, (N, C, 1, 1)."""
    from sdkgen.fx.nodes import activations

    factors = activations(node)
    if len(factors) != 2:
        return False
    shape = node.meta["val"].shape
    shapes = [factor.meta["val"].shape for factor in factors]
    per_channel = (*shape[:2], 1, 1) if len(shape) == 4 else shape
    return shape in shapes and all(s in (shape, per_channel) for s in shapes)


@lowers(
    "aten.add.Tensor",
    row=SUM,
    traits=Traits(
        qparams=QParams.OWN,
        quantisable=lambda node: is_function(node) or is_sum(node),
        takes_clamp=is_sum,
        is_function=True,
    ),
)
def add(lowerer: Lowerer, node: Node) -> Value:
    if has_constant(lowerer, node):
        return pointwise(lowerer, node)
    builder = lowerer.builder
    first, second = (lowerer.int8(lowerer.value(argument, node), node) for argument in node.args[:2])
    if first.shape != second.shape:
        raise rejected(
            node,
            f"adds tensors of the shapes {first.shape} and {second.shape}; they must be equal",
            remedy="Resize the smaller one first (nn.Upsample), or multiply: a factor may be (N, C, 1, 1).",
        )
    alpha = node.kwargs.get("alpha", 1)
    if not isinstance(alpha, (int, float)) or alpha <= 0:
        raise rejected(node, f"has alpha={alpha}; it must be positive")
    factor = float(alpha)
    a, b = first.tensor, second.tensor
    if builder.extents(a) != builder.extents(b):
        a, b = lowerer.spatial(first, node), lowerer.spatial(second, node)

    def emit(result: Result) -> int:
        assert isinstance(result, Int8Result)
        scales = (
            ratio(builder.quantisation(a), result.quantisation),
            ratio(builder.quantisation(b), result.quantisation) * factor,
        )
        return builder.add(
            Operator(
                kind=ADD,
                input0=a,
                input1=b,
                output=builder.result(builder.extents(a), result),
                layer=layer_of(node),
                clamp=result.clamp,
                scales=scales,
            )
        )

    return lowerer.pending(node, builder.extents(a), emit, forms=(Int8Result,))


@lowers(
    "aten.mul.Tensor",
    row=PRODUCT,
    traits=Traits(
        qparams=QParams.OWN,
        quantisable=lambda node: is_function(node) or is_product(node),
        takes_clamp=is_product,
        is_function=True,
    ),
)
def mul(lowerer: Lowerer, node: Node) -> Value:
    if has_constant(lowerer, node):
        return pointwise(lowerer, node)
    builder = lowerer.builder
    factors = [lowerer.int8(lowerer.value(argument, node), node) for argument in node.args[:2]]
    shape = shape_of(node)
    if factors[0].shape != shape:
        factors.reverse()
    per_channel = (*shape[:2], 1, 1) if len(shape) == 4 else shape
    if factors[0].shape != shape or factors[1].shape not in (shape, per_channel):
        raise rejected(
            node,
            f"multiplies tensors of the shapes {factors[1].shape} and {factors[0].shape}; one has the result's shape, "
            "the other that or (N, C, 1, 1)",
            remedy="Bring a map of one channel to the other's channels with a 1x1 convolution of fixed ones.",
        )
    a, b = (lowerer.spatial(factor, node) for factor in factors)

    def emit(result: Result) -> int:
        assert isinstance(result, Int8Result)
        product = builder.quantisation(a).scale * builder.quantisation(b).scale
        return builder.add(
            Operator(
                kind=MUL,
                input0=a,
                input1=b,
                output=builder.result(builder.extents(a), result),
                layer=layer_of(node),
                clamp=result.clamp,
                scales=(float(np.float32(product / result.quantisation.scale)), 0.0),
            )
        )

    return lowerer.pending(node, builder.extents(a), emit, forms=(Int8Result,))
