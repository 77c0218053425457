"""Chooses the bands of a graph: those that save more memory traffic than they cost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sdkgen.plan.arena import plan_arena
from sdkgen.plan.bands import MAXIMUM_OPERATORS, Band, chains, held, memory_bytes, rows_read
from sdkgen.plan.graph import Graph, Operator

CACHE_BYTES = 256 * 1024
"""Fast memory of a small core: the private second-level cache of a Cortex-A55 or -A76 in most phones, or its share
of a common one."""
MEMORY_BYTES = CACHE_BYTES // 2
"""Limit for the inner tensors of a band; the other half is for weights, operands and the result."""
MOST_ADDED_INSTRUCTIONS = 0.01
"""Fraction of the instructions of the whole network, on one thread."""

# Executed instructions, fitted to counts on the leanest tier, SMMLA (docs/kernels.md): what an operator takes for each
# multiply-accumulate and each byte of its result, and what one more call of it takes: filters are arranged and bounds
# on sums are found once per call, which was 0.4 to 1.1 for each byte of weights.
_PER_MAC, _PER_RESULT_BYTE, _PER_WEIGHT_BYTE, _PER_CALL = 1 / 18, 1.5, 0.9, 400
# Between a Cortex-A76, some 6 billion instructions and 24 billion bytes beyond its second cache in a second, and a
# Cortex-A55, 2 and 5.
_PER_TRAFFIC_BYTE = 0.3
_BORDERS = 2
"""Borders between the rows of three threads (one to four are usual); both threads compute the rows around a border."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A band with its savings and costs.

    Attributes:
        band: the operators and the rows of a step.
        saved_bytes: written and read outside of a cache of CACHE_BYTES without the band, and not with it.
        memory_bytes: of its inner tensors, per thread.
        added_instructions: an estimate, on one thread.
        gain: savings minus costs, in instructions, for ranking.
    """

    band: Band
    saved_bytes: int
    memory_bytes: int
    added_instructions: int
    gain: float


@dataclass(frozen=True, kw_only=True)
class Banded:
    """A graph in the order that suits its bands; `whole_arena_bytes` is the arena that it needs without them."""

    graph: Graph
    choices: tuple[Choice, ...]
    whole_arena_bytes: int

    @property
    def bands(self) -> tuple[Band, ...]:
        return tuple(choice.band for choice in self.choices)


def with_bands(graph: Graph) -> Banded:
    """Choose the bands of `graph`; concatenations are written slice by slice where that takes less memory."""
    ways = [
        Banded(graph=way, choices=choose_bands(way), whole_arena_bytes=plan_arena(graph).bytes)
        for way in (graph, slices_first(graph))
    ]
    return min(ways, key=_memory)


def _memory(banded: Banded) -> int:
    arena = plan_arena(banded.graph, banded.bands)
    return arena.bytes + max((choice.memory_bytes for choice in banded.choices), default=0)


def choose_bands(graph: Graph) -> tuple[Choice, ...]:
    """Return the bands, in order, that together gain most and add at most MOST_ADDED_INSTRUCTIONS."""
    chosen = [choice for chain in chains(graph) for choice in _best_split(graph, chain)]
    allowed = MOST_ADDED_INSTRUCTIONS * sum(_instructions(graph, o, 1.0) for o in graph.operators)
    while sum(choice.added_instructions for choice in chosen) > allowed:
        chosen.remove(min(chosen, key=lambda choice: choice.gain / max(choice.added_instructions, 1)))
    return tuple(chosen)


def slices_first(graph: Graph) -> Graph:
    """Reorder the graph so that each slice of a concatenation is written as soon as possible.

    A `rescale` behind the operator whose result it reads can run in a band with it; then the slice is the only copy.
    """
    order: list[int] = []
    for index, operator in enumerate(graph.operators):
        order.append(index)
        if not operator.kind.writes_part:
            continue
        # Not before the slice to its left: native/README.md has them written from left to right.
        after = {i for i, o in enumerate(graph.operators) if o.output in (operator.input0, operator.output)} - {index}
        place = 1 + max((order.index(i) for i in after if i in order), default=len(order) - 2)
        order.insert(place, order.pop())
    return replace(graph, operators=tuple(graph.operators[index] for index in order))


def _best_split(graph: Graph, chain: range) -> list[Choice]:
    """Split a chain into bands and single operators with the largest gain."""
    best: list[tuple[float, list[Choice]]] = [(0.0, [])]
    for end in range(chain.start + 1, chain.stop + 1):
        ways = [best[-1]]
        for first in range(max(chain.start, end - MAXIMUM_OPERATORS), end - 1):
            choice = _choice(graph, first, end - 1)
            if choice is not None and choice.gain > 0:
                gain, choices = best[first - chain.start]
                ways.append((gain + choice.gain, [*choices, choice]))
        best.append(max(ways, key=lambda way: way[0]))
    return best[-1][1]


def _choice(graph: Graph, first: int, last: int) -> Choice | None:
    """Return the band of these operators with the most rows that fit, or None when fewer than two fit."""
    height = graph.tensors[graph.operators[last].output].h
    fitting = (b for b in _sizes(first, last, height) if _fits(graph, b))
    band = max(fitting, key=lambda b: b.rows, default=None)
    if band is None:
        return None
    operators = [graph.operators[index] for index in band.operators]
    saved = sum(_traffic(graph, index) for index in range(first, last))
    steps = -(-height // band.rows)
    added = (steps - 1) * sum(_PER_WEIGHT_BYTE * len(o.weights) + _PER_CALL for o in operators)
    twice = _BORDERS * sum(
        _instructions(graph, graph.operators[index], rows / graph.tensors[graph.operators[index].output].h)
        for index, rows in _computed_twice(graph, band).items()
    )
    return Choice(
        band=band,
        saved_bytes=saved,
        memory_bytes=memory_bytes(graph, band),
        added_instructions=round(added),
        gain=_PER_TRAFFIC_BYTE * saved - added - twice,
    )


def _sizes(first: int, last: int, height: int) -> Iterator[Band]:
    """Yield bands that split the rows evenly, with an even number of rows, since kernels process rows in pairs."""
    for steps in range(1, height // 2 + 1):
        rows = -(-height // steps)
        yield Band(first=first, last=last, rows=min(rows + rows % 2, height))


def _fits(graph: Graph, band: Band) -> bool:
    """Return whether a step finds the rows of the step before in the band's memory, and reads weights and its rows of
    operands and result from the cache."""
    operators = [graph.operators[index] for index in band.operators]
    inner = {item.tensor for item in held(graph, band)}
    outer = {t for o in operators for t in (*o.reads, o.output)} - inner
    height = graph.tensors[operators[-1].output].h
    rows = sum(graph.tensors[t].bytes * band.rows // height for t in outer)
    memory = memory_bytes(graph, band)
    return memory <= MEMORY_BYTES and memory + rows + sum(len(o.weights) for o in operators) <= CACHE_BYTES


def _instructions(graph: Graph, operator: Operator, share: float) -> float:
    """Return the instructions of that share of an operator's rows."""
    return share * (_PER_MAC * operator.macs + _PER_RESULT_BYTE * graph.tensors[operator.output].bytes)


