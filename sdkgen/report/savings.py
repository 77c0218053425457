"""Estimates which changes bring a download under its budget, each with the bytes that it saves on this network."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sdkgen.report.composition import by_part, bytes_per_weight
from sdkgen.targets.engine import engine_names, selected

_LEAST_WIDTH = 0.35
"""Least width multiplier to suggest: below the published MobileNetV2 multipliers, another network is better advice."""
_PRUNED = 0.5
"""Fraction of zero weights for the estimate of magnitude pruning; commonly reached with little loss."""


@dataclass(frozen=True, kw_only=True)
class Saving:
    """One change and the download bytes that it saves, estimated."""

    action: str
    saves_bytes: int


def savings(report: Mapping[str, Any], over_bytes: int, abi: str) -> list[Saving]:
    """Return at most three changes: first those without accuracy loss, then those that suffice alone, then by saving.

    Args:
        report: the document of report.json.
        over_bytes: download bytes of `abi` above the limit; > 0.
    """
    ratio = bytes_per_weight(report, abi)
    changes = [*_width(report, over_bytes, ratio), *_classes(report, over_bytes, ratio), *_pruning(report, abi)]
    changes.sort(key=lambda saving: (saving.saves_bytes < over_bytes, -saving.saves_bytes))
    return [saving for saving in (*_abi(report, abi), *_engines(report, abi), *changes) if saving.saves_bytes > 0][:3]


def _abi(report: Mapping[str, Any], worst: str) -> list[Saving]:
    """Suggest to drop an ABI: a device downloads only its own, so this saves bytes only where another is smaller."""
    abis = report["sizes"]["abis"]
    platform, download = abis[worst]["platform"], abis[worst]["download_bytes"]
    others = [e["download_bytes"] for abi, e in abis.items() if abi != worst and e["platform"] == platform]
    # An SDK without arm64 runs on no current phone.
    if worst == "arm64-v8a" or not others:
        return []
    return [Saving(action=f"leave out the ABI {worst}", saves_bytes=download - max(others))]


def _engines(report: Mapping[str, Any], abi: str) -> list[Saving]:
    """Suggest to drop an engine: each engine of iOS brings its own model."""
    parts = by_part(report["sizes"], abi)
    if not (parts["model"] and parts["coreml"]):
        return []
    engines = {engine.name: parts[engine.part] for engine in selected(engine_names("ios")) if engine.part in parts}
    engine, saved = max(sorted(engines.items(), reverse=True), key=lambda item: item[1])
    return [Saving(action=f'leave out the engine "{engine}" in [targets.ios]', saves_bytes=saved)]


def _width(report: Mapping[str, Any], over_bytes: int, ratio: float) -> list[Saving]:
    """Suggest narrower layers: weights fall with the width's square, at either end and in depthwise layers linearly."""
    weighted = [op for op in report["model"]["layers"] if op["weight_bytes"]]
    if len(weighted) < 3:
        return []
    linear = sum(
        op["weight_bytes"]
        for index, op in enumerate(weighted)
        if index in (0, len(weighted) - 1) or op["kind"] == "dwconv"
    )
    square = sum(op["weight_bytes"] for op in weighted) - linear

    def saves(width: float) -> int:
        return int(ratio * (square * (1 - width * width) + linear * (1 - width)))

    width = next((w / 20 for w in range(19, 0, -1) if saves(w / 20) >= over_bytes), _LEAST_WIDTH)
    width = max(width, _LEAST_WIDTH)
    action = f"train the network with a width multiplier of {width:.2f}"
    return [Saving(action=action, saves_bytes=saves(width))]


def _classes(report: Mapping[str, Any], over_bytes: int, ratio: float) -> list[Saving]:
    classes = report["model"]["classes"]
    weighted = [op for op in report["model"]["layers"] if op["weight_bytes"]]
    if not classes or not weighted or classes < 4:
        return []
    per_class = ratio * weighted[-1]["weight_bytes"] / classes
    dropped = min(math.ceil(over_bytes / per_class), classes * 9 // 10)
    action = (
        f"keep {classes - dropped} of the {classes} classes in {weighted[-1]['layer']} "
        f"(about {per_class:,.0f} bytes a class)"
    )
    return [Saving(action=action, saves_bytes=int(dropped * per_class))]


def _pruning(report: Mapping[str, Any], abi: str) -> list[Saving]:
    """Suggest to prune half of the weights: a position costs 1 bit, a kept weight its size now (order-0 entropy)."""
    if by_part(report["sizes"], abi)["coreml"]:
        return []  # the estimate holds for zip compression, not for Core ML's storage of zeros
    bits = 8 * bytes_per_weight(report, abi)
    pruned_bits = 1 + (1 - _PRUNED) * bits
    saved = report["model"]["weight_bytes"] * (bits - pruned_bits) / 8
    action = (
        f"train with {_PRUNED:.0%} of the weights zero (magnitude pruning): a smaller download, the same speed; "
        "symmetric int8 keeps zeros"
    )
    return [Saving(action=action, saves_bytes=round(saved))]


def out_of_reach(report: Mapping[str, Any], limit_bytes: int, abi: str) -> str | None:
    """Return a sentence if the package exceeds the limit even without a model, else None."""
    parts = by_part(report["sizes"], abi)
    rest = sum(parts.values()) - parts["model"] - parts["coreml"]
    if rest <= limit_bytes:
        return None
    code = "native code, Kotlin" if parts["kotlin"] else "native code"
    return f"{code} and the rest of {abi} take {rest:,} bytes alone: no change of the model suffices"
