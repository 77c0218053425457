"""Loads an sdk.toml into the frozen SdkSpec; every mistake of the file is reported at once, each with its line."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sdkgen.errors import SpecError
from sdkgen.registry import discover
from sdkgen.schema import Location
from sdkgen.spec.check import Mistake, check
from sdkgen.spec.convert import Converter
from sdkgen.spec.files import portable
from sdkgen.spec.source import Source, read, shown
from sdkgen.spec.values import SdkSpec
from sdkgen.types import JsonValue

Section = str
"""A name of SECTIONS, or of a platform."""


_PACKAGES = ("sdkgen.models.sources", "sdkgen.targets")
"""Passed to `discover` as variables, not literals: a step depends on the spec's text, and on plug-ins it imports."""


def load(path: Path) -> SdkSpec:
    """Read, check and freeze an sdk.toml.

    Relative paths and patterns in it count from its own folder. torch is not imported and no weight is read.

    Raises:
        SpecError: the file cannot be read or has mistakes; the message has a line for each of them.
    """
    discover("sdkgen.tasks")
    for package in _PACKAGES:
        discover(package)
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
    """Compute 64 bits that identify model, native library and generated API as parts of one SDK.

    The first eight bytes, little-endian, of the SHA-256 of canonical JSON over what shapes the API and the network:
    name, version, identity of the model source (such as the content of weights), input, task, training, passes. Never
    0. The targets are no part of it: one model serves them all, and its file does not change when a platform is added.
    """
    shape = {
        "name": spec.name,
        "version": spec.version,
        **spec.model.identity(),
        "network": section_json(spec, "input", "task", *(("training",) if spec.training else ()), "compress"),
    }
    digest = hashlib.sha256(canonical_json(shape).encode()).digest()
    return int.from_bytes(digest[:8], "little") or 1


def section_json(spec: SdkSpec, *sections: Section) -> str:
    """Return canonical JSON of the named sections: equal text means equal inputs of a stage that reads them.

    Paths are relative to the spec's folder or asset names, so that two checkouts give equal text. The content of files
    is not included, except that of the label file.
    """
    return canonical_json({section: section_value(spec, section) for section in sections})


def section_value(spec: SdkSpec, section: Section) -> JsonValue:
    """Return the JSON value of one section, see `section_json`."""
    if section in SECTIONS:
        return SECTIONS[section](spec)
    target = spec.targets.get(section)
    return target and asdict(target)


def _sdk(spec: SdkSpec) -> JsonValue:
    return {
        "name": spec.name,
        "version": spec.version,
        "description": spec.description,
        "vendor": spec.vendor,
        "license": spec.license,
    }


def _data(spec: SdkSpec) -> JsonValue:
    folder = spec.origin.parent
    return {
        **asdict(spec.data),
        "calibration": [portable(path, folder) for path in spec.data.calibration],
        "evaluation": [portable(path, folder) for path in spec.data.evaluation],
    }


SECTIONS: Mapping[Section, Callable[[SdkSpec], JsonValue]] = {
    "sdk": _sdk,
    "model": lambda spec: spec.model.section(spec.origin.parent),
    "input": lambda spec: [asdict(tensor) for tensor in spec.inputs],
    "task": lambda spec: spec.task.section(),
    "data": _data,
    "training": lambda spec: spec.training and asdict(spec.training),
    "compress": lambda spec: [{"name": entry.name, "options": dict(entry.options)} for entry in spec.passes],
    "budgets": lambda spec: asdict(spec.budgets),
    "targets": lambda spec: {name: asdict(target) for name, target in sorted(spec.targets.items())},
}
"""JSON values of each section of a spec; a platform's section holds the table of that name."""


def canonical_json(value: Any) -> str:
    """Return JSON with sorted keys and no white space; equal values give equal text."""
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
