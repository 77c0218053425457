"""Bands of rows: chains of operators that run some rows at a time, so that the tensors between them are never whole."""

from collections.abc import Iterator
from dataclasses import dataclass

from sdkgen.plan.graph import Graph, Operator, round_up

ALIGNMENT = 64
MAXIMUM_OPERATORS = 16


@dataclass(frozen=True, kw_only=True)
class Band:
    """Operators `first` … `last` of a graph, run `rows` rows of the last one's result at a time."""

    first: int
    last: int
    rows: int

    @property
    def operators(self) -> range:
        return range(self.first, self.last + 1)


@dataclass(frozen=True, kw_only=True)
class Held:
    """The part of a tensor between two operators that a band keeps: `rows` at `offset` of the band's memory."""

    tensor: int
    rows: int
    offset: int
    bytes: int


def rows_read(operator: Operator, rows: int) -> int:
    """Return the most rows of its operands that `operator` reads for so many rows of its result."""
    window = operator.window
    if window is None:
        return rows
    return (rows - 1) * window.stride[0] + window.dilation[0] * (window.kernel[0] - 1) + 1


def held(graph: Graph, band: Band) -> tuple[Held, ...]:
    """Return the tensors within a band, the last one first, in the layout of native/README.md."""
    found: list[Held] = []
    rows, offset = band.rows, 0
    for index in range(band.last, band.first, -1):
        tensor = graph.operators[index - 1].output
        record = graph.tensors[tensor]
        rows = min(rows_read(graph.operators[index], rows), record.h)
        found.append(Held(tensor=tensor, rows=rows, offset=offset, bytes=rows * record.bytes // record.h))
        offset += round_up(found[-1].bytes, ALIGNMENT)
    return tuple(found)


def memory_bytes(graph: Graph, band: Band) -> int:
    """Return the memory of a thread for all tensors that a band keeps."""
    return sum(round_up(item.bytes, ALIGNMENT) for item in held(graph, band))


def chains(graph: Graph) -> Iterator[range]:
    """Yield the longest runs of consecutive operators that may form one band."""
    touches: dict[int, list[int]] = {}
    for index, operator in enumerate(graph.operators):
        for tensor in {*operator.reads, operator.output}:
            touches.setdefault(tensor, []).append(index)
    begin = 0
    for index in range(1, len(graph.operators) + 1):
        if index < len(graph.operators):
            between = graph.operators[index - 1].output
            linked = graph.tensors[between].location == "arena" and touches[between] == [index - 1, index]
            if linked and all(_may_join(graph, graph.operators[i]) for i in (index - 1, index)):
                continue
        if index - begin > 1:
            yield range(begin, index)
        begin = index


def _may_join(graph: Graph, operator: Operator) -> bool:
    if not operator.kind.may_band or graph.tensors[operator.output].n != 1:
        return False
    if operator.window is None:
        return True
    reach = rows_read(operator, 1)
    return operator.window.padding[0] < reach and operator.window.padding[2] < reach
