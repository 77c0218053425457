"""Fits costs to measured instruction counts: nonnegative least squares, and its error on networks left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sdkgen.latency.terms import terms
from sdkgen.plan.operator_shape import OperatorShape

Matrix = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Count:
    """Instructions that one tier executed for operators that are counted together: one, or those of a band."""

    network: str
    operators: tuple[OperatorShape, ...]
    instructions: int


def fit(counts: Sequence[Count], near: Mapping[str, float] | None = None) -> dict[str, float]:
    """Fit a cost per term: nonnegative least squares of relative errors, weighted by size.

    `near`: costs that the result is likely to resemble; starting there takes fewer iterations.

    A row is divided by the square root of its count: a compromise between equal weight per operator, where the many
    small ones would dominate, and equal weight per instruction, where a few large ones would.
    """
    names = sorted({name for count in counts for name in _work(count)})
    places = {name: column for column, name in enumerate(names)}
    matrix = np.zeros((len(counts), len(names)))
    for row, count in enumerate(counts):
        for name, amount in _work(count).items():
            matrix[row, places[name]] = amount
    measured = np.array([count.instructions for count in counts], np.float64)
    weights = 1 / np.sqrt(np.maximum(measured, 1))
    start = np.array([bool(near and near.get(name)) for name in names])
    solution = nonnegative_least_squares(matrix * weights[:, None], measured * weights, start)
    return dict(zip(names, solution.tolist(), strict=True))


def predict(costs: Mapping[str, float], counts: Sequence[Count]) -> float:
    """Return the modelled instructions of all of them together."""
    return sum(costs.get(name, 0.0) * amount for count in counts for name, amount in _work(count).items())


def left_out_errors(counts: Sequence[Count]) -> dict[str, float]:
    """Return, by network, the relative error of its whole count by the costs fitted to all other networks."""
    errors = {}
    of_all = fit(counts)
    for network in dict.fromkeys(count.network for count in counts):
        left_out = [count for count in counts if count.network == network]
        costs = fit([count for count in counts if count.network != network], near=of_all)
        whole = sum(count.instructions for count in left_out)
        errors[network] = predict(costs, left_out) / whole - 1
    return errors


def nonnegative_least_squares(
    matrix: Matrix, values: NDArray[np.float64], start: NDArray[np.bool_] | None = None
) -> NDArray[np.float64]:
    """Find x >= 0 of least |matrix · x − values|: Lawson and Hanson, "Solving Least Squares Problems", chapter 23.

    Args:
        matrix: (rows, columns).
        values: (rows,).
        start: (columns,) which elements of x are likely to be positive.
    """
    if len(matrix) > matrix.shape[1]:  # the same problem in fewer rows
        rotation, matrix = np.linalg.qr(matrix)
        values = rotation.T @ values
    norms = np.linalg.norm(matrix, axis=0)
    scale = np.where(norms > 0, norms, 1.0)
    columns = matrix / scale  # so that one tolerance serves all

    def solved(passive: NDArray[np.bool_]) -> NDArray[np.float64]:
        x = np.zeros(matrix.shape[1])
        x[passive] = np.linalg.lstsq(columns[:, passive], values, rcond=None)[0]
        return x

    passive = np.zeros(matrix.shape[1], bool) if start is None else start.copy()
    x = solved(passive)
    while (x < 0).any():
        passive &= x > 0
        x = solved(passive)
    tolerance = 1e-9 * max(1.0, float(np.abs(columns.T @ values).max(initial=0.0)))
    for _ in range(20 * len(x)):  # bounded: rounding may add and remove one column in turn without end
        gradient = columns.T @ (values - columns @ x)
        gradient[passive] = -np.inf
        if passive.all() or gradient.max(initial=-np.inf) <= tolerance:
            break
        passive[int(gradient.argmax())] = True
        while True:
            trial = solved(passive)
            blocked = passive & (trial <= 0)
            if not blocked.any():
                break
            with np.errstate(divide="ignore", invalid="ignore"):
                steps = np.where(blocked, x / (x - trial), np.inf)
            x = x + float(np.nanmin(steps)) * (trial - x)
            passive &= x > 1e-12 * max(1.0, float(np.abs(x).max()))
            x[~passive] = 0.0
        x = trial
    return np.asarray(x / scale)


def _work(count: Count) -> dict[str, float]:
    work: dict[str, float] = {}
    for operator in count.operators:
        for name, amount in terms(operator).items():
            work[name] = work.get(name, 0.0) + amount
    return work
