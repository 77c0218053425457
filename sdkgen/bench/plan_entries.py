"""What the runtime sets a marker behind, read from a plan: an operator, or a band of several, with its extents."""

from collections.abc import Iterator

from sdkgen.latency import OperatorShape
from sdkgen.plan.finder import find_plan
from sdkgen.plan.format import FLAG_ADAPTIVE, FLAG_BILINEAR
from sdkgen.plan.graph import WEIGHTED, WINDOWED, Kind
from sdkgen.plan.reader import OperatorRecord, Plan, TensorRecord, read_plan


def plan_of(pte: bytes) -> Plan:
    """The plan inside a .pte.

    Raises:
        ExportError: there is none.
    """
    return read_plan(find_plan(pte))


def entries(plan: Plan) -> Iterator[tuple[OperatorShape, ...]]:
    """In order of execution; a band is one entry of several operators."""
    bands = {band.first_op: band for band in plan.bands}
    index = 0
    while index < len(plan.operators):
        band = bands.get(index)
        last = index if band is None else band.last_op
        height = plan.tensors[plan.operators[last].output].h
        calls = 1 if band is None else -(-height // band.rows)
        yield tuple(_shape(plan, operator, calls) for operator in plan.operators[index : last + 1])
        index = last + 1


def _shape(plan: Plan, operator: OperatorRecord, calls: int) -> OperatorShape:
    source, output = (_extents(plan.tensors[tensor]) for tensor in (operator.input0, operator.output))
    adaptive = operator.kind is Kind.AVG_POOL and operator.flags & FLAG_ADAPTIVE
    windowed = operator.kind in {*WINDOWED, Kind.CONV_TRANSPOSE} and not adaptive
    factor = None if operator.input1 is None else plan.tensors[operator.input1]
    return OperatorShape(
        kind=operator.kind.name.lower(),
        input=source,
        output=output,
        kernel=operator.kernel if windowed else (1, 1),
        stride=operator.stride if windowed or operator.kind is Kind.SLICE else (1, 1),
        dilation=operator.dilation if windowed else (1, 1),
        groups=max(1, operator.groups) if operator.kind in {*WEIGHTED, Kind.CHANNEL_SHUFFLE} else 1,
        channel_step=operator.channel_step if operator.kind is Kind.SLICE else 1,
        per_channel=operator.kind is Kind.MUL and factor is not None and factor.h * factor.w < source[1] * source[2],
        bilinear=operator.kind is Kind.RESIZE and bool(operator.flags & FLAG_BILINEAR),
        calls=calls,
    )


def _extents(tensor: TensorRecord) -> tuple[int, int, int, int]:
    return tensor.n, tensor.h, tensor.w, tensor.c
