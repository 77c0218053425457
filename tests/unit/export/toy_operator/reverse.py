"""A plan operator from outside of the package: the channels of every pixel in reverse order, torch.flip over axis 1."""

import torch

from sdkgen.plan import work
from sdkgen.plan.aten import DocumentRow, QParams, Traits, lowers
from sdkgen.plan.lowerer import Lowerer
from sdkgen.plan.operator_type import OperatorType, register_type
from sdkgen.plan.operators.movement import moved
from sdkgen.plan.values import Value

REVERSE = register_type(OperatorType(name="reverse", number=900, may_band=True, work=work.element_wise))
ROW = DocumentRow(pytorch="flip over channels", kinds=(REVERSE,), notes="a toy")


def reverses_channels(node: torch.fx.Node) -> bool:
    return node.args[1] == [1]


@lowers("aten.flip.default", row=ROW, traits=Traits(qparams=QParams.SHARED, quantisable=reverses_channels))
def flip(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    source = lowerer.spatial(lowerer.value(node.args[0], node), node)
    return moved(lowerer, node, source, [(lowerer.builder.extents(source), {"kind": REVERSE})])
