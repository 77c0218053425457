"""PReLU: negative elements times a slope per channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sdkgen.fx.names import layer_of
from sdkgen.plan import work
from sdkgen.plan.aten import DocumentRow, QParams, Traits, always, lowers
from sdkgen.plan.graph import Operator
from sdkgen.plan.operator_shape import OperatorShape
from sdkgen.plan.operator_type import OperatorType, Work, register_type
from sdkgen.plan.packing import pack_slopes
from sdkgen.plan.unsupported import rejected
from sdkgen.plan.values import Constant, Int8Result, Result, Value, ratio

if TYPE_CHECKING:
    from torch.fx import Node

    from sdkgen.plan.lowerer import Lowerer


def _work(operator: OperatorShape) -> Work:
    channels = operator.output[3]
    slopes = {"slopes": work.tiles(channels, 4) * operator.calls}  # search for the largest
    return {**work.of_rows(operator, operator.positions, channels), **slopes}


PRELU = register_type(OperatorType(name="prelu", number=14, weighted=True, in_place=True, work=_work))

ROW = DocumentRow(pytorch="PReLU", kinds=(PRELU,), notes="one slope, or one per channel; takes the clamp behind it")


@lowers("aten.prelu.default", row=ROW, traits=Traits(qparams=QParams.OWN, takes_clamp=always))
def prelu(lowerer: Lowerer, node: Node) -> Value:
    builder = lowerer.builder
    source = lowerer.spatial(lowerer.value(node.args[0], node), node)
    extents = builder.extents(source)
    slopes = lowerer.value(node.args[1], node)
    if not isinstance(slopes, Constant):
        raise rejected(node, "has slopes that are computed while the network runs")
    slope = np.broadcast_to(slopes.values.astype(np.float64).reshape(-1), extents[3:])

    def emit(result: Result) -> int:
        assert isinstance(result, Int8Result)
        scale = builder.quantisation(source).scale
        return builder.add(
            Operator(
                kind=PRELU,
                input0=source,
                output=builder.result(extents, result),
                layer=layer_of(node),
                clamp=result.clamp,
                weights=pack_slopes((slope * scale / result.quantisation.scale).astype(np.float32)),
                scales=(ratio(builder.quantisation(source), result.quantisation), 0.0),
            )
        )

    return lowerer.pending(node, extents, emit, forms=(Int8Result,))
