"""Compares measured trials: the Pareto front, the limits that each keeps or exceeds, the best and the closest one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sdkgen.documents.search import Figures, Miss, TrialRow
from sdkgen.search.configuration import Configuration
from sdkgen.spec.values import SearchLimits, SearchSpec


@dataclass(frozen=True, kw_only=True)
class Result:
    """A finished trial; `number` is its place in the study."""

    number: int
    configuration: Configuration
    figures: Figures
    seconds: float

    def row(self) -> TrialRow:
        """Return the trial as front.json lists it."""
        return TrialRow(
            number=self.number,
            configuration=self.configuration.to_json(),
            words=self.configuration.words(),
            figures=self.figures,
            seconds=round(self.seconds, 1),
        )


def objectives(figures: Figures, search: SearchSpec) -> tuple[float, float, float]:
    """Return accuracy (more is better), download and modelled latency (less is better)."""
    return figures.top1, figures.download_bytes, figures.instructions[search.tier]


DIRECTIONS: tuple[Literal["maximize", "minimize"], ...] = ("maximize", "minimize", "minimize")


def front(results: Iterable[Result], search: SearchSpec) -> tuple[Result, ...]:
    """Return the Pareto front: results that no other one dominates (as good in all three, better in one).

    Small downloads come first. Of equal results the earliest is kept.
    """
    ordered = sorted(results, key=lambda result: result.number)
    costs = {result.number: _costs(result, search) for result in ordered}
    kept = [
        result
        for result in ordered
        if not any(
            _beats(costs[other.number], costs[result.number])
            or (costs[other.number] == costs[result.number] and other.number < result.number)
            for other in ordered
        )
    ]
    return tuple(sorted(kept, key=lambda result: (result.figures.download_bytes, result.number)))


def misses(figures: Figures, search: SearchSpec) -> tuple[Miss, ...]:
    """Return the limits that are not kept."""
    return tuple(miss for miss in margins(figures, search) if miss.excess > 0)


def margins(figures: Figures, search: SearchSpec) -> list[Miss]:
    """Return every limit with its excess: above 0 where the limit is not kept."""
    limits: SearchLimits = search.limits
    values: list[tuple[str, float | None, float]] = [
        ("download_bytes", limits.download_bytes, figures.download_bytes),
        ("macs", limits.macs, figures.macs),
        ("instructions", limits.instructions, figures.instructions[search.tier]),
    ]
    margins = [
        Miss(name=name, limit=limit, value=value, excess=value / limit - 1)
        for name, limit, value in values
        if limit is not None
    ]
    if limits.min_top1 is not None:
        excess = (limits.min_top1 - figures.top1) / max(limits.min_top1, 1e-9)
        margins.append(Miss(name="min_top1", limit=limits.min_top1, value=figures.top1, excess=excess))
    return margins


def best(results: Sequence[Result], search: SearchSpec) -> Result | None:
    """Return the result that keeps every limit and that the search prefers; None when there is none."""
    allowed = [result for result in results if not misses(result.figures, search)]
    return min(allowed, key=lambda result: _preference(result, search), default=None)


def closest(results: Sequence[Result], search: SearchSpec) -> Result | None:
    """Return the result whose largest excess over a limit is smallest; None without results."""

    def worst(result: Result) -> tuple[float, int]:
        return max((miss.excess for miss in misses(result.figures, search)), default=0.0), result.number

    return min(results, key=worst, default=None)


def _preference(result: Result, search: SearchSpec) -> tuple[float, ...]:
    inaccuracy, download, instructions = _costs(result, search)
    orders = {
        "accuracy": (inaccuracy, download, instructions),
        "download": (download, inaccuracy, instructions),
        "latency": (instructions, inaccuracy, download),
    }
    return (*orders[search.prefer], result.number)


def _costs(result: Result, search: SearchSpec) -> tuple[float, float, float]:
    top1, download, instructions = objectives(result.figures, search)
    return -top1, download, instructions


def _beats(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return all(a <= b for a, b in zip(one, other, strict=True)) and one != other


def figures_from(value: Mapping[str, Any]) -> Figures:
    """Invert dataclasses.asdict."""
    return Figures(**value)
