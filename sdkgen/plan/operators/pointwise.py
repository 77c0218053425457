"""Functions of one element, which the runtime evaluates by a table of their 256 results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sdkgen.fx.names import is_node, layer_of, operator_name
from sdkgen.plan import work
from sdkgen.plan.aten import DocumentRow, QParams, Traits, lowers
from sdkgen.plan.graph import Operator, Quantisation
from sdkgen.plan.operator_shape import OperatorShape
from sdkgen.plan.operator_type import OperatorType, Work, register_type
from sdkgen.plan.unsupported import rejected
from sdkgen.plan.values import Builder, Constant, Int8Result, Pointwise, Reals, Value, shape_of

if TYPE_CHECKING:
    from torch.fx import Node

    from sdkgen.plan.lowerer import Lowerer


def _work(operator: OperatorShape) -> Work:
    elements = operator.positions * operator.output[3]
    return {"vectors": work.tiles(elements, 2 * work.VECTOR), "calls": operator.calls}


LUT = register_type(OperatorType(name="lut", number=13, weighted=True, in_place=True, work=_work))

ROW = DocumentRow(
    pytorch="functions of one element",
    kinds=(LUT,),
    notes="one table of 256 bytes, whatever it computes; those that follow each other, and clamps between them, are "
    "one; other operands are numbers",
)


def is_function(node: Node) -> bool:
    """Return whether a call has one operand that is a tensor; the others are numbers or constants of one element."""
    from sdkgen.fx.nodes import activations, constant, owner

    if len(activations(node)) != 1:
        return False
    constants = [constant(owner(node), a) for a in node.all_input_nodes if a in node.args]
    return all(value is None or value.numel() == 1 for value in constants)


FUNCTION = Traits(qparams=QParams.OWN, quantisable=is_function, is_function=True)

# Of these the one operand that is a tensor is the element; the others are numbers.
FUNCTIONS = (
    "aten.abs.default",
    "aten.celu.default",
    "aten.cos.default",
    "aten.elu.default",
    "aten.erf.default",
    "aten.exp.default",
    "aten.gelu.default",
    "aten.hardsigmoid.default",
    "aten.hardswish.default",
    "aten.leaky_relu.default",
    "aten.log.default",
    "aten.log1p.default",
    "aten.log_sigmoid.default",
    "aten.mish.default",
    "aten.neg.default",
    "aten.pow.Tensor_Scalar",
    "aten.reciprocal.default",
    "aten.rsqrt.default",
    "aten.selu.default",
    "aten.sigmoid.default",
    "aten.silu.default",
    "aten.sin.default",
    "aten.softplus.default",
    "aten.sqrt.default",
    "aten.square.default",
    "aten.tanh.default",
    "aten.threshold.default",
    "aten.add.Scalar",
    "aten.div.Scalar",
    "aten.div.Tensor",
    "aten.mul.Scalar",
    "aten.rsub.Scalar",
    "aten.sub.Scalar",
    "aten.sub.Tensor",
)


@lowers(*FUNCTIONS, row=ROW, traits=FUNCTION)
def pointwise(lowerer: Lowerer, node: Node) -> Value:
    """Make a pending table; an operand that is a pending table itself is composed with it."""
    operands: list[Any] = [lowerer.values[a] if is_node(a) else a for a in node.args]
    numbers = [_number(operand) for operand in operands]
    if numbers.count(None) != 1:
        raise rejected(
            node,
            "computes with two tensors, or with a constant of more than one element",
            remedy="Possible are a + b, a - b and a * b of two tensors, and any function of one tensor and numbers. "
            "Fold a constant per channel into the layer before it; normalise images by mean and std of [input].",
        )
    at = numbers.index(None)
    import torch

    operator: Any = getattr(torch.ops.aten, operator_name(node).split(".")[1])

    def function(values: Reals) -> Reals:
        arguments = [*numbers[:at], torch.from_numpy(values), *numbers[at + 1 :]]
        result: Reals = operator(*arguments, **node.kwargs).numpy()
        return result

    return applied(lowerer, node, operands[at], function)


def applied(lowerer: Lowerer, node: Node, value: Value, function: Callable[[Reals], Reals]) -> Pointwise:
    """Apply `function` to `value`, which is an int8 tensor or a function of one."""
    if isinstance(value, Pointwise):
        inner = value.function
        return replace(value, function=lambda values: function(inner(values)), shape=shape_of(node))
    return Pointwise(
        source=lowerer.int8(value, node).tensor,
        function=function,
        shape=shape_of(node),
        operator=operator_name(node),
        layer=layer_of(node),
    )


def has_constant(lowerer: Lowerer, node: Node) -> bool:
    """Return whether one operand of two is a number or a constant tensor."""
    return any(not is_node(argument) or isinstance(lowerer.values[argument], Constant) for argument in node.args[:2])


def _number(operand: Any) -> float | str | None:
    """Return a number or a string (approximate="tanh") among the operands; None for a tensor.

    PyTorch computes with the float32 of a number, and ExecuTorch makes a float32 constant of it.
    """
    if isinstance(operand, Constant) and operand.values.size == 1:
        operand = float(operand.values.reshape(-1)[0])
    return operand if isinstance(operand, str) else float32(operand) if isinstance(operand, (int, float)) else None


def float32(number: float) -> float:
    """Round to the nearest float32."""
    return float(np.float32(number))


def look_up(builder: Builder, value: Pointwise, result: Int8Result) -> int:
    """Emit the look-up of a function of one element and return its tensor."""
    table = look_up_table(value.function, builder.quantisation(value.source), result)
    output = builder.result(builder.extents(value.source), result)
    return builder.add(
        Operator(kind=LUT, input0=value.source, output=output, layer=value.layer, weights=table.tobytes())
    )


def look_up_table(function: Callable[[Reals], Reals], source: Quantisation, result: Int8Result) -> NDArray[np.int8]:
    """Return the table (256,) of results for the int8 values -128 … 127.

    The function is applied to the float32 that PyTorch dequantises, in float64; its result is divided, rounded half to
    even and clamped in float64. NaN becomes the zero point, infinity a bound.
    """
    codes = np.arange(-128, 128, dtype=np.float32)
    real = (codes - np.float32(source.zero_point)) * np.float32(source.scale)
    steps = np.rint(function(real.astype(np.float64)) / result.quantisation.scale)
    whole = np.nan_to_num(steps, nan=0.0, posinf=1e9, neginf=-1e9) + result.quantisation.zero_point
    table: NDArray[np.int8] = np.clip(whole, *result.clamp).astype(np.int8)
    return table
