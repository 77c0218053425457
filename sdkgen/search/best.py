"""Writes best.toml: the spec with the best configuration of a search, and next to it the modules that it names."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sdkgen.files import write_bytes, write_text
from sdkgen.search import toml
from sdkgen.search.configuration import applied
from sdkgen.search.figures import Result
from sdkgen.spec.files import ASSET
from sdkgen.spec.values import ImageInput, SdkSpec

MOST_MODULES = 500
"""With more Python files below the folder of the spec, only those directly in it are copied."""


def write_best(spec: SdkSpec, result: Result, folder: Path) -> Path:
    """Write `folder`/best.toml, which builds the same SDK from `folder` with the passes of `result`.

    Raises:
        PackageError: the folder cannot be written.
    """
    document = tomllib.loads(spec.origin.read_text(encoding="utf-8-sig"))
    document.pop("search")
    chosen = applied(spec, result.configuration)
    if result.configuration.arguments:
        document["model"].setdefault("arguments", {}).update(result.configuration.arguments)
    if result.configuration.size is not None:
        _resize(document, chosen)
    document["compress"] = [{"pass": entry.name, **entry.options} for entry in chosen.passes]
    # The targets are the last tables of a spec.
    document["targets"] = document.pop("targets")
    _move_paths(document, spec, folder)
    figures = result.figures
    tier = spec.search.tier if spec.search else "neondot"
    header = (
        f"# Trial {result.number} of the search in {os.path.relpath(spec.origin, folder)}: top-1 {figures.top1:.4f}, "
        f"{figures.download_bytes} bytes of\n# weights as a store compresses them, {figures.macs} MACs, "
        f"{figures.instructions[tier]} modelled instructions ({tier}).\n\n"
    )
    for module in _modules(spec.origin.parent, folder):
        write_bytes(folder / module.relative_to(spec.origin.parent), module.read_bytes())
    path = folder / "best.toml"
    write_text(path, header + toml.dump(document))
    return path


def _modules(source: Path, folder: Path) -> list[Path]:
    """Return the Python files that the factories may consist of; sdkgen looks for them in the spec's folder."""
    build = folder.resolve()
    found = [p for p in sorted(source.rglob("*.py")) if not p.resolve().is_relative_to(build)]
    return found if len(found) <= MOST_MODULES else sorted(source.glob("*.py"))


def _resize(document: dict[str, Any], chosen: SdkSpec) -> None:
    image = next(item for item in chosen.inputs if isinstance(item, ImageInput))
    document["input"]["size"] = [image.height, image.width]
    if image.resize_to:
        document["input"]["resize_to"] = image.resize_to
    assert chosen.training is not None
    document["training"]["arguments"] = dict(chosen.training.arguments)


def _move_paths(document: Mapping[str, Any], spec: SdkSpec, folder: Path) -> None:
    """Rewrite the paths of the spec, which are relative to its own folder."""
    source = spec.origin.parent
    for table, keys in ((document["model"], spec.model.paths), (document["task"], spec.task.paths)):
        for key in keys:
            if isinstance(table.get(key), str):
                table[key] = _moved(table[key], source, folder)
    for key in ("calibration", "evaluation"):
        document["data"][key] = [_moved(pattern, source, folder) for pattern in document["data"][key]]


def _moved(path: str, source: Path, folder: Path) -> str:
    if path.startswith(ASSET) or Path(path).is_absolute():
        return path
    return Path(os.path.relpath(source / path, folder.resolve())).as_posix()
