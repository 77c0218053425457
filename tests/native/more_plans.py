"""Small plans for the operators that move, scale and enlarge; built like those of plans.py."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from sdkgen.plan.graph import NO_WINDOW, Operator, Tensor, Window
from sdkgen.plan.operator_type import Kind
from sdkgen.plan.packing import pack_convolution
from tests.native.band_plans import band_cases
from tests.native.plans import (
    Case,
    case_of,
    conv_cases,
    elementwise_cases,
    float_tensor,
    gemm_cases,
    graph_of,
    int8_tensor,
    parameters,
    pool_cases,
    weights_of,
)

SIZES = [(1, 1, 1), (5, 3, 7), (2, 9, 16), (4, 4, 35)]


def product_cases() -> Iterator[Case]:
    """Both shapes of the second factor, squares, in place and not."""
    rng = np.random.default_rng(5)
    for (h, w, c), broadcast, kept in itertools.product(SIZES, [False, True], [False, True]):
        a, b = int8_tensor(1, h, w, c, 17), int8_tensor(1, *((1, 1) if broadcast else (h, w)), c, -90)
        result = int8_tensor(1, h, w, c, -3, 70.0)
        scales = (float(np.float32(1 / 70.0)), 0.0)
        middle = [Operator(kind=Kind.MUL, input0=2, input1=3, output=4, layer="", scales=scales, clamp=(-120, 100))]
        tensors = [a, b, result]
        if kept:  # a later reader of `a` keeps the product from standing on it
            scales = (float(np.float32(1 / 50.0)), 0.0)
            middle.append(Operator(kind=Kind.MUL, input0=4, input1=2, output=5, layer="", scales=scales))
            tensors.append(int8_tensor(1, h, w, c, 0, 3500.0))
        inputs = [float_tensor(a, "input"), float_tensor(b, "input")]
        yield case_of(f"mul {h}x{w}x{c} broadcast={broadcast} kept={kept}", graph_of(inputs, middle, tensors), rng)
    a = int8_tensor(1, 3, 5, 9, 4)
    square = Operator(kind=Kind.MUL, input0=1, input1=1, output=2, layer="", scales=(0.015625, 0.0))
    yield case_of("square", graph_of([float_tensor(a, "input")], [square], [a, int8_tensor(1, 3, 5, 9, -128, 64)]), rng)


def function_cases() -> Iterator[Case]:
    """Tables of 256 results, and PReLU with slopes of every sign."""
    rng = np.random.default_rng(6)
    for h, w, c in SIZES:
        source = int8_tensor(1, h, w, c, int(rng.integers(-128, 128)))
        table = rng.integers(-128, 128, 256).astype(np.int8).tobytes()
        op = Operator(kind=Kind.LUT, input0=1, output=2, layer="", weights=table)
        graph = graph_of([float_tensor(source, "input")], [op], [source, int8_tensor(1, h, w, c, 9, 0.5)])
        yield case_of(f"lut {h}x{w}x{c}", graph, rng)
        slopes = np.ones(math.ceil(c / 16) * 16, "<f4")
        slopes[:c] = rng.choice([0.0, 0.25, -0.3, 1.7, 1e-40, 1e30], c)
        op = Operator(
            kind=Kind.PRELU,
            input0=1,
            output=2,
            layer="",
            weights=slopes.tobytes(),
            scales=(float(np.float32(1 / 1.3)), 0.0),
            clamp=(-128, 99),
        )
        graph = graph_of([float_tensor(source, "input")], [op], [source, int8_tensor(1, h, w, c, 9, 1.3)])
        yield case_of(f"prelu {h}x{w}x{c}", graph, rng)


def _moved(name: str, op: Operator, source: Tensor, extents: tuple[int, int, int], rng: np.random.Generator) -> Case:
    """A case of an operator that copies bytes: source and result share their parameters."""
    assert source.quantisation is not None
    target = int8_tensor(1, *extents, source.quantisation.zero_point)
    return case_of(name, graph_of([float_tensor(source, "input")], [op], [source, target]), rng)


def layout_cases() -> Iterator[Case]:
    """pad, slice and channel shuffle over whole rows, pieces of rows and single channels."""
    rng = np.random.default_rng(7)
    for (h, w, c), padding in itertools.product(SIZES, [(1, 1, 1, 1), (0, 3, 2, 0), (0, 0, 1, 0)]):
        top, left, bottom, right = padding
        op = Operator(kind=Kind.PAD, input0=1, output=2, layer="", window=replace(NO_WINDOW, padding=padding), fill=-77)
        extents = (h + top + bottom, w + left + right, c)
        yield _moved(f"pad {h}x{w}x{c} {padding}", op, int8_tensor(1, h, w, c, -7), extents, rng)
    ranges = [
        ((0, 1, 5), (0, 1, 9), (16, 1, 16)),  # the second half of the channels
        ((1, 2, 2), (0, 1, 9), (0, 1, 32)),  # every second row
        ((0, 1, 5), (3, 1, 6), (0, 1, 32)),  # a crop
        ((4, 1, 1), (1, 3, 3), (2, 7, 5)),
    ]
    for (y, down, rows), (x, across, columns), (first, step, channels) in ranges:
        window = Window(kernel=(0, 0), stride=(down, across), padding=(y, x, 0, 0), dilation=(0, 0))
        op = Operator(
            kind=Kind.SLICE, input0=1, output=2, layer="", window=window, channel_offset=first, channel_step=step
        )
        name = f"slice {y}:{down} {x}:{across} {first}:{step}"
        yield _moved(name, op, int8_tensor(1, 5, 9, 32, 5), (rows, columns, channels), rng)
    for groups, each in [(2, 29), (3, 20), (4, 16), (6, 3), (1, 8)]:
        op = Operator(kind=Kind.CHANNEL_SHUFFLE, input0=1, output=2, layer="", groups=groups)
        source = int8_tensor(1, 3, 5, groups * each, 1)
        yield _moved(f"channel_shuffle {groups} of {each}", op, source, (3, 5, groups * each), rng)


def resize_cases() -> Iterator[Case]:
    """Enlarging by whole and other factors, shrinking, one pixel; each rule."""
    rng = np.random.default_rng(8)
    for ((h, w), (out_h, out_w)), c in itertools.product(
        [((3, 4), (6, 8)), ((5, 7), (7, 16)), ((9, 8), (4, 3)), ((1, 1), (3, 2)), ((4, 6), (1, 1))], [1, 21, 32]
    ):
        source = int8_tensor(1, h, w, c, int(rng.integers(-128, 128)))
        name = f"{h}x{w}x{c} to {out_h}x{out_w}"
        nearest = Operator(kind=Kind.RESIZE, input0=1, output=2, layer="")
        yield _moved(f"nearest {name}", nearest, source, (out_h, out_w, c), rng)
        for corners in (False, True):
            op = Operator(
                kind=Kind.RESIZE,
                input0=1,
                output=2,
                layer="",
                bilinear=True,
                align_corners=corners,
                scales=(float(np.float32(2.0**-14 / 0.9)), 0.0),
            )
            target = int8_tensor(1, out_h, out_w, c, -5, 0.9)
            graph = graph_of([float_tensor(source, "input")], [op], [source, target])
            yield case_of(f"bilinear {name} {corners}", graph, rng)


TRANSPOSED = [  # window, output_padding
    (Window(kernel=(2, 2), stride=(2, 2)), (0, 0)),
    (Window(kernel=(4, 4), stride=(2, 2), padding=(1, 1, 1, 1)), (0, 0)),
    (Window(kernel=(3, 3), stride=(2, 2), padding=(1, 1, 1, 1)), (1, 1)),
    (Window(kernel=(3, 2), stride=(1, 3), padding=(2, 0, 0, 1)), (0, 2)),
    (Window(kernel=(1, 2), stride=(3, 2), padding=(0, 1, 1, 0)), (2, 0)),
    (Window(kernel=(5, 3), stride=(2, 1), padding=(4, 2, 0, 1)), (0, 0)),
]


def transposed_cases() -> Iterator[Case]:
    """Kernels larger and smaller than the stride, uneven padding, both paths (short and long rows), float32."""
    rng = np.random.default_rng(9)
    for (window, spare), (h, w), (channels, outputs) in itertools.product(
        TRANSPOSED, [(4, 5), (3, 40)], [(3, 8), (17, 9), (8, 1)]
    ):
        floating = outputs == 1
        yield _transposed_case(rng, window, spare, (h, w), channels, outputs, floating=floating)


def _transposed_case(
    rng: np.random.Generator,
    window: Window,
    spare: tuple[int, int],
    size: tuple[int, int],
    channels: int,
    outputs: int,
    *,
    floating: bool,
) -> Case:
    extreme, zero_point = bool(rng.integers(2)), int(rng.choice([-128, -1, 0, 5, 127]))
    source = int8_tensor(1, *size, channels, zero_point)
    top, left, bottom, right = window.padding
    out_h = (size[0] - 1) * window.stride[0] - top - bottom + window.kernel[0] + spare[0]
    out_w = (size[1] - 1) * window.stride[1] - left - right + window.kernel[1] + spare[1]
    weights = weights_of(rng, (outputs, channels, *window.kernel), extreme)
    packed = b""
    _, scale = parameters(rng, outputs, weights[0].size, extreme)
    for py, px in itertools.product(range(window.stride[0]), range(window.stride[1])):
        phase = weights[:, :, py :: window.stride[0], px :: window.stride[1]][:, :, ::-1, ::-1]
        bias, _ = parameters(rng, outputs, 1, extreme)  # of a phase, as its folded zero point is
        packed += pack_convolution(phase, bias, scale, 1)
    target = int8_tensor(1, out_h, out_w, outputs, int(rng.integers(-128, 128)))
    op = Operator(
        kind=Kind.CONV_TRANSPOSE,
        input0=1,
        output=2,
        layer="",
        weights=packed,
        window=window,
        groups=1,
        clamp=(-100, 127),
    )
    target = float_tensor(target, "arena") if floating else target
    graph = graph_of([float_tensor(source, "input")], [op], [source, target])
    return case_of(f"conv_transpose {size} {channels} to {outputs} {window} {spare}", graph, rng, extreme)


def chain_case() -> Case:
    """Every operator of this file in a row, large enough that the runtime shares the work among threads."""
    rng = np.random.default_rng(10)
    weights = rng.integers(-127, 128, (32, 24, 4, 4)).astype(np.int8)
    _, scale = parameters(rng, 32, 24 * 4, extreme=False)
    bias = rng.integers(-1000, 1000, 32).astype(np.int32)
    phases = [weights[:, :, py::2, px::2][:, :, ::-1, ::-1] for py in (0, 1) for px in (0, 1)]
    slopes = rng.uniform(-1, 1, 32).astype("<f4").tobytes()
    table = rng.permutation(np.arange(-128, 128)).astype(np.int8).tobytes()
    large, padded = (1, 46, 50, 32), (1, 49, 52, 32)
    steps = [  # operator, extents and zero point of its result
        (
            Operator(
                kind=Kind.CONV_TRANSPOSE,
                input0=0,
                output=0,
                layer="",
                groups=1,
                weights=b"".join(pack_convolution(phase, bias, scale, 1) for phase in phases),
                window=Window(kernel=(4, 4), stride=(2, 2), padding=(1, 1, 1, 1)),
            ),
            large,
            3,
        ),
        (Operator(kind=Kind.PRELU, input0=0, output=0, layer="", weights=slopes, scales=(1.0, 0.0)), large, -9),
        (Operator(kind=Kind.MUL, input0=0, input1=0, output=0, layer="", scales=(0.02, 0.0)), large, -100),
        (Operator(kind=Kind.LUT, input0=0, output=0, layer="", weights=table), large, 7),
        (
            Operator(kind=Kind.PAD, input0=0, output=0, layer="", window=replace(NO_WINDOW, padding=(1, 0, 2, 2))),
            padded,
            7,
        ),
        (Operator(kind=Kind.CHANNEL_SHUFFLE, input0=0, output=0, layer="", groups=2), padded, 7),
        (
            Operator(
                kind=Kind.SLICE,
                input0=0,
                output=0,
                layer="",
                window=Window(kernel=(0, 0), padding=(2, 1, 0, 0), dilation=(0, 0)),
                channel_offset=5,
                channel_step=1,
            ),
            (1, 40, 51, 21),
            7,
        ),
        (Operator(kind=Kind.RESIZE, input0=0, output=0, layer=""), (1, 80, 51, 21), 7),
        (
            Operator(kind=Kind.RESIZE, input0=0, output=0, layer="", bilinear=True, scales=(2.0**-14, 0.0)),
            (1, 93, 101, 21),
            -1,
        ),
    ]
    source = int8_tensor(1, 23, 25, 24, 5)
    tensors = [source, *(int8_tensor(*extents, zero_point) for _, extents, zero_point in steps)]
    operators = [
        replace(op, input0=i + 1, input1=None if op.input1 is None else i + 1, output=i + 2)
        for i, (op, _, _) in enumerate(steps)
    ]
    return case_of("chain", graph_of([float_tensor(source, "input")], operators, tensors), rng)


FAMILIES = (
    gemm_cases,
    conv_cases,
    pool_cases,
    elementwise_cases,
    product_cases,
    function_cases,
    layout_cases,
    resize_cases,
    transposed_cases,
    band_cases,
)


def all_cases() -> Iterator[Case]:
    for family in FAMILIES:
        yield from family()
