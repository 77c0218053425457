"""The fit finds the costs that counts were made of, never a negative one, and says how far it is off elsewhere."""

import numpy as np
import pytest

from sdkgen.latency import OperatorShape
from sdkgen.latency.fit import Count, fit, left_out_errors, nonnegative_least_squares, predict
from sdkgen.latency.terms import family, terms


def pointwise(rows: int, channels: int, width: int) -> OperatorShape:
    return OperatorShape(kind="gemm", input=(1, rows, rows, channels), output=(1, rows, rows, width))


def counts(costs: dict[str, float]) -> list[Count]:
    shapes = [
        pointwise(rows, channels, width) for rows in (7, 14) for channels in (8, 33, 96) for width in (13, 24, 64)
    ]
    return [
        Count(
            network=f"network {index % 4}",
            operators=(shape,),
            instructions=round(sum(costs.get(name, 0.0) * amount for name, amount in terms(shape).items())),
        )
        for index, shape in enumerate(shapes)
    ]


def test_the_costs_that_made_the_counts_are_found() -> None:
    made = counts({"gemm.products": 2.25, "gemm.tiles": 50.0, "gemm.operands": 0.25})
    costs = fit(made)
    assert costs["gemm.products"] == pytest.approx(2.25, rel=0.02)
    assert all(predict(costs, [count]) == pytest.approx(count.instructions, rel=0.01) for count in made)
    assert all(abs(error) < 0.02 for error in left_out_errors(made).values())


def test_a_network_of_other_loops_has_a_large_error_when_it_is_left_out() -> None:
    made = counts({"gemm.products": 2.0, "gemm.tiles": 40.0})
    pool = OperatorShape(kind="max_pool", input=(1, 14, 14, 16), output=(1, 7, 7, 16), kernel=(2, 2), stride=(2, 2))
    made.append(Count(network="other", operators=(pool,), instructions=5000))
    assert left_out_errors(made)["other"] == -1.0  # nothing is known about it


def test_operators_that_are_counted_together_share_their_cost() -> None:
    first, second = pointwise(7, 16, 32), pointwise(14, 32, 16)
    single = counts({"gemm.products": 3.0})
    band = Count(network="band", operators=(first, second), instructions=0)
    costs = fit(single)
    parts = [Count(network="band", operators=(shape,), instructions=0) for shape in (first, second)]
    assert predict(costs, [band]) == pytest.approx(predict(costs, parts))


def test_no_cost_is_negative_where_plain_least_squares_has_one() -> None:
    matrix = np.array([[1.0, 1.0], [1.0, 2.0], [1.0, 3.0]])
    values = np.array([3.0, 2.0, 1.0])
    assert np.linalg.lstsq(matrix, values, rcond=None)[0].min() < 0
    np.testing.assert_allclose(nonnegative_least_squares(matrix, values), [2.0, 0.0], atol=1e-9)


def test_it_agrees_with_plain_least_squares_where_that_is_nonnegative() -> None:
    generator = np.random.default_rng(1)
    matrix = generator.random((40, 6)) * np.array([1.0, 1e3, 1e-3, 10.0, 5.0, 1.0])
    values = matrix @ np.array([1.0, 2e-3, 500.0, 0.1, 3.0, 4.0])
    expected = np.linalg.lstsq(matrix, values, rcond=None)[0]
    np.testing.assert_allclose(nonnegative_least_squares(matrix, values), expected, rtol=1e-6)


def test_a_column_of_zeros_does_no_harm() -> None:
    found = nonnegative_least_squares(np.array([[2.0, 0.0], [4.0, 0.0]]), np.array([1.0, 2.0]))
    np.testing.assert_allclose(found, [0.5, 0.0])


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (pointwise(1, 96, 10), "gemm_few_rows"),
        (pointwise(14, 96, 10), "gemm"),
        (OperatorShape(kind="conv", input=(1, 28, 28, 3), output=(1, 28, 28, 8), kernel=(3, 3)), "conv_image"),
        (OperatorShape(kind="conv", input=(1, 28, 28, 8), output=(1, 28, 28, 8), kernel=(3, 3)), "conv"),
        (
            OperatorShape(kind="conv", input=(1, 28, 28, 8), output=(1, 28, 28, 8), kernel=(3, 3), groups=2),
            "conv_taps",
        ),
        (
            OperatorShape(kind="dwconv", input=(1, 8, 8, 8), output=(1, 4, 4, 8), kernel=(5, 5), stride=(2, 2)),
            "dwconv_5x5_stride_2",
        ),
        (OperatorShape(kind="dwconv", input=(1, 8, 8, 8), output=(1, 8, 8, 8), kernel=(7, 7)), "dwconv_any"),
    ],
)
def test_operators_with_the_same_loops_are_a_family(shape: OperatorShape, expected: str) -> None:
    assert family(shape) == expected
    families = {name.split(".")[0] for name in terms(shape)}
    assert families == ({expected, "gemm"} if shape.kind == "conv" else {expected})  # windows are rows of a gemm


