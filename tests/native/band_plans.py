"""Small plans whose operators run in bands of rows; built like those of plans.py."""

import itertools
from collections.abc import Iterator

import numpy as np

from sdkgen.plan.bands import Band
from sdkgen.plan.graph import Operator, Window
from sdkgen.plan.operator_type import Kind, OperatorType
from sdkgen.plan.packing import pack_convolution, pack_depthwise
from tests.native.plans import Case, case_of, float_tensor, graph_of, int8_tensor, parameters, weights_of

BANDED_WINDOWS = [
    Window(kernel=(3, 3), padding=(1, 1, 1, 1)),
    Window(kernel=(3, 3), stride=(2, 2), padding=(1, 1, 1, 1)),
    Window(kernel=(3, 3), stride=(2, 2), padding=(0, 0, 1, 1)),
    Window(kernel=(5, 5), stride=(2, 2), padding=(2, 2, 2, 2)),
    Window(kernel=(1, 1), stride=(3, 2)),
    Window(kernel=(3, 3), padding=(2, 2, 2, 2), dilation=(2, 2)),
    Window(kernel=(2, 3), stride=(1, 2), padding=(1, 1, 0, 2)),
]


def band_cases() -> Iterator[Case]:
    """Chains in bands of 1 row to all rows: expand, depthwise, project, add; convolution and pooling; a slice."""
    rng = np.random.default_rng(5)
    for window, (h, w), rows in itertools.product(BANDED_WINDOWS, [(7, 7), (13, 5), (16, 9)], [1, 2, 3, 100]):
        yield _chain_case(rng, [(Kind.GEMM, 20), (Kind.DWCONV, window), (Kind.GEMM, 9)], (h, w, 6), rows)
        yield _chain_case(rng, [(Kind.CONV, window), (Kind.MAX_POOL, BANDED_WINDOWS[1])], (h, w, 5), rows)
    three = BANDED_WINDOWS[0]
    long = [(Kind.CONV, three), (Kind.DWCONV, BANDED_WINDOWS[1]), (Kind.GEMM, 24), (Kind.DWCONV, three), (Kind.GEMM, 8)]
    for rows in (1, 2, 4):
        yield _chain_case(rng, long, (19, 11, 3), rows)
        yield _chain_case(rng, [(Kind.GEMM, 20), (Kind.DWCONV, three), (Kind.GEMM, 6), (Kind.ADD, 0)], (9, 8, 6), rows)
        yield _chain_case(rng, [(Kind.GEMM, 20), (Kind.RESCALE, 0)], (9, 8, 6), rows)
        yield _chain_case(rng, [(Kind.GEMM, 20), (Kind.GEMM, 1)], (9, 8, 6), rows, floating=True)
    # Enough work for more than one thread.
    yield _chain_case(rng, [(Kind.GEMM, 192), (Kind.DWCONV, three), (Kind.GEMM, 48)], (25, 24, 48), 3)


def _chain_case(
    rng: np.random.Generator,
    links: list[tuple[OperatorType, Window | int]],
    size: tuple[int, int, int],
    rows: int,
    *,
    floating: bool = False,
) -> Case:
    """Each link reads the one before it; an addition also reads the first tensor. All run as one band.

    Args:
        floating: the last result is float32, an output of the plan.
    """
    tensors, middle = [int8_tensor(1, *size, int(rng.choice([-128, 0, 5])))], []
    for kind, link in links:
        source, window = tensors[-1], link if isinstance(link, Window) else None
        outputs = {Kind.GEMM: link, Kind.CONV: 11}.get(kind, source.c)
        groups = {Kind.CONV: 1, Kind.DWCONV: source.c}.get(kind, 0)
        weights = b""
        if kind in (Kind.GEMM, Kind.CONV, Kind.DWCONV):
            values = weights_of(
                rng, (outputs, source.c // max(groups, 1), *(window.kernel if window else (1, 1))), False
            )
            numbers = parameters(rng, outputs, values[0].size, False)
            pack = pack_depthwise if kind is Kind.DWCONV else pack_convolution
            weights = pack(values, *numbers, *(() if kind is Kind.DWCONV else (1,)))
        h, w = window.output_size(source.h, source.w) if window else (source.h, source.w)
        keeps = kind is Kind.MAX_POOL
        zero_point = source.quantisation.zero_point if keeps else int(rng.integers(-100, 100))
        index = len(tensors)
        tensors.append(int8_tensor(1, h, w, outputs, zero_point))
        middle.append(
            Operator(
                kind=kind, input0=index, input1=1 if kind is Kind.ADD else None, output=index + 1, layer="",
                weights=weights, window=window, groups=groups,
                scales={Kind.ADD: (0.5, 0.75), Kind.RESCALE: (0.75, 0.0)}.get(kind, (0.0, 0.0)),
            )
        )  # fmt: skip
    if floating:
        tensors[-1] = float_tensor(tensors[-1], "arena")
    band = Band(first=1, last=len(links), rows=min(rows, tensors[-1].h))
    graph = graph_of([float_tensor(tensors[0], "input")], middle, tensors)
    return case_of(f"band {size} {links} rows {rows}", graph, rng, bands=(band,))
