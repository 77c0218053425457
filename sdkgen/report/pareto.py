"""Plots a search from its front.json: accuracy against download and against modelled latency."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sdkgen.latency.costs import TIER_NAMES
from sdkgen.report import svg
from sdkgen.report.figures import amount, percent, size

_HEIGHT = 300
_SHOWN_BELOW_FRONT = 0.5
"""Margin in units of the front's own range of accuracy: trials further below would flatten the front to a line."""

Row = Mapping[str, Any]


def plots(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Draw the two plots; [] while nothing was measured.

    Args:
        found: front.json (sdkgen/search/document.py).
    """
    if not found["results"]:
        return []
    tier, limits = found["tier"], found["limits"]
    return [
        _plot(
            found,
            title="Accuracy against download",
            unit="weights as a store compresses them",
            of=lambda row: row["figures"]["download_bytes"],
            shown=size,
            limit=limits["download_bytes"],
        ),
        _plot(
            found,
            title="Accuracy against latency",
            unit=f"modelled instructions of one inference, {TIER_NAMES[tier]}",
            of=lambda row: row["figures"]["instructions"][tier],
            shown=amount,
            limit=limits["instructions"],
        ),
    ]


def rows(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the front as rows of a table, small downloads first."""
    by_number = {row["number"]: row for row in found["results"]}
    return [
        {
            "number": number,
            "words": by_number[number]["words"],
            "top1": by_number[number]["figures"]["top1"],
            "download_bytes": by_number[number]["figures"]["download_bytes"],
            "macs": by_number[number]["figures"]["macs"],
            "instructions": by_number[number]["figures"]["instructions"][found["tier"]],
            "best": number == found["best"],
        }
        for number in found["front"]
    ]


def _plot(
    found: Mapping[str, Any],
    *,
    title: str,
    unit: str,
    of: Callable[[Row], float],
    shown: Callable[[float], str],
    limit: float | None,
) -> dict[str, Any]:
    points = [_point(found, row, of(row), shown) for row in found["results"]]
    edge = _edge(points)
    highest = max(point.y for point in points)
    span = max(0.002, highest - min(point.y for point in edge))
    y, y_grid = _range(highest - span * (1 + _SHOWN_BELOW_FRONT), highest, most=1.0)
    inside = [point for point in points if point.y >= y[0]]
    x, x_grid = _range(min(point.x for point in inside), max(point.x for point in inside))
    least = found["limits"]["min_top1"]
    frame = svg.Frame(
        x=x,
        y=y,
        y_grid=y_grid,
        x_labels=[(value, shown(value)) for value in x_grid if x[0] < value < x[1]],
        x_limits=[limit] if limit is not None and x[0] <= limit <= x[1] else [],
        y_limits=[least] if least is not None and y[0] <= least <= y[1] else [],
    )
    order = {"dot": 0, "dot front": 1, "dot best": 2}  # the most important points are drawn last, on top
    ordered = sorted(inside, key=lambda point: order[point.style])
    return {
        "title": title,
        "unit": unit,
        "below": len(points) - len(inside),
        "y_labels": _y_labels(frame),
        "svg": svg.scatter(ordered, frame, height=_HEIGHT, name=title, lines=edge),
    }


def _point(found: Mapping[str, Any], row: Row, x: float, shown: Callable[[float], str]) -> svg.Point:
    number, top1 = row["number"], row["figures"]["top1"]
    style = "dot best" if number == found["best"] else "dot front" if number in found["front"] else "dot"
    return svg.Point(x=x, y=top1, style=style, title=f"trial {number}: {percent(top1)}, {shown(x)}; {row['words']}")


def _edge(points: Sequence[svg.Point]) -> list[svg.Point]:
    """Return the points that no other one dominates in these two figures, from left to right."""
    edge: list[svg.Point] = []
    for point in sorted(points, key=lambda point: (point.x, -point.y)):
        if not edge or point.y > edge[-1].y:
            edge.append(point)
    return edge


def _range(low: float, high: float, *, most: float = math.inf) -> tuple[tuple[float, float], list[float]]:
    """Return edges a little outside of the values, and three to six round values between them."""
    span = (high - low) or abs(high) or 1.0
    edges = low - 0.06 * span, min(high + 0.06 * span, max(most, high))
    power = 10 ** math.floor(math.log10(span / 3))
    step = next(power * factor for factor in (1, 2, 5, 10) if span / (power * factor) <= 6)
    first = math.ceil(edges[0] / step)
    return edges, [step * index for index in range(first, math.floor(edges[1] / step) + 1)]


def _y_labels(frame: svg.Frame) -> Any:
    labels = [(value, percent(value)) for value in frame.y_grid]
    return svg.scale([(frame.up(value), text) for value, text in labels], height=_HEIGHT)
