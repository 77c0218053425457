"""Final gate: prints limits, budgets and proofs; fails if any is not met."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from rich import box
from rich.console import Console, JustifyMethod
from rich.markup import escape
from rich.table import Table

from sdkgen import targets
from sdkgen.errors import BudgetError, ProofError
from sdkgen.report import figures
from sdkgen.report.budgets import budget_titles
from sdkgen.report.composition import by_layer, by_part, native_objects, worst_abi
from sdkgen.report.savings import out_of_reach, savings

_TOP_LAYERS = 8
_TOP_OBJECTS = 5
_MARKS = {"passed": "[green]passed[/]", "failed": "[bold red]FAILED[/]", "not_run": "[yellow]not run[/]"}


def check(report: Mapping[str, Any], console: Console | None = None) -> None:
    """Print the verdicts of report.json and raise if one is bad.

    Raises:
        ProofError: a proof was executed and failed; checked before sizes, since a wrong result has no valid size.
        BudgetError: a limit or budget is not met; the message lists the largest parts and possible savings.
    """
    console = console or Console()
    console.print(_rules(report))
    console.print(_proofs(report))
    failed = [proof for proof in report["proofs"] if proof["status"] == "failed"]
    if failed:
        lines = [f"{proof['name']} failed ({proof['host']}): {proof['reason']}" for proof in failed]
        raise ProofError(
            "\n  ".join(lines), remedy="report.html shows the figures; the SDK must not be shipped like this."
        )
    unmet = [_unmet_budget(budget, report) for budget in report["budgets"] if not budget["ok"]]
    unmet += [f"{limit['rule']}: {limit['value']:,} against {limit['limit']:,}" for limit in _unmet(report["limits"])]
    if unmet:
        raise BudgetError("\n".join(unmet), remedy=_remedy(report))


def space(report: Mapping[str, Any], abi: str) -> list[str]:
    """Return the lines of a table: the largest parts of the download of an ABI, with their shares."""
    sizes = report["sizes"]
    parts = by_part(sizes, abi)
    total = sizes["abis"][abi]["download_bytes"]
    lines = [f"what takes the space in the download of {abi}, {total:,} bytes:"]
    layers = by_layer(report)
    for part, count in parts.items():
        if count:
            lines.append(_row(part, count, total, indent=0))
        if part == "model" and count:
            lines += [_row(layer.layer, layer.download_bytes, total) for layer in layers[:_TOP_LAYERS]]
            rest = sum(layer.download_bytes for layer in layers[_TOP_LAYERS:])
            if rest:
                lines.append(_row(f"{len(layers) - _TOP_LAYERS} more layers", rest, total))
        if part == "native":
            objects = native_objects(sizes, abi)
            stored = sum(size for _, size in objects)
            lines += [_row(name, round(count * size / stored), total) for name, size in objects[:_TOP_OBJECTS] if size]
    return lines


def _row(name: str, count: int, total: int, indent: int = 2) -> str:
    return f"  {' ' * indent}{name:<{46 - indent}}{count:>13,}{count / total:>8.1%}"


def _unmet(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [rule for rule in rules if not rule["ok"]]


def _unmet_budget(budget: Mapping[str, Any], report: Mapping[str, Any]) -> str:
    if budget["value"] is None:
        proof = next((p for p in report["proofs"] if p["name"] == "quantised_matches_float"), None)
        why = proof["reason"] if proof else "the build has no proof quantised_matches_float"
        return f"budget {budget['name']} = {budget['limit']} was not measured, so it is not met: {why}"
    target = next((t for t in targets.all_targets().values() if t.download_budget == budget["name"]), None)
    if target is not None:
        over = budget["value"] - budget["limit"]
        return (
            f"the download{target.download_words} of {budget['value']:,} bytes is {over:,} bytes "
            f"over the budget of {budget['limit']:,}"
        )
    return f"budget {budget['name']} = {budget['limit']} is not met: measured {budget['value']:.4g}"


def _remedy(report: Mapping[str, Any]) -> str:
    lines: list[str] = []
    for over_bytes, abi in _overruns(report):
        lines += space(report, abi)
        hopeless = out_of_reach(report, report["sizes"]["abis"][abi]["download_bytes"] - over_bytes, abi)
        lines.append(hopeless or f"what would save {over_bytes:,} bytes (estimates):")
        for saving in savings(report, over_bytes, abi):
            enough = "enough" if saving.saves_bytes >= over_bytes else "not enough alone"
            lines.append(f"  - {saving.action}: about {saving.saves_bytes:,} bytes, {enough}")
    if any(b["name"].startswith("min_") and b["value"] is not None for b in _unmet(report["budgets"])):
        lines += _accuracy_advice(report)
    if not lines:
        lines.append("report.html shows every rule with its source; build again after the cause is mended.")
    return "\n  ".join(lines)


def _overruns(report: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """Yield, for each platform over its limit, the excess in bytes and the ABI."""
    sizes = report["sizes"]
    for platform in sorted({entry["platform"] for entry in sizes["abis"].values()}):
        worst = worst_abi(sizes, platform)
        value = sizes["abis"][worst]["download_bytes"]
        rules = [b for b in report["budgets"] if b["name"] == targets.target(platform).download_budget]
        rules += [limit for limit in report["limits"] if limit["value"] == value]
        over = max((int(value - rule["limit"]) for rule in _unmet(rules)), default=0)
        if over > 0:
            yield over, worst


def _accuracy_advice(report: Mapping[str, Any]) -> list[str]:
    """Name the layers where the ratio falls most from one measured layer to the next."""
    layers = [e for e in (report["accuracy"] or {}).get("per_layer", []) if e["snr_db"] is not None]
    falls = sorted(
        ((before["snr_db"] - after["snr_db"], before, after) for before, after in itertools.pairwise(layers)),
        key=lambda fall: -fall[0],
    )
    lines = ["where the signal-to-noise ratio falls most:"] if falls else []
    lines += [f"  - {b['layer']} {b['snr_db']:.1f} dB to {a['layer']} {a['snr_db']:.1f} dB" for _, b, a in falls[:3]]
    return [
        *lines,
        "more calibration images that look like the real ones, and a range search by mean squared error, help most.",
    ]


def _rules(report: Mapping[str, Any]) -> Table:
    table = Table(title="Budgets and limits", title_justify="left", box=box.SIMPLE_HEAD)
    columns: tuple[tuple[str, JustifyMethod], ...] = (
        ("rule", "left"),
        ("limit", "right"),
        ("measured", "right"),
        ("", "left"),
    )
    for heading, justify in columns:
        table.add_column(heading, justify=justify)
    titles = budget_titles()
    for budget in report["budgets"]:
        table.add_row(
            f"budget: {titles.get(budget['name'], budget['name'])}",
            figures.metric(budget["name"], budget["limit"]),
            "not measured"
            if budget["value"] is None and not budget["ok"]
            else figures.metric(budget["name"], budget["value"]),
            _verdict(budget["ok"]),
        )
    for limit in report["limits"]:
        table.add_row(
            escape(limit["rule"]),
            figures.rule_size(limit["limit"]),
            figures.rule_size(limit["value"]),
            _verdict(limit["ok"]),
        )
    return table


def _proofs(report: Mapping[str, Any]) -> Table:
    table = Table(title="Proofs", title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("proof", "status", "reason"):
        table.add_column(heading, no_wrap=heading != "reason")
    for proof in report["proofs"]:
        table.add_row(proof["name"], _MARKS[proof["status"]], escape(f"{proof['reason']} ({proof['host']})"))
    return table


def _verdict(ok: bool) -> str:
    return "[green]met[/]" if ok else "[bold red]NOT MET[/]"
