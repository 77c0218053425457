"""Bands: which operators may form one, what a band keeps, and which ones pay."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdkgen.plan import band_choice
from sdkgen.plan.arena import plan_arena
from sdkgen.plan.band_choice import CACHE_BYTES, MEMORY_BYTES, choose_bands, slices_first, with_bands
from sdkgen.plan.bands import Band, chains, held, memory_bytes
from sdkgen.plan.graph import Graph, Operator, Quantisation, Tensor, Window
from sdkgen.plan.operator_type import Kind
from sdkgen.plan.reader import read_plan
from sdkgen.plan.writer import write_plan

Q = Quantisation(scale=1.0, zero_point=0)
THREE = Window(kernel=(3, 3), padding=(1, 1, 1, 1))
HALF = Window(kernel=(3, 3), stride=(2, 2), padding=(1, 1, 1, 1))


def int8(height: int, width: int, channels: int) -> Tensor:
    return Tensor(n=1, h=height, w=width, c=channels, rank=4, quantisation=Q)


class Builder:
    """A graph, operator by operator; tensor 1 is the quantised input."""

    def __init__(self, height: int, width: int, channels: int) -> None:
        first = int8(height, width, channels)
        self.tensors = [replace(first, quantisation=None, location="input"), first]
        self.operators = [Operator(kind=Kind.QUANTIZE, input0=0, output=1, layer="", scales=(1.0, 0.0))]

    def add(
        self, kind: Kind, channels: int, window: Window | None = None, *, of: int = -1, plus: int | None = None
    ) -> int:
        source = len(self.tensors) - 1 if of < 0 else of
        record = self.tensors[source]
        h, w = window.output_size(record.h, record.w) if window else (record.h, record.w)
        self.tensors.append(int8(h, w, channels))
        taps = window.kernel[0] * window.kernel[1] if window else 1
        deep = {Kind.GEMM: record.c, Kind.CONV: record.c, Kind.DWCONV: 1}.get(kind, 0)
        depth = taps * deep
        self.operators.append(
            Operator(
                kind=kind, input0=source, input1=plus, output=len(self.tensors) - 1, layer="", window=window,
                macs=h * w * channels * depth, weights=bytes(channels * depth), scales=(1.0, 1.0),
            )
        )  # fmt: skip
        return len(self.tensors) - 1

    def graph(self) -> Graph:
        last = len(self.tensors) - 1
        tensors = (*self.tensors, replace(self.tensors[last], quantisation=None, location="output"))
        end = Operator(kind=Kind.DEQUANTIZE, input0=last, output=last + 1, layer="")
        return Graph(tensors=tensors, operators=(*self.operators, end), inputs=(0,), outputs=(last + 1,))


def inverted_residual(size: int, channels: int, expanded: int, window: Window = THREE) -> Graph:
    builder = Builder(size, size, channels)
    builder.add(Kind.GEMM, expanded)
    builder.add(Kind.DWCONV, expanded, window)
    project = builder.add(Kind.GEMM, channels)
    if window is THREE:
        builder.add(Kind.ADD, channels, of=project, plus=1)
    return builder.graph()


def test_a_band_keeps_the_rows_that_its_windows_reach() -> None:
    graph = inverted_residual(56, 24, 144)
    kept = held(graph, Band(first=1, last=4, rows=4))
    assert [(item.tensor, item.rows) for item in kept] == [(4, 4), (3, 4), (2, 6)]
    row = 56 * 144
    assert [item.offset for item in kept] == [0, 4 * 56 * 24, 4 * 56 * 24 + 4 * row]
    strided = held(inverted_residual(56, 24, 144, HALF), Band(first=1, last=3, rows=4))
    assert [(item.tensor, item.rows) for item in strided] == [(3, 4), (2, 9)]
    assert held(graph, Band(first=1, last=3, rows=56))[-1].rows == 56, "never more than there are"


def test_chains_end_where_a_tensor_is_read_twice() -> None:
    builder = Builder(20, 20, 8)
    first = builder.add(Kind.GEMM, 8)
    builder.add(Kind.GEMM, 8)
    third = builder.add(Kind.GEMM, 8)
    builder.add(Kind.ADD, 8, of=third, plus=first)
    assert [(chain.start, chain.stop) for chain in chains(builder.graph())] == [(2, 5)]


def test_windows_that_may_lie_outside_are_in_no_band() -> None:
    builder = Builder(20, 20, 8)
    builder.add(Kind.GEMM, 8)
    builder.add(Kind.DWCONV, 8, Window(kernel=(3, 3), padding=(3, 1, 1, 1)))
    assert list(chains(builder.graph())) == []


def test_what_a_band_saves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both inner tensors are beyond the cache when they are read: each is written once and read once."""
    graph = inverted_residual(112, 16, 96, HALF)
    assert choose_bands(graph) == (), "of a network that is this block alone, calls would add 3 %"
    monkeypatch.setattr(band_choice, "MOST_ADDED_INSTRUCTIONS", 0.05)
    (choice,) = choose_bands(graph)
    assert (choice.band.first, choice.band.last) == (1, 3)
    assert choice.saved_bytes == 2 * (112 * 112 * 96 + 56 * 56 * 96)
    assert choice.memory_bytes == memory_bytes(graph, choice.band) <= MEMORY_BYTES
    banded = with_bands(graph)
    arena = plan_arena(banded.graph, banded.bands)
    assert banded.whole_arena_bytes == 112 * 112 * 96 + 56 * 56 * 96
    assert arena.bytes == arena.lower_bound_bytes == 112 * 112 * 16 + 56 * 56 * 16


