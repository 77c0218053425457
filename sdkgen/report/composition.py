"""Breaks a download down: per ABI by part, the model by layer, the native code by object."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PARTS = ("model", "coreml", "native", "kotlin", "other")


@dataclass(frozen=True, kw_only=True)
class LayerSize:
    """All operators of one layer of the user's model.

    Attributes:
        download_bytes: the layer's share of the model file's download, in proportion to its weights.
    """

    layer: str
    kind: str
    weight_bytes: int
    macs: int
    download_bytes: int


def by_part(sizes: Mapping[str, Any], abi: str) -> dict[str, int]:
    """Return the download bytes of one ABI by part, in the order of PARTS; parts of other ABIs are left out."""
    totals = dict.fromkeys(PARTS, 0)
    for entry in sizes["breakdown"]:
        owner = owner_abi(str(entry["name"]), sizes["abis"])
        if entry["platform"] == sizes["abis"][abi]["platform"] and owner in (None, abi):
            part = entry["part"] if entry["part"] in totals else "other"
            totals[part] += int(entry["download_bytes"])
    # The archive's headers and the rounding belong to no file.
    totals["other"] += max(0, int(sizes["abis"][abi]["download_bytes"]) - sum(totals.values()))
    return totals


def owner_abi(name: str, abis: Mapping[str, Any]) -> str | None:
    """Return the ABI in the path `name`, or None for a file that every device of its platform downloads."""
    components = name.replace(":", "/").split("/")
    return next((abi for abi in sorted(abis) if abi in components), None)


def worst_abi(sizes: Mapping[str, Any], platform: str | None = None) -> str:
    """Return the ABI with the largest download, of one platform or of all."""
    names: list[str] = [abi for abi in sorted(sizes["abis"]) if platform in (None, sizes["abis"][abi]["platform"])]
    return max(names, key=lambda abi: int(sizes["abis"][abi]["download_bytes"]))


def compression_ratio(report: Mapping[str, Any]) -> float:
    """Return download bytes per byte of the model file, at most 1; 1 where no package names a model."""
    model = [entry for entry in report["sizes"]["breakdown"] if entry["part"] == "model"]
    stored = sum(entry["bytes"] for entry in model)
    return min(1.0, sum(entry["download_bytes"] for entry in model) / stored) if stored else 1.0


def bytes_per_weight(report: Mapping[str, Any], abi: str) -> float:
    """Return download bytes per byte of weights in the plan, summed over the models of all engines."""
    parts = by_part(report["sizes"], abi)
    if not parts["coreml"]:
        return compression_ratio(report)
    return (parts["model"] + parts["coreml"]) / max(1, int(report["model"]["weight_bytes"]))


def by_layer(report: Mapping[str, Any]) -> list[LayerSize]:
    """Return the layers that hold weights, largest first."""
    ratio = compression_ratio(report)
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for op in report["model"]["layers"]:
        groups.setdefault(op["layer"], []).append(op)
    sizes = [
        LayerSize(
            layer=layer,
            kind=max(ops, key=lambda op: op["weight_bytes"])["kind"],
            weight_bytes=(weights := sum(op["weight_bytes"] for op in ops)),
            macs=sum(op["macs"] for op in ops),
            download_bytes=round(weights * ratio),
        )
        for layer, ops in groups.items()
    ]
    return sorted((s for s in sizes if s.weight_bytes), key=lambda s: (-s.weight_bytes, s.layer))


def native_objects(sizes: Mapping[str, Any], abi: str) -> list[tuple[str, int]]:
    """Return (object, bytes in the library), largest first; empty where the package stage did not measure it."""
    objects: Sequence[Mapping[str, Any]] = sizes["native"].get(abi, {}).get("objects", ())
    return sorted(((str(o["name"]), int(o["bytes"])) for o in objects), key=lambda item: (-item[1], item[0]))
