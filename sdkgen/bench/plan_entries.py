"""Reads from a plan the units after which the runtime sets a marker: operators, or bands of several, with extents."""

from collections.abc import Iterator

from sdkgen.plan.finder import find_plan
from sdkgen.plan.graph import operator_shape
from sdkgen.plan.operator_shape import OperatorShape
from sdkgen.plan.reader import OperatorRecord, Plan, read_plan


def plan_of(pte: bytes) -> Plan:
    """Read the plan inside a .pte.

    Raises:
        ExportError: there is none.
    """
    return read_plan(find_plan(pte))


def entries(plan: Plan) -> Iterator[tuple[OperatorShape, ...]]:
    """Yield the entries in order of execution; a band is one entry of several operators."""
    bands = {band.first_op: band for band in plan.bands}
    index = 0
    while index < len(plan.operators):
        band = bands.get(index)
        last = index if band is None else band.last_op
        height = plan.tensors[plan.operators[last].output].h
        calls = 1 if band is None else -(-height // band.rows)
        yield tuple(_shape(plan, operator, calls) for operator in plan.operators[index : last + 1])
        index = last + 1


def _shape(plan: Plan, record: OperatorRecord, calls: int) -> OperatorShape:
    factor = None if record.input1 is None else plan.tensors[record.input1].extents
    source, target = plan.tensors[record.input0].extents, plan.tensors[record.output].extents
    return operator_shape(record.operator(), source, factor, target, calls)
