"""What a compression pass gained and what it cost, in words, from its figures before and after."""

from collections.abc import Mapping, Sequence
from typing import Any

from sdkgen.latency.costs import TIER_NAMES
from sdkgen.report.figures import NBSP

TIER = "neondot"
"""Of most phones in use; the table of figures beside the words has the other tiers."""
QUANTISERS = ("int8_ptq", "int8_qat")
_FIGURES: Mapping[str, str] = {
    "download_bytes": "download",
    f"modelled_instructions_{TIER}": f"modelled instructions ({TIER_NAMES[TIER]})",
    "macs": "multiply-accumulates",
    "parameters": "parameters",
}
_DOWNLOAD, _SPEED = list(_FIGURES)[:2]
_NOTICEABLE = 0.005
"""Part of a size or count: less is neither gain nor price."""
_LEAST_POINTS = 0.01
"""Of accuracy, in per cent: one sample of ten thousand."""

Pass = Mapping[str, Any]


def gain_and_price(entry: Pass) -> tuple[str, str]:
    """Two clauses without a full stop; "nothing" where nothing changed by half a percent."""
    changes = _changes(entry)
    gains = [f"{_percent(-change)} of the {_FIGURES[key]}" for key, change in changes.items() if change < 0]
    prices = [f"{_percent(change)} more {_FIGURES[key]}" for key, change in changes.items() if change > 0]
    if entry["name"] in QUANTISERS:
        gains.insert(0, "int8 weights and arithmetic")
    points = _accuracy_points(entry)
    if points is None:
        prices.append("accuracy not measured, for want of labelled data")
    elif points:
        (gains if points > 0 else prices).append(f"{abs(points):.2f}{NBSP}points of accuracy")
    return _listed(gains) or "nothing", _listed(prices) or "nothing"


def verdict(entry: Pass) -> str:
    """A sentence such as "magnitude_pruning saved 11 % of the download and nothing in speed"."""
    changes = _changes(entry)
    if entry["name"] in QUANTISERS:
        said = "turned weights and arithmetic into int8, which is what the phone executes"
    elif not any(key in entry["before"] and key in entry["after"] for key in (_DOWNLOAD, _SPEED)):
        said = "was weighed neither in download nor in speed"
    elif changes.get(_DOWNLOAD, 0) >= 0 and changes.get(_SPEED, 0) >= 0:
        said = "saved nothing in download or speed"
    else:
        said = "saved " + _listed([_saved(changes, _DOWNLOAD, "the download"), _saved(changes, _SPEED, "speed")])
    grown = [
        f"{_percent(changes[key])} to the {_FIGURES[key]}" for key in (_DOWNLOAD, _SPEED) if changes.get(key, 0) > 0
    ]
    added = f"; it added {_listed(grown)}" if grown and entry["name"] not in QUANTISERS else ""
    return f"{entry['name']} {said}{added}; {_accuracy_words(entry)}."


def _saved(changes: Mapping[str, float], key: str, what: str) -> str:
    change = changes.get(key, 0.0)
    return f"{_percent(-change)} of the {_FIGURES[key]}" if change < 0 else f"nothing in {what}"


def _accuracy_words(entry: Pass) -> str:
    points = _accuracy_points(entry)
    if points is None:
        return "the accuracy on labelled data was not measured"
    if not points:
        return "the accuracy stayed the same"
    return f"the accuracy {'rose' if points > 0 else 'fell'} by {abs(points):.2f}{NBSP}points"


def _accuracy_points(entry: Pass) -> float | None:
    """Change of top-1 in per cent, 0 when it is less than one sample of ten thousand; None if not measured."""
    before, after = entry["before"].get("top1"), entry["after"].get("top1")
    if before is None or after is None:
        return None
    points = 100.0 * (after - before)
    return 0.0 if abs(points) < _LEAST_POINTS - 1e-9 else points


def _changes(entry: Pass) -> dict[str, float]:
    """Relative change of each figure that was measured on both sides and changed noticeably."""
    found = {}
    for key in _FIGURES:
        before, after = entry["before"].get(key), entry["after"].get(key)
        if before and after is not None and abs(after / before - 1) >= _NOTICEABLE:
            found[key] = after / before - 1
    return found


def _percent(fraction: float) -> str:
    value = 100 * fraction
    return f"{value:.0f}{NBSP}%" if value >= 9.5 else f"{value:.1f}{NBSP}%"


def _listed(parts: Sequence[str]) -> str:
    return ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1] if parts else ""