@pytest.mark.parametrize(("size", "channels", "expanded"), [(14, 64, 384), (7, 160, 960), (16, 8, 48)])
def test_no_band_where_the_cache_holds_everything(size: int, channels: int, expanded: int) -> None:
    graph = inverted_residual(size, channels, expanded)
    assert max(tensor.bytes for tensor in graph.tensors if tensor.quantisation) < CACHE_BYTES / 2
    assert choose_bands(graph) == ()


def test_no_band_where_rows_around_borders_cost_more() -> None:
    """Two 3x3 convolutions of ResNet: a third of the rows would be computed twice by four threads."""
    builder = Builder(28, 28, 512)
    builder.add(Kind.CONV, 512, THREE)
    builder.add(Kind.CONV, 512, THREE)
    assert choose_bands(builder.graph()) == ()


def test_slices_are_written_early_and_from_left_to_right() -> None:
    builder = Builder(55, 55, 16)
    left = builder.add(Kind.GEMM, 64, of=1)
    right = builder.add(Kind.CONV, 64, THREE, of=1)
    both = builder.add(Kind.RESCALE, 128, of=left)
    builder.operators.append(
        Operator(kind=Kind.RESCALE, input0=right, output=both, layer="", scales=(1.0, 0.0), channel_offset=64)
    )
    graph = builder.graph()
    kinds = [operator.kind for operator in slices_first(graph).operators]
    assert kinds[1:5] == [Kind.GEMM, Kind.RESCALE, Kind.CONV, Kind.RESCALE]
    swapped = replace(
        graph, operators=(graph.operators[0], graph.operators[2], graph.operators[1], *graph.operators[3:])
    )
    order = [(o.kind, o.channel_offset) for o in slices_first(swapped).operators[1:5]]
    assert order == [(Kind.CONV, 0), (Kind.GEMM, 0), (Kind.RESCALE, 0), (Kind.RESCALE, 64)]
    banded = with_bands(graph)
    assert plan_arena(banded.graph, banded.bands).bytes < banded.whole_arena_bytes
    assert [choice.band.operators for choice in banded.choices] == [range(1, 3), range(3, 5)]


@st.composite
def banded_graphs(draw: st.DrawFn) -> tuple[Graph, tuple[Band, ...]]:
    """A random chain with residual additions, and bands at random places of its chains."""
    builder = Builder(draw(st.integers(1, 12)), 3, 8)
    for _ in range(draw(st.integers(1, 12))):
        last = len(builder.tensors) - 1
        record = builder.tensors[last]
        partners = [i for i, t in enumerate(builder.tensors[1:last], 1) if t == record]
        if partners and draw(st.booleans()):
            builder.add(Kind.ADD, record.c, plus=draw(st.sampled_from(partners)))
        elif draw(st.booleans()):
            builder.add(Kind.DWCONV, record.c, draw(st.sampled_from([THREE, HALF])))
        else:
            builder.add(Kind.GEMM, draw(st.sampled_from([8, 64])))
    graph, bands = builder.graph(), []
    for chain in chains(graph):
        first = draw(st.integers(chain.start, chain.stop - 2))
        last = draw(st.integers(first + 1, min(chain.stop - 1, first + 15)))
        height = graph.tensors[graph.operators[last].output].h
        bands.append(Band(first=first, last=last, rows=draw(st.integers(1, height))))
    return graph, tuple(bands)


@given(banded_graphs())
@settings(max_examples=150, deadline=None)
def test_the_reader_agrees_with_every_band(banded: tuple[Graph, tuple[Band, ...]]) -> None:
    """It checks rules, rooms and overlaps once more, from the bytes."""
    graph, bands = banded
    written = write_plan(graph, fingerprint=1, bands=bands)
    plan = read_plan(written.data)
    assert [(b.first_op, b.last_op, b.rows) for b in plan.bands] == [(b.first, b.last, b.rows) for b in bands]
    assert written.arena.bytes >= written.arena.lower_bound_bytes
    inner = {item.tensor for band in bands for item in held(graph, band)}
    assert inner == {index for index, record in enumerate(plan.tensors) if record.location == 3}
    assert inner.isdisjoint(written.arena.offsets)
