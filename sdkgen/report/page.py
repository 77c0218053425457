"""report.html: the document of report.json as one page that needs no network."""

import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

from sdkgen.report import charts, figures, histograms, pareto
from sdkgen.report.budgets import budget_titles
from sdkgen.report.pass_summary import pass_lines
from sdkgen.templates import environment

_TITLES = {
    "quantised_matches_float": "Quantised network agrees with the float network",
    "executorch_matches_pytorch": "ExecuTorch agrees with PyTorch",
    "c_api_predicts_as_trained": "The SDK's C library predicts what the network predicted when it was made",
    "executorch_matches_c_api": "ExecuTorch and the SDK's C library give the same bytes",
    "preprocessing_matches_torchvision": "Preprocessing agrees with torchvision",
    "kotlin_matches_pytorch": "The packaged Kotlin SDK agrees with PyTorch",
    "arm64_matches_x86_64": "ARM and x86-64 give the same bytes",
    "coreml_matches_pytorch": "The Core ML package agrees with PyTorch",
    "coreml_layers": "The Core ML package agrees with PyTorch layer by layer",
    "swift_matches_pytorch": "The packaged Swift SDK agrees with PyTorch and the C library",
    "swift_typechecks": "The Swift package type-checks for Apple's systems",
}
_STATUS = {"passed": "passed", "failed": "failed", "not_run": "not run"}
_KINDS = {
    "gemm": "gemm (1×1 convolution, linear)",
    "conv": "conv (k×k convolution)",
    "dwconv": "dwconv (depthwise convolution)",
}
_PRECISIONS = {
    "float16": "float16 weights and activations",
    "int8_weights": "int8 weights, float16 activations",
    "int8": "int8 weights and activations",
}
_SHOWN_IMAGES = 12
_SHOWN_ARTIFACTS = 16


def render(report: Mapping[str, Any]) -> str:
    """Render the page; all text is escaped, the only markup comes from the templates and `sdkgen.report.svg`."""
    templates = environment("report", escape=True)
    templates.filters.update(
        size=figures.size,
        rule_size=figures.rule_size,
        amount=figures.amount,
        decibel=figures.decibel,
        percent=figures.percent,
        label=figures.label,
        prose=_prose,
    )
    templates.globals.update(metric=figures.metric, change=figures.change)
    return templates.get_template("report.html.j2").render(
        report=report,
        title=_words(report["sdk"]["name"]),
        statuses=_STATUS,
        proof_titles=_TITLES,
        budget_titles={name: title[0].upper() + title[1:] for name, title in budget_titles().items()},
        kind_titles=_KINDS,
        verdict=_verdict(report),
        abis=charts.abi_bars(report),
        parts=charts.used_parts(report),
        precisions=_PRECISIONS,
        layers=charts.layer_treemap(report),
        noise=charts.noise_columns(report),
        memory=charts.memory_bars(report),
        activations=charts.activation_columns(report),
        images=_images(report),
        artifacts=_artifacts(report),
        pass_lines=pass_lines(report["passes"]),
        activation_histograms=histograms.activations(report["quantisation"]),
        weight_histograms=histograms.weights(report["weights"]),
        damage=histograms.damage(report["sensitivity"]),
        search=_search(report["search"]),
        preprocessing_proof=_find(report["proofs"], "preprocessing_matches_torchvision"),
    )


def _search(found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if found is None or not found["results"]:
        return None
    return {"found": found, "plots": pareto.plots(found), "rows": pareto.rows(found)}


def _prose(text: str) -> Markup:
    """Mark up `commands` between backticks in plain text, which is escaped first."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def _words(name: str) -> str:
    """Format snake_case as a title: "photo_tagger" -> "Photo Tagger"."""
    return " ".join(word[:1].upper() + word[1:] for word in name.split("_") if word)


def _find(entries: list[dict[str, Any]], name: str) -> dict[str, Any] | None:
    return next((entry for entry in entries if entry["name"] == name), None)


def _verdict(report: Mapping[str, Any]) -> dict[str, str]:
    """Return the first line of the page and its style; it is never "passed" for a proof that was not run."""
    verdict = report["verdict"]
    unmet = verdict["rules_unmet"]
    bad = [f"{verdict['failed']} failed"] if verdict["failed"] else []
    bad += [f"{unmet} limit{'s' if unmet > 1 else ''} or budget{'s' if unmet > 1 else ''} not met"] if unmet else []
    if bad:
        return {"style": "failed", "headline": "Do not ship: " + ", ".join(bad)}
    if not verdict["passed"]:
        return {"style": "not_run", "headline": "Nothing was proven: no proof was executed"}
    if verdict["not_run"]:
        return {
            "style": "not_run",
            "headline": f"Everything that was executed passed; {_proofs(verdict['not_run'])} not run",
        }
    return {"style": "passed", "headline": "Every proof was executed and passed"}


def _proofs(count: int) -> str:
    return "1 proof was" if count == 1 else f"{count} proofs were"


def _artifacts(report: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return all files where they are few, else the largest; the page collapses the rest."""
    files = report["artifacts"]
    largest = sorted(files, key=lambda file: (-file["bytes"], file["path"]))[:_SHOWN_ARTIFACTS]
    shown = {file["path"] for file in (files if len(files) <= 2 * _SHOWN_ARTIFACTS else largest)}
    return {
        "shown": [file for file in files if file["path"] in shown],
        "folded": [file for file in files if file["path"] not in shown],
    }


def _images(report: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the evaluation images, changed class first, then by noise; the page collapses the rest."""
    entries = [] if report["accuracy"] is None else report["accuracy"]["per_image"]
    rows = [
        {
            "name": entry["name"],
            "snr_db": entry["snr_db"],
            "top1_float": entry.get("top1_float_label", entry.get("top1_float")),
            "top1_quantised": entry.get("top1_quantised_label", entry.get("top1_quantised")),
            "same": entry.get("top1_float") == entry.get("top1_quantised"),
        }
        for entry in entries
    ]
    rows.sort(key=lambda r: (r["same"], r["snr_db"] is None, r["snr_db"] or 0.0, r["name"]))
    return {"shown": rows[:_SHOWN_IMAGES], "folded": rows[_SHOWN_IMAGES:]}
