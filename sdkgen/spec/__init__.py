"""Loads an sdk.toml into the frozen SdkSpec; every mistake of the file is reported at once, each with its line."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from sdkgen.errors import SpecError
from sdkgen.files import sha256_file
from sdkgen.spec.check import Mistake, check
from sdkgen.spec.convert import Converter
from sdkgen.spec.files import portable
from sdkgen.spec.source import Location, Source, read, shown
from sdkgen.spec.values import SdkSpec

Section = Literal["sdk", "model", "input", "task", "data", "training", "compress", "budgets", "android", "ios"]


def load(path: Path) -> SdkSpec:
    """Read, check and freeze an sdk.toml.

    Relative paths and patterns in it count from its own folder. torch is not imported and no weight is read.

    Raises:
        SpecError: the file cannot be read or has mistakes; the message has a line for each of them.
    """
    source = read(path)
    found, mistakes = check(source.document)
    converter = Converter(source, found)
    spec = converter.spec()
    mistakes = sorted([*mistakes, *converter.mistakes], key=lambda mistake: source.line(mistake[0]))
    if mistakes:
        raise _error(source, mistakes)
    assert spec is not None, "a table that was not converted has reported a mistake"
    return spec


def fingerprint(spec: SdkSpec) -> int:
    """64 bits that tie model, native library and generated API together.

    The first eight bytes, little-endian, of the SHA-256 of canonical JSON over what shapes the API and the network:
    name, version, factory and its arguments, content of the weights, input, task, training, passes. Never 0. The
    targets are no part of it: one model serves them all, and its file does not change when a platform is added.
    """
    weights = spec.model.weights_sha256
    if weights is None and spec.model.weights is not None:
        weights = sha256_file(spec.model.weights)
    shape = {
        "name": spec.name,
        "version": spec.version,
        "factory": spec.model.factory,
        "arguments": dict(spec.model.arguments),
        "weights_sha256": weights,
        "network": section_json(spec, "input", "task", *(("training",) if spec.training else ()), "compress"),
    }
    digest = hashlib.sha256(canonical_json(shape).encode()).digest()
    return int.from_bytes(digest[:8], "little") or 1


def section_json(spec: SdkSpec, *sections: Section) -> str:
    """Canonical JSON of the named sections: equal text means that nothing a stage reads from them has changed.

    Paths are relative to the spec's folder or asset names, so that two checkouts agree. The content of files is not
    part of it, except that of the label file.
    """
    return canonical_json({section: section_value(spec, section) for section in sections})


def section_value(spec: SdkSpec, section: Section) -> Any:
    """The JSON value of one section; see `section_json`."""
    folder = spec.origin.parent
    match section:
        case "sdk":
            return {
                "name": spec.name,
                "version": spec.version,
                "description": spec.description,
                "vendor": spec.vendor,
                "license": spec.license,
            }
        case "model":
            return {
                "factory": spec.model.factory,
                "arguments": dict(spec.model.arguments),
                "weights": None if spec.model.weights is None else portable(spec.model.weights, folder),
                "weights_sha256": spec.model.weights_sha256,
            }
        case "input":
            return [asdict(tensor) for tensor in spec.inputs]
        case "task":
            return asdict(spec.task)
        case "data":
            return {
                **asdict(spec.data),
                "calibration": [portable(path, folder) for path in spec.data.calibration],
                "evaluation": [portable(path, folder) for path in spec.data.evaluation],
            }
        case "training":
            return None if spec.training is None else asdict(spec.training)
        case "compress":
            return [{"name": entry.name, "options": dict(entry.options)} for entry in spec.passes]
        case "budgets":
            return asdict(spec.budgets)
        case "android":
            return spec.android and asdict(spec.android)
        case "ios":
            return spec.ios and asdict(spec.ios)


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no white space; equal values give equal text."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _error(source: Source, mistakes: Sequence[Mistake]) -> SpecError:
    lines = [f"{source.place(location)}: {_where(location)}{message}" for location, message in mistakes]
    if len(lines) == 1:
        return SpecError(lines[0])
    return SpecError(f"{shown(source.path)} has {len(lines)} mistakes:\n" + "\n".join(f"  {line}" for line in lines))


def _where(location: Location) -> str:
    """[input] size[0]: / [[compress]] 2, weight_range: / [targets.android] package:"""
    if not location:
        return ""
    if location[0] == "compress":
        names = [f"[[compress]]{f' {int(location[1]) + 1},' if len(location) > 1 else ''}"]
        rest = location[2:]
    else:
        depth = 2 if location[0] == "targets" and len(location) > 1 else 1
        names = [f"[{'.'.join(map(str, location[:depth]))}]"]
        rest = location[depth:]
    key = ""
    for step in rest:
        key += f"[{step}]" if isinstance(step, int) else f".{step}" if key else step
    return " ".join([*names, key]).rstrip(" ,") + ": "
