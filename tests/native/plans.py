"""Small plans, one operator each between quantize and dequantize, over shapes, windows and zero points that bite."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sdkgen.plan.graph import Graph, Operator, Quantisation, Tensor, Window
from sdkgen.plan.operator_type import Kind
from sdkgen.plan.packing import pack_convolution, pack_depthwise
from sdkgen.plan.writer import write_plan

FINGERPRINT = 0x1122334455667788


@dataclass(frozen=True, kw_only=True)
class Case:
    """A plan and float32 inputs that become exactly chosen int8 values."""

    name: str
    data: bytes
    inputs: tuple[np.ndarray, ...]


def graph_of(inputs: list[Tensor], middle: list[Operator], tensors: list[Tensor]) -> Graph:
    """inputs -> quantize -> middle over `tensors` (the first ones are the quantised inputs, the last the result)."""
    count = len(inputs)
    all_tensors = [*inputs, *tensors]
    operators = [
        Operator(
            kind=Kind.QUANTIZE, input0=i, output=count + i, layer="", scales=(1.0 / tensors[i].quantisation.scale, 0.0)
        )
        for i in range(count)
    ]
    operators += middle
    last = len(all_tensors) - 1
    result = all_tensors[last]
    if result.quantisation is None:
        all_tensors[last] = float_tensor(result, "output")
    else:
        all_tensors.append(float_tensor(result, "output"))
        operators.append(Operator(kind=Kind.DEQUANTIZE, input0=last, output=last + 1, layer=""))
    return Graph(
        tensors=tuple(all_tensors),
        operators=tuple(operators),
        inputs=tuple(range(count)),
        outputs=(len(all_tensors) - 1,),
    )


def int8_tensor(n: int, h: int, w: int, c: int, zero_point: int = 0, scale: float = 1.0) -> Tensor:
    rank = 4 if (h, w) != (1, 1) else 2
    return Tensor(n=n, h=h, w=w, c=c, rank=rank, quantisation=Quantisation(scale=scale, zero_point=zero_point))


def float_tensor(like: Tensor, location: str) -> Tensor:
    return Tensor(n=like.n, h=like.h, w=like.w, c=like.c, rank=like.rank, quantisation=None, location=location)


def _values(rng: np.random.Generator, tensor: Tensor, extreme: bool) -> np.ndarray:
    """float32 in the caller's shape whose quantised values cover int8; `extreme` uses its two ends only."""
    choice = np.array([-128, 127]) if extreme else np.arange(-128, 128)
    q = rng.choice(choice, tensor.elements)
    return ((q - tensor.quantisation.zero_point) * tensor.quantisation.scale).astype(np.float32).reshape(tensor.shape)


def case_of(name: str, graph: Graph, rng: np.random.Generator, extreme: bool = False, **options: object) -> Case:
    quantised = [graph.tensors[graph.operators[i].output] for i in range(len(graph.inputs))]
    inputs = tuple(_values(rng, tensor, extreme) for tensor in quantised)
    return Case(name=name, data=write_plan(graph, fingerprint=FINGERPRINT, **options).data, inputs=inputs)


def parameters(rng: np.random.Generator, outputs: int, depth: int, extreme: bool) -> tuple[np.ndarray, np.ndarray]:
    """(bias, scale): sums of `depth` products land in and around int8."""
    bias = rng.integers(-1000, 1000, outputs).astype(np.int32)
    scale = (rng.uniform(0.5, 2.0, outputs) / (127 * np.sqrt(depth) * (127 if extreme else 40))) * 127
    return bias, scale.astype(np.float32)


def weights_of(rng: np.random.Generator, shape: tuple[int, ...], extreme: bool) -> np.ndarray:
    return (rng.choice([-127, 127], shape) if extreme else rng.integers(-127, 128, shape)).astype(np.int8)


