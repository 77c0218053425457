"""front.json and search.html: what a study found, for machines and for people, and the sentence that sums it up."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sdkgen.latency.costs import TIER_NAMES
from sdkgen.report import figures as words
from sdkgen.report.pareto import plots, rows
from sdkgen.search.figures import Result, best, closest, front, misses
from sdkgen.search.study import Study
from sdkgen.spec.values import SdkSpec, SearchSpec
from sdkgen.templates import environment
from sdkgen.types import JsonValue

SCHEMA = 1
_LIMITS: Mapping[str, str] = {
    "download_bytes": "download",
    "macs": "MACs",
    "instructions": "modelled instructions",
    "min_top1": "top-1",
}


def document(spec: SdkSpec, study: Study) -> dict[str, JsonValue]:
    """The content of front.json."""
    search = spec.search
    assert search is not None
    results = study.results()
    winner, near = best(results, search), closest(results, search)
    return {
        "schema": SCHEMA,
        "sdk": spec.name,
        "study": study.name,
        "tier": search.tier,
        "prefer": search.prefer,
        "limits": asdict(search.limits),
        "trials": {
            "asked": search.trials,
            "measured": len(results),
            "refused": sum(study.refused().values()),
            "unfinished": study.unfinished,
        },
        "refused": study.refused(),
        "results": [result.to_json() for result in results],
        "front": [result.number for result in front(results, search)],
        "best": None if winner is None else winner.number,
        "closest": None if winner is not None or near is None else _near(near, search),
    }


def verdict(found: Mapping[str, Any]) -> str:
    """One sentence: the best configuration, or how close the search came."""
    results = {row["number"]: row for row in found["results"]}
    if found["best"] is not None:
        row = results[found["best"]]
        within = " of those within the limits" if any(found["limits"].values()) else ""
        return f"Best{within}: trial {row['number']}, {row['words']}: {_figures(row, found['tier'])}."
    if found["closest"] is None:
        return "No configuration could be measured."
    row = results[found["closest"]["number"]]
    missed = "; ".join(_missed(miss) for miss in found["closest"]["misses"])
    return (
        f"No configuration keeps the limits. Closest came trial {row['number']}, {row['words']}: "
        f"{missed}. It has {_figures(row, found['tier'])}."
    )


def page(found: Mapping[str, Any]) -> str:
    """search.html, self-contained; all text is escaped."""
    templates = environment("search", "report", escape=True)
    templates.filters.update(size=words.size, amount=words.amount, percent=words.percent)
    return templates.get_template("search.html.j2").render(
        found=found, verdict=verdict(found), plots=plots(found), rows=rows(found)
    )


def _near(result: Result, search: SearchSpec) -> dict[str, JsonValue]:
    return {"number": result.number, "misses": [asdict(miss) for miss in misses(result.figures, search)]}


def _missed(miss: Mapping[str, Any]) -> str:
    name, value, limit = miss["name"], miss["value"], miss["limit"]
    if name == "min_top1":
        return f"top-1 {words.percent(value)}, {100 * (limit - value):.2f} points below {words.percent(limit)}"
    shown = words.size if name == "download_bytes" else words.amount
    return f"{_LIMITS[name]} {shown(value)}, {100 * miss['excess']:.1f} % over {shown(limit)}"


def _figures(row: Mapping[str, Any], tier: str) -> str:
    figures = row["figures"]
    parts: Sequence[str] = (
        f"top-1 {words.percent(figures['top1'])}",
        f"{words.size(figures['download_bytes'])} of weights to download",
        f"{words.amount(figures['macs'])} MACs",
        f"{words.amount(figures['instructions'][tier])} modelled instructions ({TIER_NAMES[tier]})",
    )
    return ", ".join(parts)
