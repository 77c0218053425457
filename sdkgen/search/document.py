"""Builds front.json and search.html: the results of a study, and the sentence that sums them up."""

from collections.abc import Mapping
from dataclasses import asdict

from sdkgen.documents.search import Closest, FrontDocument, Miss, TrialCounts, TrialRow
from sdkgen.latency.costs import TIER_NAMES
from sdkgen.report import figures as words
from sdkgen.report.pareto import plots, rows
from sdkgen.search.figures import best, closest, front, misses
from sdkgen.search.study import Study
from sdkgen.spec.values import SdkSpec
from sdkgen.templates import environment

SCHEMA = 1
_LIMITS: Mapping[str, str] = {
    "download_bytes": "download",
    "macs": "MACs",
    "instructions": "modelled instructions",
    "min_top1": "top-1",
}


def document(spec: SdkSpec, study: Study) -> FrontDocument:
    """Collect the results of a study."""
    search = spec.search
    assert search is not None
    results, refused = study.results(), study.refused()
    winner, near = best(results, search), closest(results, search)
    nearest = None
    if winner is None and near is not None:
        nearest = Closest(number=near.number, misses=misses(near.figures, search))
    return FrontDocument(
        schema=SCHEMA,
        sdk=spec.name,
        study=study.name,
        tier=search.tier,
        prefer=search.prefer,
        limits=search.limits,
        trials=TrialCounts(
            asked=search.trials,
            measured=len(results),
            refused=sum(refused.values()),
            unfinished=study.unfinished,
        ),
        refused=refused,
        results=tuple(result.row() for result in results),
        front=tuple(result.number for result in front(results, search)),
        best=None if winner is None else winner.number,
        closest=nearest,
    )


def verdict(found: FrontDocument) -> str:
    """Return one sentence: the best configuration, or how close the search came."""
    if found.best is not None:
        row = found.trial(found.best)
        within = " of those within the limits" if any(asdict(found.limits).values()) else ""
        return f"Best{within}: trial {row.number}, {row.words}: {_figures(row, found.tier)}."
    if found.closest is None:
        return "No configuration could be measured."
    row = found.trial(found.closest.number)
    missed = "; ".join(_missed(miss) for miss in found.closest.misses)
    return (
        f"No configuration keeps the limits. Closest came trial {row.number}, {row.words}: "
        f"{missed}. It has {_figures(row, found.tier)}."
    )


def page(found: FrontDocument) -> str:
    """Render search.html, self-contained; all text is escaped."""
    templates = environment("search", "report", escape=True)
    templates.filters.update(size=words.size, amount=words.amount, percent=words.percent)
    values = asdict(found)
    return templates.get_template("search.html.j2").render(
        found=values, verdict=verdict(found), plots=plots(values), rows=rows(values)
    )


def _missed(miss: Miss) -> str:
    if miss.name == "min_top1":
        points = 100 * (miss.limit - miss.value)
        return f"top-1 {words.percent(miss.value)}, {points:.2f} points below {words.percent(miss.limit)}"
    shown = words.size if miss.name == "download_bytes" else words.amount
    return f"{_LIMITS[miss.name]} {shown(miss.value)}, {100 * miss.excess:.1f} % over {shown(miss.limit)}"


def _figures(row: TrialRow, tier: str) -> str:
    figures = row.figures
    parts = (
        f"top-1 {words.percent(figures.top1)}",
        f"{words.size(figures.download_bytes)} of weights to download",
        f"{words.amount(figures.macs)} MACs",
        f"{words.amount(figures.instructions[tier])} modelled instructions ({TIER_NAMES[tier]})",
    )
    return ", ".join(parts)