def _traffic(graph: Graph, index: int) -> int:
    """Return the bytes of the result of operator `index` that leave the cache and come back before they are read.

    Between writing and reading its first row, the rest of the tensor is written and the operands are read; between
    writing and reading its last row, the tensor is read and the next result is written. In between it is a mixture.
    """
    producer, consumer = graph.operators[index], graph.operators[index + 1]
    size = {tensor: graph.tensors[tensor].bytes for o in (producer, consumer) for tensor in (*o.reads, o.output)}
    tensor = size[producer.output]
    begin = tensor + sum(size[t] for t in producer.reads) + len(producer.weights)
    end = sum(size[t] for t in consumer.reads) + size[consumer.output]
    low, high = sorted((begin, end))
    lost = 1.0 if low > CACHE_BYTES else 0.0 if high <= CACHE_BYTES else (high - CACHE_BYTES) / (high - low)
    return round(2 * tensor * lost)


def _computed_twice(graph: Graph, band: Band) -> Mapping[int, int]:
    """Return the rows of each inner operator's result that the threads on both sides of a border compute."""
    rows, twice = 0, {}
    for item, index in zip(held(graph, band), range(band.last, band.first, -1), strict=True):
        rows = min(max(rows_read(graph.operators[index], rows), 0), graph.tensors[item.tensor].h)
        twice[index - 1] = rows
    return twice
