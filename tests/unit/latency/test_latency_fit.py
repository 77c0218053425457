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
            "conv_grouped",
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
    assert all(name.startswith(f"{expected}.") for name in terms(shape))


def test_work_is_padded_as_the_kernels_pad_it() -> None:
    work = terms(pointwise(3, 9, 12))  # 9 rows in tiles of 4, depth 9 in groups of 8, 12 channels in panels of 8
    assert work["gemm.tiles"] == 3 * 2
    assert work["gemm.products"] == 3 * 2 * 16
    assert work["gemm.parts"] == 9  # the last 4 channels of each row are one store