def gemm_cases() -> Iterator[Case]:
    """Rows, channels and reductions around the tiles; int8 and float32 results; every kind of zero point."""
    rng = np.random.default_rng(1)
    for (h, w), k, n in itertools.product(
        [(1, 1), (1, 7), (3, 5), (7, 7)], [1, 3, 4, 7, 8, 9, 31, 64, 100], [1, 7, 8, 9, 40]
    ):
        extreme, zero_point = bool(rng.integers(2)), int(rng.choice([-128, -1, 0, 5, 127]))
        for floating in (False, True) if (h, w) == (1, 1) else (False,):
            source = int8_tensor(1, h, w, k, zero_point)
            weights = weights_of(rng, (n, k, 1, 1), extreme)
            bias, scale = parameters(rng, n, k, extreme)
            target = int8_tensor(1, h, w, n, int(rng.integers(-128, 128)))
            target = float_tensor(target, "arena") if floating else target
            low = int(rng.choice([-128, -20]))
            op = Operator(
                kind=Kind.GEMM,
                input0=1,
                output=2,
                layer="",
                clamp=(low, 127),
                weights=pack_convolution(weights, bias, scale, 1),
            )
            graph = graph_of([float_tensor(source, "input")], [op], [source, target])
            yield case_of(f"gemm {h}x{w} k{k} n{n} {'f32' if floating else 's8'}", graph, rng, extreme)


WINDOWS = [
    Window(kernel=(3, 3), padding=(1, 1, 1, 1)),
    Window(kernel=(3, 3), stride=(2, 2), padding=(1, 1, 1, 1)),
    Window(kernel=(5, 5), stride=(2, 2), padding=(2, 2, 2, 2)),
    Window(kernel=(1, 1), stride=(2, 2)),
    Window(kernel=(3, 3), padding=(2, 2, 2, 2), dilation=(2, 2)),
    Window(kernel=(2, 3), stride=(1, 2), padding=(0, 1, 1, 2)),
    Window(kernel=(7, 1), padding=(3, 0, 3, 0)),
]


def conv_cases() -> Iterator[Case]:
    """Windows with stride, dilation, uneven padding; groups with tails of their own; dwconv over its panels."""
    rng = np.random.default_rng(2)
    for window, (channels, outputs, groups), (h, w) in itertools.product(
        WINDOWS, [(3, 8, 1), (4, 9, 1), (8, 17, 1), (6, 10, 2), (12, 24, 4), (5, 10, 5)], [(7, 7), (8, 5), (13, 9)]
    ):
        yield _windowed_case(rng, Kind.CONV, window, channels, outputs, groups, h, w)
    for window, channels, (h, w) in itertools.product(WINDOWS, [1, 7, 8, 15, 16, 17, 40], [(7, 7), (8, 5), (13, 9)]):
        yield _windowed_case(rng, Kind.DWCONV, window, channels, channels, channels, h, w)


