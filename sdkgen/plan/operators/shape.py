"""Views, and operators without effect at inference."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sdkgen.plan import work
from sdkgen.plan.aten import DocumentRow, QParams, Traits, lowers
from sdkgen.plan.operator_type import OperatorType, register_type
from sdkgen.plan.unsupported import rejected
from sdkgen.plan.values import Constant, Float, Int8, Pending, Pointwise, Value, shape_of

if TYPE_CHECKING:
    from torch.fx import Node

    from sdkgen.plan.lowerer import Lowerer

TO_NCHW = register_type(OperatorType(name="to_nchw", number=11, work=work.element_wise))

VIEWS = DocumentRow(
    pytorch="view, reshape, flatten, squeeze, unsqueeze",
    kinds=(TO_NCHW,),
    notes="free, but for a feature map flattened before something else than a linear layer",
)
NOTHING = DocumentRow(pytorch="dropout, clone and such", notes="nothing")
VIEW = Traits(qparams=QParams.SHARED, passes_float=True)
COPY = Traits(qparams=QParams.SHARED)


@lowers(
    "aten.view.default",
    "aten.reshape.default",
    "aten.flatten.using_ints",
    "aten.squeeze.default",
    "aten.squeeze.dim",
    "aten.squeeze.dims",
    "aten.unsqueeze.default",
    row=VIEWS,
    traits=VIEW,
)
@lowers("aten._unsafe_view.default", "aten.unflatten.int", row=VIEWS)
@lowers(
    "aten.view_copy.default",
    "aten.squeeze_copy.default",
    "aten.squeeze_copy.dim",
    "aten.squeeze_copy.dims",
    "aten.unsqueeze_copy.default",
)
def view(lowerer: Lowerer, node: Node) -> Value:
    """Lower a view: the elements keep their N, C, H, W order; the view's reader checks whether it is possible."""
    value = lowerer.value(node.args[0], node)
    if not isinstance(value, (Int8, Float, Pending, Pointwise)):
        raise rejected(node, "reshapes a constant while the network runs")
    return replace(value, shape=shape_of(node))


@lowers("aten.clone.default", "aten.contiguous.default", row=NOTHING, traits=COPY)
@lowers(
    "aten.alias.default",
    "aten.detach.default",
    "aten.dropout.default",
    "aten.feature_dropout.default",
    "aten.lift_fresh_copy.default",
    row=NOTHING,
)
@lowers("aten.alias_copy.default", "aten.detach_copy.default")
def identity(lowerer: Lowerer, node: Node) -> Value:
    return lowerer.value(node.args[0], node)


@lowers("aten._to_copy.default", row=NOTHING)
def cast(lowerer: Lowerer, node: Node) -> Value:
    """Lower a cast: ExecuTorch makes a tensor of the 2 in 2 * x and casts it to float32."""
    value = lowerer.value(node.args[0], node)
    if not isinstance(value, Constant):
        raise rejected(node, "changes the type of a tensor; the network is int8 by its quantisation alone")
    return value
