"""Softmax over channels, in float32, at the end of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sdkgen.fx.names import layer_of
from sdkgen.plan import work
from sdkgen.plan.aten import DocumentRow, Traits, lowers
from sdkgen.plan.graph import Operator
from sdkgen.plan.operator_type import OperatorType, register_type
from sdkgen.plan.unsupported import rejected
from sdkgen.plan.values import FloatResult, Result, Value, shape_of

if TYPE_CHECKING:
    from torch.fx import Node

    from sdkgen.plan.lowerer import Lowerer

SOFTMAX = register_type(OperatorType(name="softmax", number=8, work=work.element_wise))

ROW = DocumentRow(pytorch="Softmax over channels", kinds=(SOFTMAX,), notes="of (1, C), at the end, in float32")


@lowers("aten.softmax.int", "aten._softmax.default", row=ROW, traits=Traits(passes_float=True))
def softmax(lowerer: Lowerer, node: Node) -> Value:
    value = lowerer.value(node.args[0], node)
    shape = shape_of(node)
    assert isinstance(node.args[1], int)
    if node.args[1] % len(shape) != 1 or shape not in ((shape[0], shape[1]), (shape[0], shape[1], 1, 1)):
        raise rejected(node, f"normalises dimension {node.args[1]} of {shape}; it must be the channels of (N, C)")
    extents = (shape[0], 1, 1, shape[1])

    def emit(result: Result) -> int:
        assert isinstance(result, FloatResult)
        source = lowerer.make_float(value, node, FloatResult(location="arena", rank=2))
        output = lowerer.builder.result(extents, result)
        return lowerer.builder.add(Operator(kind=SOFTMAX, input0=source, output=output, layer=layer_of(node)))

    return lowerer.pending(node, extents, emit, forms=(FloatResult,))
