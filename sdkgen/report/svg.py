"""Charts as inline SVG: lengths across are percentages, so a chart fits any page and its text keeps its size."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup, escape

_BAR_HEIGHT = 32
_SCALE_HEIGHT = 24
"""Pixels below a scatter plot for the scale of x."""


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A part of a bar, column or cell: `style` is a CSS class, `title` the tooltip, `detail` a cell's second line."""

    label: str
    title: str
    value: float
    style: str
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Point:
    """A mark of `scatter`: `style` is a CSS class, `title` the tooltip."""

    x: float
    y: float
    style: str = ""
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Frame of `scatter`: ranges, horizontal grid lines, labelled vertical lines, and limits, which are inside."""

    x: tuple[float, float]
    y: tuple[float, float]
    y_grid: Sequence[float]
    x_labels: Sequence[tuple[float, str]]
    x_limits: Sequence[float] = ()
    y_limits: Sequence[float] = ()

    def across(self, value: float) -> float:
        """Map x to 0 at the left edge … 1 at the right edge."""
        return (value - self.x[0]) / (self.x[1] - self.x[0])

    def up(self, value: float) -> float:
        """Map y to 0 at the lower edge … 1 at the upper edge."""
        return (value - self.y[0]) / (self.y[1] - self.y[0])

    def holds(self, point: Point) -> bool:
        """Return whether the point lies inside."""
        return 0 <= self.across(point.x) <= 1 and 0 <= self.up(point.y) <= 1


@dataclass(frozen=True, kw_only=True)
class _Box:
    x: float
    y: float
    width: float
    height: float


def stacked_bar(segments: Sequence[Segment], *, full: float, name: str, marker: float | None = None) -> Markup:
    """Draw one horizontal bar; `full` is the value at its right end, `marker` the value at which a line is drawn."""
    parts = [_open("bar", 30, name)]
    x = 0.0
    for segment in segments:
        width = _share(segment.value, full)
        parts.append(_rect(_Box(x=x, y=3, width=width, height=24), segment))
        x += width
    if marker is not None:
        at = _percent(_share(marker, full))
        parts.append(Markup('<line class="limit" x1="{0}" x2="{0}" y1="0" y2="30"/>').format(at))
    return _close(parts)


def columns(segments: Sequence[Segment], *, full: float, height: int, grid: Sequence[float], name: str) -> Markup:
    """Draw vertical columns over horizontal grid lines at the values `grid`; `full` is the value at the top edge."""
    parts = [_open("columns", height, name)]
    for value in grid:
        y = height * (1 - value / full)
        parts.append(Markup('<line class="grid" x1="0" x2="100%" y1="{0}" y2="{0}"/>').format(_number(y)))
    step = 100 / max(1, len(segments))
    for index, segment in enumerate(segments):
        tall = max(1.0, height * min(1.0, segment.value / full)) if full > 0 else 1.0
        box = _Box(x=(index + 0.12) * step, y=height - tall, width=0.76 * step, height=tall)
        parts.append(_rect(box, segment))
    return _close(parts)


def axis(*, full: float, height: int, grid: Sequence[float], unit: str) -> Markup:
    """Draw the scale to the left of `columns`."""
    parts = [Markup('<svg class="axis" width="44" height="{}" aria-hidden="true">').format(height)]
    for value in grid:
        y = min(height - 2.0, max(10.0, height * (1 - value / full) + 4))
        text = f"{value:g}\N{NO-BREAK SPACE}{unit}".strip()
        parts.append(Markup('<text x="38" y="{}" text-anchor="end">{}</text>').format(_number(y), text))
    return _close(parts)


def histogram(counts: Sequence[int], *, shaded: tuple[float, float], name: str) -> Markup:
    """Draw bars of logarithmic height, so that tails show; values outside of `shaded` (0…1 of the width) are dimmed.

    They are one path, because a page shows many of these.
    """
    top = math.log1p(max(counts, default=0)) or 1.0
    heights = [_BAR_HEIGHT * math.log1p(count) / top for count in counts]
    path = "".join(f"V{_BAR_HEIGHT - height:.1f}h1" for height in heights)
    left, right = (len(counts) * min(1.0, max(0.0, edge)) for edge in shaded)
    return Markup(
        '<svg class="histogram" viewBox="0 0 {0} {1}" preserveAspectRatio="none" role="img" aria-label="{2}">'
        '<path d="M0 {1}{3}V{1}z"/><rect class="outside" width="{4}" height="{1}"/>'
        '<rect class="outside" x="{5}" width="{6}" height="{1}"/></svg>'
    ).format(len(counts), _BAR_HEIGHT, name, path, _number(left), _number(right), _number(len(counts) - right))


def scale(labels: Sequence[tuple[float, str]], *, height: int) -> Markup:
    """Draw labels to the left of a plot, each at a fraction 0…1 of its height."""
    parts = [Markup('<svg class="axis" width="64" height="{}" aria-hidden="true">').format(height)]
    for part, text in labels:
        y = min(height - 2.0, max(10.0, height * (1 - part) + 4))
        parts.append(Markup('<text x="58" y="{}" text-anchor="end">{}</text>').format(_number(y), text))
    return _close(parts)


def scatter(points: Sequence[Point], frame: Frame, *, height: int, name: str, lines: Sequence[Point] = ()) -> Markup:
    """Draw points over a grid, with the scale of x below them; points outside of the frame are left out.

    Args:
        lines: corners of a line from left to right; drawn as steps, each at the height of its left corner.
    """
    parts = [_open("scatter", height + _SCALE_HEIGHT, name)]
    for value in frame.y_grid:
        y = _number(height * (1 - frame.up(value)))
        parts.append(Markup('<line class="grid" x1="0" x2="100%" y1="{0}" y2="{0}"/>').format(y))
    for value, text in frame.x_labels:
        x = _percent(100 * frame.across(value))
        parts.append(Markup('<line class="grid" x1="{0}" x2="{0}" y1="0" y2="{1}"/>').format(x, height))
        parts.append(Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(x, height + 16, text))
    for value in frame.x_limits:
        x = _percent(100 * frame.across(value))
        parts.append(Markup('<line class="limit" x1="{0}" x2="{0}" y1="0" y2="{1}"/>').format(x, height))
    for value in frame.y_limits:
        y = _number(height * (1 - frame.up(value)))
        parts.append(Markup('<line class="limit" x1="0" x2="100%" y1="{0}" y2="{0}"/>').format(y))
    for left, right in pairwise(lines):
        x1, x2 = _percent(100 * frame.across(left.x)), _percent(100 * frame.across(right.x))
        y1, y2 = _number(height * (1 - frame.up(left.y))), _number(height * (1 - frame.up(right.y)))
        parts.append(Markup('<line class="front" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(x1, x2, y1, y1))
        parts.append(Markup('<line class="front" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>').format(x2, y1, y2))
    for point in points:
        if frame.holds(point):
            x, y = _percent(100 * frame.across(point.x)), _number(height * (1 - frame.up(point.y)))
            parts.append(
                Markup('<circle class="{}" cx="{}" cy="{}" r="5"><title>{}</title></circle>').format(
                    point.style, x, y, point.title
                )
            )
    return _close(parts)


def treemap(segments: Sequence[Segment], *, height: int, aspect: float, name: str) -> Markup:
    """Draw nested rectangles with areas in proportion to the values, largest first.

    Squarified layout (Bruls, Huizing, van Wijk, "Squarified Treemaps", 2000).

    Args:
        height: pixels.
        aspect: width over height for which the cells are made square.
    """
    ordered = sorted((s for s in segments if s.value > 0), key=lambda s: (-s.value, s.title))
    parts = [_open("treemap", height, name)]
    boxes = _squarify([s.value for s in ordered], _Box(x=0, y=0, width=aspect, height=1))
    for segment, box in zip(ordered, boxes, strict=True):
        cell = _Box(
            x=100 * box.x / aspect, y=height * box.y, width=100 * box.width / aspect, height=height * box.height
        )
        parts.append(_rect(cell, segment))
        if cell.width >= 9 and cell.height >= 22:
            # A nested svg clips the text at the cell's edge, for any width of the page.
            parts.append(
                Markup(
                    '<svg class="{}" x="{}" y="{}" width="{}" height="{}" aria-hidden="true">'
                    '<text x="8" y="18">{}</text>{}</svg>'
                ).format(
                    "cell" if cell.width >= 22 else "cell wide-only",
                    _percent(cell.x),
                    _number(cell.y),
                    _percent(cell.width),
                    _number(cell.height),
                    segment.label,
                    Markup('<text x="8" y="34">{}</text>').format(segment.detail) if cell.height >= 40 else "",
                )
            )
    return _close(parts)


def _squarify(values: Sequence[float], box: _Box) -> list[_Box]:
    """Return boxes for descending positive `values` that fill `box`."""
    boxes: list[_Box] = []
    rest, remaining = list(values), sum(values)
    while rest:
        side = min(box.width, box.height)
        scale = box.width * box.height / remaining
        row = [rest[0] * scale]
        while len(row) < len(rest):
            longer = [*row, rest[len(row)] * scale]
            if _worst_ratio(longer, side) > _worst_ratio(row, side):
                break
            row = longer
        thickness = sum(row) / side
        offset = 0.0
        for area in row:
            length = area / thickness
            if box.width >= box.height:
                boxes.append(_Box(x=box.x, y=box.y + offset, width=thickness, height=length))
            else:
                boxes.append(_Box(x=box.x + offset, y=box.y, width=length, height=thickness))
            offset += length
        if box.width >= box.height:
            box = _Box(x=box.x + thickness, y=box.y, width=max(box.width - thickness, 1e-9), height=box.height)
        else:
            box = _Box(x=box.x, y=box.y + thickness, width=box.width, height=max(box.height - thickness, 1e-9))
        remaining = max(remaining - sum(rest[: len(row)]), 1e-9)
        rest = rest[len(row) :]
    return boxes


def _worst_ratio(row: Sequence[float], side: float) -> float:
    total = sum(row)
    return max(side * side * max(row) / total**2, total**2 / (side * side * min(row)))


def _open(style: str, height: int, name: str) -> Markup:
    return Markup('<svg class="{}" width="100%" height="{}" role="img" aria-label="{}">').format(style, height, name)


def _close(parts: list[Markup]) -> Markup:
    return Markup("").join([*parts, Markup("</svg>")])


def _rect(box: _Box, segment: Segment) -> Markup:
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>').format(
        segment.style,
        _percent(box.x),
        _number(box.y),
        _percent(box.width),
        _number(box.height),
        escape(segment.title),
    )


def _share(value: float, full: float) -> float:
    return 100 * value / full if full > 0 else 0.0


def _percent(value: float) -> str:
    return f"{value:.3f}%"


def _number(value: float) -> str:
    return f"{value:.2f}"
