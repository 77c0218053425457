"""Measures what the SDK adds to an iOS app, by the App Store's rules: thinned for one device, installed and downloaded.

The store encrypts executables before it compresses them, so code is counted as it is; resources are counted as zip
compresses them. The Swift code of the package is not counted: Xcode compiles it, for a system whose SDK is not here.
"""

from collections.abc import Mapping, Sequence

from sdkgen.documents.export import OperatorRow
from sdkgen.package.archive import deflated_bytes
from sdkgen.package.breakdown import apportioned, split
from sdkgen.package.mach_o import StaticLibrary
from sdkgen.package.model_layers import layer_bytes
from sdkgen.targets.ios import DEVICE
from sdkgen.types import JsonValue

_LINKED = ("__TEXT", "__DATA", "__DATA_CONST")  # __LD is read by the linker, __DWARF stays behind
_WEIGHTS = "weights/"


def measure(
    *,
    name: str,
    slices: Mapping[str, Mapping[str, StaticLibrary]],
    bundles: Sequence[tuple[str, Mapping[str, bytes]]],
    operators: Sequence[OperatorRow],
    other: Mapping[str, bytes],
    xcframework: Mapping[str, JsonValue] | None,
) -> dict[str, JsonValue]:
    """Return the content of ios/sizes.json.

    Args:
        name: of the SDK, snake_case.
        slices: facts about the native library by slice and architecture; empty without native code.
        bundles: of each engine the part of the breakdown, and its files by path; in the order of the rows.
        operators: `ops` of export.json, by which a .pte is broken down.
        other: further resources of the Swift package by path, such as labels.
        xcframework: {path, bytes, zip_bytes, checksum}, or None.

    Returns:
        `abis` {"ios-arm64": {download_bytes, installed_bytes}}; `breakdown` [{part, name, bytes, download_bytes}], all
        for that device; `native` {"ios-arm64": {text_bytes, data_bytes, objects, …}}; `slices` {slice: {architecture:
        {platform, min_os, text_bytes, symbols}}}; `xcframework`.
    """
    device = DEVICE.name
    breakdown: list[dict[str, JsonValue]] = []
    for part, bundle in bundles:
        for path, data in sorted(bundle.items()):
            if path.endswith(".pte"):
                layers = layer_bytes(data, operators)
                breakdown += split(part, f"{device}/{path}", data, layers, "structure and labels")
                continue
            kind = "weights" if _WEIGHTS in path else "program"
            row = {"part": part, "name": f"{device}/{path}:{kind}", "bytes": len(data)}
            breakdown.append(row | {"download_bytes": deflated_bytes(data)})
    for path, data in sorted(other.items()):
        row = {"part": "other", "name": f"{device}/{path}", "bytes": len(data)}
        breakdown.append(row | {"download_bytes": deflated_bytes(data)})
    native: dict[str, JsonValue] = {}
    if slices:
        library = slices[device]["arm64"]
        linked = {section: size for section, size in library.sections.items() if section.startswith(_LINKED)}
        breakdown += apportioned("native", f"{device}/lib{name}.a", sum(linked.values()), linked, linked)
        native[device] = _facts(library) | {
            "data_bytes": sum(linked.values()) - library.segment_bytes("__TEXT"),
            "undefined": list(library.undefined),
            "objects": [{"name": section, "bytes": size} for section, size in linked.items()],
        }
    return {
        "abis": {
            device: {
                "download_bytes": sum(row["download_bytes"] for row in breakdown),
                "installed_bytes": sum(row["bytes"] for row in breakdown),
            }
        },
        "breakdown": breakdown,
        "native": native,
        "slices": {part: {arch: _facts(lib) for arch, lib in libraries.items()} for part, libraries in slices.items()},
        "xcframework": xcframework,
    }


def _facts(library: StaticLibrary) -> dict[str, JsonValue]:
    return {
        "platform": library.platform,
        "min_os": library.min_os,
        "text_bytes": library.segment_bytes("__TEXT"),
        "symbols_count": len(library.defined),
    }
