"""Draws the page's charts from the figures of the document."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from sdkgen import targets
from sdkgen.report import svg
from sdkgen.report.composition import PARTS, by_layer, by_part
from sdkgen.report.figures import NBSP, amount, decibel, percent, size

_PART_LABELS = {
    "model": "model",
    "coreml": "Core ML model",
    "native": "native code",
    "kotlin": "Kotlin",
    "other": "other",
}
_COLUMN_HEIGHT = 180
_MARKER_REACH = 1.6
"""A budget's marker is drawn up to this many times the largest download; further out, bars would be too short."""


def abi_bars(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Draw one bar per ABI: its download by part, all to one scale."""
    sizes = report["sizes"]
    largest = sizes["download_bytes"]
    budgets = {b["name"]: b["limit"] for b in report["budgets"] if b["limit"] <= largest * _MARKER_REACH}
    verdicts = {name: target.download_budget for name, target in targets.all_targets().items()}
    shown = [budgets[name] for name in verdicts.values() if name in budgets]
    full = max([largest, *(1.02 * limit for limit in shown)])
    rows = []
    for abi in sorted(sizes["abis"]):
        marker = budgets.get(verdicts[sizes["abis"][abi]["platform"]])
        parts = by_part(sizes, abi)
        download = sizes["abis"][abi]["download_bytes"]
        segments = [
            svg.Segment(
                label=_PART_LABELS[part],
                title=f"{_PART_LABELS[part]}: {size(parts[part])}, {percent(parts[part] / max(1, download))}",
                value=parts[part],
                style=f"part-{part}",
            )
            for part in PARTS
        ]
        rows.append(
            {
                "abi": abi,
                "download_bytes": download,
                "installed_bytes": sizes["abis"][abi]["installed_bytes"],
                "parts": parts,
                "shares": ", ".join(f"{s.label} {percent(s.value / max(1, download))}" for s in segments if s.value),
                "marker": marker,
                "svg": svg.stacked_bar(segments, full=full, marker=marker, name=f"Download of {abi}, {size(download)}"),
            }
        )
    return rows


def used_parts(report: Mapping[str, Any]) -> dict[str, str]:
    """Return the parts that any ABI has, with their names; "other" always, since it takes the rounding."""
    sizes = report["sizes"]
    totals = [by_part(sizes, abi) for abi in sizes["abis"]]
    return {part: label for part, label in _PART_LABELS.items() if part == "other" or any(t[part] for t in totals)}


def layer_treemap(report: Mapping[str, Any]) -> dict[str, Any]:
    """Draw the model file by layer: area is weight bytes, colour the kind of operator."""
    layers = by_layer(report)
    kinds = _ranked_kinds(report)
    segments = [
        svg.Segment(
            label=layer.layer,
            detail=size(layer.weight_bytes),
            title=f"{layer.layer} ({layer.kind}): {size(layer.weight_bytes)} of weights, {amount(layer.macs)} MACs",
            value=layer.weight_bytes,
            style=f"kind-{kinds[layer.kind]}",
        )
        for layer in layers
    ]
    used = {layer.kind for layer in layers}
    return {
        "svg": svg.treemap(segments, height=320, aspect=3.2, name="Weights by layer; the table below says the same"),
        "kinds": [{"kind": kind, "style": f"kind-{rank}"} for kind, rank in kinds.items() if kind in used],
        "rows": layers,
        "total": sum(layer.weight_bytes for layer in layers),
    }


def noise_columns(report: Mapping[str, Any]) -> dict[str, Any] | None:
    """Draw the signal-to-noise ratio layer by layer, in the order of the network; None where it was not measured."""
    entries = [] if report["accuracy"] is None else report["accuracy"]["per_layer"]
    measured = sorted(e["snr_db"] for e in entries if e["snr_db"] is not None)
    if not measured:
        return None
    lowest = measured[: min(3, len(measured))]
    full, grid = _scale(measured[-1])
    segments = [
        svg.Segment(
            label=entry["layer"],
            title=f"{entry['layer']}: {decibel(entry['snr_db'])}",
            value=full if entry["snr_db"] is None else max(0.0, entry["snr_db"]),
            style="column low" if entry["snr_db"] in lowest else "column",
        )
        for entry in entries
    ]
    worst = sorted((e for e in entries if e["snr_db"] is not None), key=lambda e: e["snr_db"])
    return {
        "axis": svg.axis(full=full, height=_COLUMN_HEIGHT, grid=grid, unit="dB"),
        "svg": svg.columns(segments, full=full, height=_COLUMN_HEIGHT, grid=grid, name="Signal-to-noise by layer"),
        "worst": worst[:3],
    }


def memory_bars(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Draw the arena, the lower bound of any plan, and the sum of all activations that the arena replaces."""
    model = report["model"]
    rows = [
        ("All activations, kept side by side", sum(op["output_bytes"] for op in model["layers"]), "part-other"),
        ("Arena, if every activation were whole", model["arena_bytes_without_bands"], "part-other"),
        ("Arena, as planned", model["arena_bytes"], "part-model"),
        ("Rows that each thread keeps within bands", model["band_bytes"], "part-kotlin"),
        (
            "Lower bound: whole tensors that live at one operator or band",
            model["arena_lower_bound_bytes"],
            "part-native",
        ),
    ]
    full = max(count for _, count, _ in rows)
    return [
        {
            "label": label,
            "bytes": count,
            "svg": svg.stacked_bar(
                [svg.Segment(label=label, title=f"{label}: {size(count)}", value=count, style=style)],
                full=full,
                name=f"{label}: {size(count)}",
            ),
        }
        for label, count, style in rows
    ]


def activation_columns(report: Mapping[str, Any]) -> Markup:
    """Draw the output bytes of each operator."""
    layers = report["model"]["layers"]
    full = max((op["output_bytes"] for op in layers), default=1)
    segments = [
        svg.Segment(
            label=op["layer"],
            title=f"{op['index']}{NBSP}{op['layer']} ({op['kind']}): {size(op['output_bytes'])}",
            value=op["output_bytes"],
            style="column",
        )
        for op in layers
    ]
    return svg.columns(segments, full=full, height=90, grid=(), name="Output bytes by operator")


def _ranked_kinds(report: Mapping[str, Any]) -> dict[str, int]:
    """Rank kinds of operators by their weights, most first; ranks past the palette share its last colour."""
    totals: dict[str, int] = {}
    for op in report["model"]["layers"]:
        totals[op["kind"]] = totals.get(op["kind"], 0) + op["weight_bytes"]
    ordered = sorted(totals, key=lambda kind: (-totals[kind], kind))
    return {kind: min(rank, 4) for rank, kind in enumerate(ordered)}


def _scale(largest: float) -> tuple[float, Sequence[float]]:
    """Return a round top edge and three to six grid lines below it, the axis itself included."""
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100) if largest / s <= 6 or s == 100)
    full = max(step, math.ceil(largest / step) * step)
    return float(full), [float(step * i) for i in range(int(full // step) + 1)]
