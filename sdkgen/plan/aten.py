"""ATen operators of the plan: lowering, condition of quantisation, fusion with other operators."""

import enum
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sdkgen import registry
from sdkgen.fx.names import operator_name
from sdkgen.plan.operator_type import OperatorType
from sdkgen.registry import discover

if TYPE_CHECKING:
    from torch.fx import Node

    from sdkgen.plan.lowerer import Lowerer
    from sdkgen.plan.values import Value

Lowering = Callable[["Lowerer", "Node"], "Value"]
Condition = Callable[["Node"], bool]

_REGISTRY = "ATen operator"
_ROWS = "row of docs/operators.md"


class QParams(enum.Enum):
    """Source of the int8 parameters (scale and zero point) of a result."""

    NONE = "not quantised by itself"
    OWN = "of its own, from the range of the result"
    SHARED = "those of the inputs, because the result holds values of the inputs only"


@dataclass(frozen=True, kw_only=True, eq=False)
class DocumentRow:
    """A row of docs/operators.md.

    Attributes:
        pytorch: name in a user's code.
        kinds: of the resulting operators in the plan.
        notes: limits and exceptions.
    """

    pytorch: str
    kinds: tuple[OperatorType, ...] = ()
    notes: str


def document(row: DocumentRow) -> DocumentRow:
    """Add a row without an ATen operator, for a construct that a pass replaces."""
    return registry.register(_ROWS, row.pytorch)(row)


def document_rows() -> tuple[DocumentRow, ...]:
    """Return every row, with or without an ATen operator, in the order of the first kind that it names."""
    rows = {operator.row for operator in aten_operators().values() if operator.row is not None}
    rows |= {registry.lookup(_ROWS, name) for name in registry.names(_ROWS)}
    return tuple(sorted(rows, key=lambda row: (min((kind.number for kind in row.kinds), default=2**16), row.pytorch)))


def always(node: "Node") -> bool:
    return True


def never(node: "Node") -> bool:
    return False


@dataclass(frozen=True, kw_only=True, eq=False)
class Traits:
    """Traits of an ATen operator for the int8 passes; conditions are on a call of it in a captured float graph.

    Attributes:
        qparams: parameters of the result.
        quantisable: whether this call has an int8 form; otherwise it is left in float32.
        weight_axis: axis of argument 1, the weight, that counts output channels; None for an operator without weights.
        takes_clamp: whether a clamp behind this call becomes part of the same operator.
        is_clamp: whether it bounds its input.
        is_function: whether a call with one tensor is a function of each element: a table in the plan.
        emits_float: whether this call can write a float32 output of the network.
        passes_float: whether it may follow such a call, on float32.
    """

    qparams: QParams = QParams.NONE
    quantisable: Condition = always
    weight_axis: int | None = None
    takes_clamp: Condition = never
    is_clamp: bool = False
    is_function: bool = False
    emits_float: Condition = never
    passes_float: bool = False


UNQUANTISED = Traits()


@dataclass(frozen=True, kw_only=True, eq=False)
class AtenOperator:
    """Lowering and traits of one ATen operator.

    Attributes:
        name: "aten.conv2d.default".
        lower: builds the plan's operators for one call.
        row: of docs/operators.md; None for a spelling that only the edge dialect has.
    """

    name: str
    lower: Lowering
    row: DocumentRow | None
    traits: Traits


def lowers(*names: str, row: DocumentRow | None = None, traits: Traits = UNQUANTISED) -> Callable[[Lowering], Lowering]:
    """Register the decorated function as the lowering of ATen operators by name, such as "aten.conv2d.default".

    Raises:
        ValueError: a name is lowered already.
    """

    def decorate(function: Lowering) -> Lowering:
        for name in names:
            registry.register(_REGISTRY, name)(AtenOperator(name=name, lower=function, row=row, traits=traits))
        return function

    return decorate


@functools.cache
def aten_operators() -> Mapping[str, AtenOperator]:
    """Return all entries by name; the families are imported on first use."""
    discover("sdkgen.plan.operators")
    return {name: registry.lookup(_REGISTRY, name) for name in registry.names(_REGISTRY)}


def aten_operator(node: "Node") -> AtenOperator | None:
    """Return the entry of the operator that a node calls, or None if the plan does not have it."""
    return aten_operators().get(operator_name(node)) if node.op == "call_function" else None
