"""Describes in words the gain and the cost of a compression pass, from the figures measured before and after it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sdkgen.latency.costs import TIER_NAMES
from sdkgen.types import PassSummary

NBSP = "\N{NO-BREAK SPACE}"
TIER = "neondot"
"""Instruction set of most phones in use; the report's table of figures has the other tiers."""
_FIGURES: Mapping[str, str] = {
    "download_bytes": "download",
    f"modelled_instructions_{TIER}": f"modelled instructions ({TIER_NAMES[TIER]})",
    "macs": "multiply-accumulates",
    "parameters": "parameters",
}
_DOWNLOAD, _SPEED = list(_FIGURES)[:2]
_NOTICEABLE = 0.005
"""Fraction of a size or count: a smaller change is neither gain nor cost."""
_LEAST_POINTS = 0.01
"""Smallest change of accuracy, in per cent: one sample of ten thousand."""

Figures = Mapping[str, Any]


def summarise(name: str, before: Figures, after: Figures, *, yields_int8: bool) -> PassSummary:
    """Summarise the change of the figures of `sdkgen.compress.measure.measure`.

    Args:
        name: of the pass.
        yields_int8: whether the pass quantised the network.
    """
    return PassSummary(
        gain=_gain(before, after, yields_int8=yields_int8),
        price=_price(before, after),
        verdict=_verdict(name, before, after, yields_int8=yields_int8),
    )


def _gain(before: Figures, after: Figures, *, yields_int8: bool) -> str:
    gains = ["int8 weights and arithmetic"] if yields_int8 else []
    changes = _changes(before, after)
    gains += [f"{_percent(-change)} of the {_FIGURES[key]}" for key, change in changes.items() if change < 0]
    points = _accuracy_points(before, after)
    if points is not None and points > 0:
        gains.append(_points(points))
    return _listed(gains) or "nothing"


def _price(before: Figures, after: Figures) -> str:
    changes = _changes(before, after)
    prices = [f"{_percent(change)} more {_FIGURES[key]}" for key, change in changes.items() if change > 0]
    points = _accuracy_points(before, after)
    if points is None:
        prices.append("accuracy not measured, for want of labelled data")
    elif points < 0:
        prices.append(_points(points))
    return _listed(prices) or "nothing"


def _verdict(name: str, before: Figures, after: Figures, *, yields_int8: bool) -> str:
    """ "magnitude_pruning saved 11 % of the download and nothing in speed; the accuracy stayed the same." """
    changes = _changes(before, after)
    if yields_int8:
        effect = "turned weights and arithmetic into int8, which is what the phone executes"
    elif not any(key in before and key in after for key in (_DOWNLOAD, _SPEED)):
        effect = "was weighed neither in download nor in speed"
    elif changes.get(_DOWNLOAD, 0) >= 0 and changes.get(_SPEED, 0) >= 0:
        effect = "saved nothing in download or speed"
    else:
        effect = "saved " + _listed([_saved(changes, _DOWNLOAD, "the download"), _saved(changes, _SPEED, "speed")])
    grown = [
        f"{_percent(changes[key])} to the {_FIGURES[key]}" for key in (_DOWNLOAD, _SPEED) if changes.get(key, 0) > 0
    ]
    added = f"; it added {_listed(grown)}" if grown and not yields_int8 else ""
    return f"{name} {effect}{added}; {_accuracy(before, after)}."


def _saved(changes: Mapping[str, float], key: str, what: str) -> str:
    change = changes.get(key, 0.0)
    return f"{_percent(-change)} of the {_FIGURES[key]}" if change < 0 else f"nothing in {what}"


def _accuracy(before: Figures, after: Figures) -> str:
    points = _accuracy_points(before, after)
    if points is None:
        return "the accuracy on labelled data was not measured"
    if not points:
        return "the accuracy stayed the same"
    return f"the accuracy {'rose' if points > 0 else 'fell'} by {abs(points):.2f}{NBSP}points"


def _accuracy_points(before: Figures, after: Figures) -> float | None:
    """Return the change of top-1 in per cent, 0 if it is less than one sample of ten thousand; None if not measured."""
    if before.get("top1") is None or after.get("top1") is None:
        return None
    points = 100.0 * (after["top1"] - before["top1"])
    return 0.0 if abs(points) < _LEAST_POINTS - 1e-9 else points


def _points(points: float) -> str:
    return f"{abs(points):.2f}{NBSP}points of accuracy"


def _changes(before: Figures, after: Figures) -> dict[str, float]:
    """Return the relative change of each figure that was measured before and after and changed noticeably."""
    changes = {}
    for key in _FIGURES:
        if before.get(key) and after.get(key) is not None and abs(after[key] / before[key] - 1) >= _NOTICEABLE:
            changes[key] = after[key] / before[key] - 1
    return changes


def _percent(fraction: float) -> str:
    value = 100 * fraction
    return f"{value:.0f}{NBSP}%" if value >= 9.5 else f"{value:.1f}{NBSP}%"


def _listed(parts: Sequence[str]) -> str:
    return ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1] if parts else ""