def _windowed_case(
    rng: np.random.Generator, kind: Kind, window: Window, channels: int, outputs: int, groups: int, h: int, w: int
) -> Case:
    extreme, zero_point = bool(rng.integers(2)), int(rng.choice([-128, -1, 0, 5, 127]))
    source = int8_tensor(1, h, w, channels, zero_point)
    out_h, out_w = window.output_size(h, w)
    weights = weights_of(rng, (outputs, channels // groups, *window.kernel), extreme)
    bias, scale = parameters(rng, outputs, weights[0].size, extreme)
    packed = (
        pack_depthwise(weights, bias, scale) if kind is Kind.DWCONV else pack_convolution(weights, bias, scale, groups)
    )
    target = int8_tensor(1, out_h, out_w, outputs, int(rng.integers(-128, 128)))
    op = Operator(kind=kind, input0=1, output=2, layer="", weights=packed, window=window, groups=groups)
    name = f"{kind.name.lower()} {h}x{w}x{channels} to {outputs} in {groups} groups {window}"
    return case_of(name, graph_of([float_tensor(source, "input")], [op], [source, target]), rng, extreme)


def pool_cases() -> Iterator[Case]:
    """Maximum and mean, padded, dilated, with and without counted padding, adaptive, to int8 and float32."""
    rng = np.random.default_rng(3)
    pools = [
        Window(kernel=(2, 2), stride=(2, 2)),
        Window(kernel=(3, 3), stride=(2, 2), padding=(1, 1, 1, 1)),
        Window(kernel=(3, 2), stride=(2, 2), padding=(0, 0, 1, 1)),
    ]
    for window, channels, (h, w) in itertools.product(
        [*pools, Window(kernel=(2, 2), dilation=(2, 2))], [1, 17], [(7, 7), (6, 9)]
    ):
        source = int8_tensor(1, h, w, channels, 3)
        out_h, out_w = window.output_size(h, w)
        op = Operator(kind=Kind.MAX_POOL, input0=1, output=2, layer="", window=window, clamp=(-100, 90))
        graph = graph_of([float_tensor(source, "input")], [op], [source, int8_tensor(1, out_h, out_w, channels, 3)])
        yield case_of(f"max_pool {h}x{w}x{channels} {window}", graph, rng)
    for window, channels, (h, w), counted in itertools.product(pools, [1, 17], [(7, 7), (6, 9)], [False, True]):
        out_h, out_w = window.output_size(h, w)
        yield _mean_case(rng, (h, w), (out_h, out_w), channels, window, adaptive=False, counted=counted, floating=False)
    one = Window(kernel=(1, 1))
    for (h, w), (out_h, out_w), floating in [
        ((7, 7), (1, 1), False),
        ((7, 7), (1, 1), True),
        ((7, 9), (3, 4), False),
        ((3, 3), (5, 5), False),
    ]:
        yield _mean_case(rng, (h, w), (out_h, out_w), 19, one, adaptive=True, counted=False, floating=floating)


def _mean_case(
    rng: np.random.Generator,
    size: tuple[int, int],
    out: tuple[int, int],
    channels: int,
    window: Window,
    *,
    adaptive: bool,
    counted: bool,
    floating: bool,
) -> Case:
    source = int8_tensor(1, *size, channels, -7)
    target = int8_tensor(1, *out, channels, 11, scale=0.75)
    op = Operator(
        kind=Kind.AVG_POOL, input0=1, output=2, layer="", window=window, adaptive=adaptive, count_include_pad=counted,
        scales=(1.0 if floating else float(np.float32(1 / 0.75)), 0.0),
    )  # fmt: skip
    graph = graph_of(
        [float_tensor(source, "input")], [op], [source, float_tensor(target, "arena") if floating else target]
    )
    return case_of(f"avg_pool {size} to {out} c{channels} adaptive={adaptive} counted={counted}", graph, rng)


def elementwise_cases() -> Iterator[Case]:
    """add, concatenation by rescale, a flatten, a clamp, softmax over awkward widths."""
    rng = np.random.default_rng(4)
    for (h, w, c), in_place in itertools.product([(1, 1, 1), (5, 3, 7), (9, 9, 16)], [False, True]):
        a, b = int8_tensor(1, h, w, c, 17, 1.0), int8_tensor(1, h, w, c, -90, 1.0)
        scales = tuple(float(np.float32(v)) for v in (1 / 1.7, 1 / 1.7))
        middle = [Operator(kind=Kind.ADD, input0=2, input1=3, output=4, layer="", scales=scales, clamp=(-128, 100))]
        tensors = [a, b, int8_tensor(1, h, w, c, 5, 1.7)]
        if not in_place:  # a later reader of `a` keeps the sum from standing on it
            middle.append(
                Operator(
                    kind=Kind.ADD, input0=4, input1=2, output=5, layer="", scales=(1.0, float(np.float32(1 / 1.7)))
                )
            )
            tensors.append(int8_tensor(1, h, w, c, 0, 1.7))
        yield case_of(
            f"add {h}x{w}x{c} {in_place}",
            graph_of([float_tensor(a, "input"), float_tensor(b, "input")], middle, tensors),
            rng,
        )
    for c0, c1 in [(1, 1), (7, 9), (16, 3)]:
        a, b, both = int8_tensor(1, 3, 5, c0, 17), int8_tensor(1, 3, 5, c1, -90), int8_tensor(1, 3, 5, c0 + c1, 4, 1.3)
        scale = (float(np.float32(1 / 1.3)), 0.0)
        middle = [
            Operator(kind=Kind.RESCALE, input0=2, output=4, layer="", scales=scale),
            Operator(kind=Kind.RESCALE, input0=3, output=4, layer="", scales=scale, channel_offset=c0),
        ]
        graph = graph_of([float_tensor(a, "input"), float_tensor(b, "input")], middle, [a, b, both])
        yield case_of(f"concat {c0} {c1}", graph, rng)
    source = int8_tensor(1, 3, 5, 7, 2)
    flat = Tensor(n=1, h=1, w=1, c=105, rank=2, quantisation=source.quantisation)
    middle = [Operator(kind=Kind.TO_NCHW, input0=1, output=2, layer="")]
    yield case_of("to_nchw", graph_of([float_tensor(source, "input")], middle, [source, flat]), rng)
