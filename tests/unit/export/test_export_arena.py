"""The arena: what lives together never overlaps, and the size stays near the lower bound."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from sdkgen.plan.arena import lifetimes, plan_arena
from sdkgen.plan.graph import Graph, Operator, Quantisation, Tensor, Window
from sdkgen.plan.operator_type import Kind
from sdkgen.plan.reader import read_plan
from sdkgen.plan.rewrites import prefer_dying_input
from sdkgen.plan.writer import write_plan

Q = Quantisation(scale=1.0, zero_point=0)


def int8(channels: int) -> Tensor:
    return Tensor(n=1, h=1, w=1, c=channels, rank=4, quantisation=Q)


MAY_OVERWRITE = (Kind.ADD, Kind.MUL, Kind.LUT, Kind.PRELU)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Random chains of convolutions and element-wise operators with long and short lifetimes."""
    tensors = [Tensor(n=1, h=1, w=1, c=64, rank=2, quantisation=None, location="input"), int8(64)]
    operators = [Operator(kind=Kind.QUANTIZE, input0=0, output=1, layer="", scales=(1.0, 0.0))]
    for _ in range(draw(st.integers(1, 20))):
        earlier = list(range(1, len(tensors)))
        source = draw(st.sampled_from(earlier[-4:]))
        same = [index for index in earlier if tensors[index].c == tensors[source].c]
        output = len(tensors)
        kind = draw(st.sampled_from([Kind.ADD, Kind.MUL, Kind.LUT, Kind.PRELU, Kind.CONV, Kind.CONV]))
        if kind in (Kind.ADD, Kind.MUL) and len(same) > 1:
            other = draw(st.sampled_from(same))
            tensors.append(int8(tensors[source].c))
            operators.append(
                Operator(kind=kind, input0=source, input1=other, output=output, layer="", scales=(1.0, 1.0))
            )
        elif kind in (Kind.LUT, Kind.PRELU):
            tensors.append(int8(tensors[source].c))
            operators.append(Operator(kind=kind, input0=source, output=output, layer=""))
        else:
            tensors.append(int8(draw(st.integers(1, 700))))
            window = Window(kernel=(1, 1))
            operators.append(Operator(kind=Kind.CONV, input0=source, output=output, layer="", window=window, groups=1))
    last = len(tensors) - 1
    tensors.append(replace(tensors[last], quantisation=None, location="output", rank=2))
    operators.append(Operator(kind=Kind.DEQUANTIZE, input0=last, output=last + 1, layer=""))
    return Graph(tensors=tuple(tensors), operators=tuple(operators), inputs=(0,), outputs=(last + 1,))


@given(graphs())
@settings(max_examples=150, deadline=None)
def test_no_overlap_and_not_below_the_bound(graph: Graph) -> None:
    graph = prefer_dying_input(graph)
    arena, alive = plan_arena(graph), lifetimes(graph)
    assert arena.bytes % 64 == 0 and arena.bytes >= arena.aligned_lower_bound_bytes >= arena.lower_bound_bytes
    pairs = {(graph.operators[i].input0, graph.operators[i].output) for i in arena.in_place}
    placed = sorted(arena.offsets)
    assert set(placed) == {i for i, t in enumerate(graph.tensors) if t.location == "arena"}
    for i in placed:
        assert arena.offsets[i] % 64 == 0 and arena.offsets[i] + graph.tensors[i].bytes <= arena.bytes
        for j in placed:
            if i < j and alive[i].meets(alive[j]):
                a, b = arena.offsets[i], arena.offsets[j]
                apart = a + graph.tensors[i].bytes <= b or b + graph.tensors[j].bytes <= a
                assert apart or (a == b and {(i, j), (j, i)} & pairs)
    read_plan(write_plan(graph, fingerprint=1).data)  # the reader checks it once more, from the bytes


