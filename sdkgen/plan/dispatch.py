"""Finds the lowering of a call: that of its ATen operator."""

import operator as python_operator
from typing import TYPE_CHECKING

from sdkgen.plan.aten import aten_operator
from sdkgen.plan.lowerer import Lowerer
from sdkgen.plan.unsupported import rejected, unsupported
from sdkgen.plan.values import Value

if TYPE_CHECKING:
    from torch.fx import Node


def is_supported(node: "Node") -> bool:
    """Return whether a function exists for this call; the lowering checks its arguments."""
    return node.op != "call_function" or node.target is python_operator.getitem or aten_operator(node) is not None


def lower_call(lowerer: Lowerer, node: "Node") -> Value:
    """Lower one call and return its value.

    Raises:
        ExportError: the plan does not have the operator, or not in this form.
    """
    if node.target is python_operator.getitem:
        return _item(lowerer, node)
    operator = aten_operator(node)
    if operator is None:
        raise unsupported(node)
    return operator.lower(lowerer, node)


def _item(lowerer: Lowerer, node: "Node") -> Value:
    """Return element 0 of an operator with several results (max_pool2d_with_indices); no other is computed."""
    source, index = node.args
    if index != 0 and node.users:
        raise rejected(
            node.all_input_nodes[0], f"result {index} of it is used; the int8 runtime computes result 0 only"
        )
    return lowerer.value(source, node)