def test_work_is_padded_as_the_kernels_pad_it() -> None:
    work = terms(pointwise(3, 9, 12))  # 9 rows in tiles of 4, depth 9 in groups of 8, 12 channels in panels of 8
    assert work["gemm.tiles"] == 3 * 2
    assert work["gemm.products"] == 3 * 2 * 16
    assert work["gemm.parts"] == 9  # the last 4 channels of each row are one store


def test_a_window_over_the_edge_is_padded() -> None:
    work = terms(OperatorShape(kind="conv", input=(1, 14, 14, 8), output=(1, 7, 7, 8), kernel=(3, 3), stride=(2, 2)))
    assert work["conv.windows"] == 7 * 7
    assert work["conv.padded"] == 3 * (7 + 7 - 1)  # rows of the windows of the first line and column


def test_a_grouped_convolution_gathers_tap_by_tap_for_every_group() -> None:
    extents = {"input": (1, 8, 8, 80), "output": (1, 8, 8, 80)}
    work = terms(OperatorShape(kind="conv", kernel=(3, 3), groups=4, **extents))
    assert work["conv_taps.taps"] == 4 * 64 * 9
    assert work["conv_taps.vectors"] == 4 * 64 * 9 * 2  # 20 channels
    assert work["gemm.products"] == 4 * 16 * 3 * 184  # tiles of 4 rows, panels of 8 of 20 channels, depth 180
    pointwise_groups = terms(OperatorShape(kind="conv", groups=4, **extents))
    assert pointwise_groups["conv.runs"] == 4 * 64


@pytest.mark.parametrize(
    ("kernel", "stride", "side", "products"),
    [
        (4, 2, 16, 4 * 16 * 2 * 32),  # 4 phases of 64 positions, 2 × 2 taps of 8 channels
        (2, 2, 16, 4 * 16 * 2 * 8),
        (3, 2, 16, 16 * 2 * (8 + 16 + 16 + 32)),
        (1, 2, 15, 16 * 2 * 8),  # three phases have no tap: their results are biases
    ],
)
def test_a_transposed_convolution_is_one_convolution_per_phase(
    kernel: int, stride: int, side: int, products: int
) -> None:
    shape = OperatorShape(
        kind="conv_transpose",
        input=(1, 8, 8, 8),
        output=(1, side, side, 12),
        kernel=(kernel, kernel),
        stride=(stride, stride),
    )
    work = terms(shape)
    assert work["gemm.products"] == products
    assert work["conv_transpose.copied"] == side * side  # rows this short are copied to their places


def test_long_rows_of_a_transposed_convolution_are_written_where_they_belong() -> None:
    extents = {"input": (1, 40, 40, 8), "output": (1, 80, 80, 8)}
    work = terms(OperatorShape(kind="conv_transpose", kernel=(2, 2), stride=(2, 2), **extents))
    assert "conv_transpose.copied" not in work
    assert work["gemm.calls"] == 4 * 40


def test_a_start_changes_how_soon_costs_are_found_and_not_which() -> None:
    generator = np.random.default_rng(2)
    matrix = generator.random((30, 8))
    values = matrix @ np.array([1.0, 0.0, 2.0, 0.0, 0.5, 0.0, 3.0, 0.0]) - 0.1
    cold = nonnegative_least_squares(matrix, values)
    for start in (np.ones(8, bool), np.arange(8) % 2 == 1, cold > 0):
        np.testing.assert_allclose(nonnegative_least_squares(matrix, values, start), cold, atol=1e-9)