@given(graphs())
@settings(max_examples=50, deadline=None)
def test_in_place_only_where_the_input_dies(graph: Graph) -> None:
    graph = prefer_dying_input(graph)
    alive = lifetimes(graph)
    for index in plan_arena(graph).in_place:
        operator = graph.operators[index]
        assert operator.kind in MAY_OVERWRITE and operator.input0 != operator.input1
        assert alive[operator.input0].last == index


def test_a_chain_of_equal_tensors_takes_two() -> None:
    tensors = [Tensor(n=1, h=1, w=1, c=640, rank=2, quantisation=None, location="input")]
    tensors += [int8(640) for _ in range(6)]
    operators = [Operator(kind=Kind.QUANTIZE, input0=0, output=1, layer="", scales=(1.0, 0.0))]
    operators += [Operator(kind=Kind.RESCALE, input0=i, output=i + 1, layer="", scales=(1.0, 0.0)) for i in range(1, 6)]
    tensors.append(replace(tensors[0], location="output"))
    operators.append(Operator(kind=Kind.DEQUANTIZE, input0=6, output=7, layer=""))
    arena = plan_arena(Graph(tensors=tuple(tensors), operators=tuple(operators), inputs=(0,), outputs=(7,)))
    assert arena.bytes == arena.lower_bound_bytes == 1280


def test_the_dying_input_of_an_addition_comes_first() -> None:
    """Tensor 1 is read again, tensor 2 is not: they change places, and so do their multipliers."""
    tensors = (
        Tensor(n=1, h=1, w=1, c=8, rank=2, quantisation=None, location="input"),
        int8(8), int8(8), int8(8), int8(8),
        Tensor(n=1, h=1, w=1, c=8, rank=2, quantisation=None, location="output"),
    )  # fmt: skip
    operators = (
        Operator(kind=Kind.QUANTIZE, input0=0, output=1, layer="", scales=(1.0, 0.0)),
        Operator(kind=Kind.RESCALE, input0=1, output=2, layer="", scales=(1.0, 0.0)),
        Operator(kind=Kind.ADD, input0=1, input1=2, output=3, layer="", scales=(0.5, 0.25)),
        Operator(kind=Kind.ADD, input0=1, input1=3, output=4, layer="", scales=(1.0, 1.0)),
        Operator(kind=Kind.DEQUANTIZE, input0=4, output=5, layer=""),
    )
    graph = prefer_dying_input(Graph(tensors=tensors, operators=operators, inputs=(0,), outputs=(5,)))
    assert (graph.operators[2].input0, graph.operators[2].input1, graph.operators[2].scales) == (2, 1, (0.25, 0.5))
    assert graph.operators[3].input0 == 1
    assert plan_arena(graph).in_place == {2, 3}


def test_a_factor_per_channel_never_comes_first() -> None:
    """The factor dies in the product and the map does not, but only the map has the product's size."""
    shape = {"n": 1, "h": 2, "w": 2, "c": 8, "rank": 4, "quantisation": Q}
    tensors = (
        Tensor(n=1, h=2, w=2, c=8, rank=4, quantisation=None, location="input"),
        Tensor(**shape), int8(8), Tensor(**shape), Tensor(**shape),
        Tensor(n=1, h=2, w=2, c=8, rank=4, quantisation=None, location="output"),
    )  # fmt: skip
    operators = (
        Operator(kind=Kind.QUANTIZE, input0=0, output=1, layer="", scales=(1.0, 0.0)),
        Operator(kind=Kind.AVG_POOL, input0=1, output=2, layer="", window=Window(kernel=(1, 1)), adaptive=True),
        Operator(kind=Kind.MUL, input0=1, input1=2, output=3, layer="", scales=(0.5, 0.0)),
        Operator(kind=Kind.MUL, input0=1, input1=3, output=4, layer="", scales=(0.25, 0.0)),
        Operator(kind=Kind.DEQUANTIZE, input0=4, output=5, layer=""),
    )
    graph = prefer_dying_input(Graph(tensors=tensors, operators=operators, inputs=(0,), outputs=(5,)))
    assert [(o.input0, o.input1) for o in graph.operators[2:4]] == [(1, 2), (1, 3)]
    assert plan_arena(graph).in_place == {3}
