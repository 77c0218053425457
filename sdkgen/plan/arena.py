"""Plans the activation arena: an offset for every tensor, so that tensors with overlapping lifetimes do not overlap."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sdkgen.plan.bands import Band, held
from sdkgen.plan.graph import Graph, round_up

ALIGNMENT = 64


@dataclass(frozen=True, kw_only=True)
class Lifetime:
    """First and last operator that touch a tensor, both included."""

    first: int
    last: int

    def meets(self, other: "Lifetime") -> bool:
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True, kw_only=True)
class Buffer:
    """Memory that one or (in place) several tensors use one after the other."""

    tensors: tuple[int, ...]
    bytes: int
    lifetime: Lifetime


@dataclass(frozen=True, kw_only=True)
class Arena:
    """The finished layout of the tensors that are kept whole.

    Attributes:
        offsets: bytes from the arena's begin, per arena tensor, multiples of 64.
        in_place: indices of the operators whose output overwrites their input 0.
        bytes: size of the arena, a multiple of 64.
        lower_bound_bytes: largest sum of simultaneously live tensors, those within bands left out; no plan with these
            bands can be smaller.
        aligned_lower_bound_bytes: the same with every tensor rounded up to 64 bytes.
    """

    offsets: Mapping[int, int]
    in_place: frozenset[int]
    bytes: int
    lower_bound_bytes: int
    aligned_lower_bound_bytes: int


def lifetimes(graph: Graph, bands: Sequence[Band] = ()) -> dict[int, Lifetime]:
    """Return the lifetime of every tensor that an operator touches, arena or not.

    The operators of a band run together: a tensor that one of them touches lives as long as the band, unless it is
    between two of them.
    """
    within = {index: band for band in bands for index in band.operators}
    inner = inner_tensors(graph, bands)
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for index, operator in enumerate(graph.operators):
        for tensor in (*operator.reads, operator.output):
            band = None if tensor in inner else within.get(index)
            first.setdefault(tensor, index if band is None else band.first)
            last[tensor] = index if band is None else band.last
    return {tensor: Lifetime(first=first[tensor], last=last[tensor]) for tensor in sorted(first)}


def inner_tensors(graph: Graph, bands: Sequence[Band]) -> frozenset[int]:
    """Return the tensors between two operators of a band: they are not in the arena."""
    return frozenset(item.tensor for band in bands for item in held(graph, band))


def plan_arena(graph: Graph, bands: Sequence[Band] = ()) -> Arena:
    """Greedy placement (Pisarchyk and Lee, 2020, "Efficient Memory Management for Deep Neural Net Inference").

    Several orders, with and without in-place operators, are tried; the smallest arena is taken.
    """
    alive, inner = lifetimes(graph, bands), inner_tensors(graph, bands)
    candidates = in_place_operators(graph, alive)
    best: tuple[int, dict[int, int], frozenset[int]] | None = None
    for in_place in (candidates, frozenset[int]()):
        buffers = _buffers(graph, alive, in_place, inner)
        for order in _ORDERS:
            placed = place(buffers, order)
            size = max((at + buffer.bytes for buffer, at in zip(buffers, placed, strict=True)), default=0)
            if best is None or size < best[0]:
                offsets = {t: at for buffer, at in zip(buffers, placed, strict=True) for t in buffer.tensors}
                best = (size, offsets, in_place)
    assert best is not None
    tightest = _buffers(graph, alive, candidates, inner)
    return Arena(
        offsets=best[1],
        in_place=best[2],
        bytes=best[0],
        lower_bound_bytes=_peak(tightest, lambda b: max(graph.tensors[t].bytes for t in b.tensors)),
        aligned_lower_bound_bytes=_peak(tightest, lambda b: b.bytes),
    )


def in_place_operators(graph: Graph, alive: Mapping[int, Lifetime]) -> frozenset[int]:
    """Operators of kinds that may write over their input 0, where it dies there, lies in the arena and is as large."""

    def fits(index: int) -> bool:
        operator = graph.operators[index]
        source, target = graph.tensors[operator.input0], graph.tensors[operator.output]
        return (
            operator.kind.in_place
            and operator.input0 != operator.input1
            and source.location == target.location == "arena"
            and source.bytes == target.bytes
            and alive[operator.input0].last == index
            and alive[operator.output].first == index
        )

    return frozenset(index for index in range(len(graph.operators)) if fits(index))


def place(buffers: list[Buffer], order: Callable[[Buffer], tuple[int, ...]]) -> list[int]:
    """Place each buffer at the lowest gap between the buffers placed before that live at the same time."""
    offsets: dict[int, int] = {}
    for index in sorted(range(len(buffers)), key=lambda i: (order(buffers[i]), i)):
        buffer = buffers[index]
        taken = sorted(
            (at, at + buffers[other].bytes)
            for other, at in offsets.items()
            if buffers[other].lifetime.meets(buffer.lifetime)
        )
        offset = 0
        for begin, end in taken:
            if begin - offset >= buffer.bytes:
                break
            offset = max(offset, end)
        offsets[index] = offset
    return [offsets[index] for index in range(len(buffers))]


_ORDERS: tuple[Callable[[Buffer], tuple[int, ...]], ...] = (
    lambda b: (-b.bytes, b.lifetime.first),
    lambda b: (b.lifetime.first, -b.bytes),
    lambda b: (b.lifetime.first - b.lifetime.last, -b.bytes),
    lambda b: (-b.bytes * (b.lifetime.last - b.lifetime.first + 1),),
)


def _buffers(
    graph: Graph, alive: Mapping[int, Lifetime], in_place: frozenset[int], inner: frozenset[int]
) -> list[Buffer]:
    """Make one buffer per arena tensor; an in-place operator's output joins its input's buffer."""
    owner: dict[int, int] = {}
    members: dict[int, list[int]] = {}
    for index, operator in enumerate(graph.operators):
        output = operator.output
        if graph.tensors[output].location != "arena" or output in owner or output in inner:
            continue
        owner[output] = owner[operator.input0] if index in in_place else output
        members.setdefault(owner[output], []).append(output)
    return [
        Buffer(
            tensors=tuple(tensors),
            bytes=max(round_up(graph.tensors[t].bytes, ALIGNMENT) for t in tensors),
            lifetime=Lifetime(first=min(alive[t].first for t in tensors), last=max(alive[t].last for t in tensors)),
        )
        for tensors in members.values()
    ]


def _peak(buffers: list[Buffer], size: Callable[[Buffer], int]) -> int:
    """Return the largest sum of live sizes over all operators; it is reached where some buffer's lifetime begins."""
    starts = {buffer.lifetime.first for buffer in buffers}
    return max((sum(size(b) for b in buffers if b.lifetime.first <= at <= b.lifetime.last) for at in starts), default=0)
