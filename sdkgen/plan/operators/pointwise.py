"""Functions of one element: the runtime has a table of their 256 results, whatever they compute."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from sdkgen.fx.names import layer_of, operator_name
from sdkgen.plan.lower import Lowerer, lowers, shape_of
from sdkgen.plan.unsupported import rejected
from sdkgen.plan.values import Constant, Pointwise, Reals, Value

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


@lowers(*FUNCTIONS)
def pointwise(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    """A table to be made, or a longer one where the operand is a table to be made itself."""
    operands: list[Any] = [lowerer.values[a] if isinstance(a, torch.fx.Node) else a for a in node.args]
    numbers = [_number(operand) for operand in operands]
    if numbers.count(None) != 1:
        raise rejected(
            node,
            "computes with two tensors, or with a constant of more than one element",
            remedy="Possible are a + b, a - b and a * b of two tensors, and any function of one tensor and numbers. "
            "Fold a constant per channel into the layer before it; normalise images by mean and std of [input].",
        )
    at = numbers.index(None)
    operator: Any = getattr(torch.ops.aten, operator_name(node).split(".")[1])

    def function(values: Reals) -> Reals:
        arguments = [*numbers[:at], torch.from_numpy(values), *numbers[at + 1 :]]
        result: Reals = operator(*arguments, **node.kwargs).numpy()
        return result

    return applied(lowerer, node, operands[at], function)


def applied(lowerer: Lowerer, node: torch.fx.Node, value: Value, function: Callable[[Reals], Reals]) -> Pointwise:
    """`function` of `value`, which is an int8 tensor or a function of one."""
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


def has_constant(lowerer: Lowerer, node: torch.fx.Node) -> bool:
    """Whether one operand of two is a number or a constant tensor."""
    return any(
        not isinstance(argument, torch.fx.Node) or isinstance(lowerer.values[argument], Constant)
        for argument in node.args[:2]
    )


def _number(operand: Any) -> float | str | None:
    """A number or a word (approximate="tanh") among the operands; None for a tensor.

    PyTorch computes with the float32 of a number, and ExecuTorch makes a float32 constant of it.
    """
    if isinstance(operand, Constant) and operand.values.size == 1:
        operand = float(operand.values.reshape(-1)[0])
    return operand if isinstance(operand, str) else float32(operand) if isinstance(operand, (int, float)) else None


def float32(number: float) -> float:
    """The nearest float32."""
    return float(np.float32(number))
