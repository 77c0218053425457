"""Core ML as an engine of the SDKs for Apple's systems."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sdkgen.coreml.features import package_name
from sdkgen.files import read_json
from sdkgen.layout import Layout
from sdkgen.registry import register
from sdkgen.schema import Location, Reading
from sdkgen.targets.engine import Engine

_FACTS = ("package", "precision", "minimum_deployment_target", "package_bytes", "weight_bytes", "ops")
_OLDEST_FOR_INT8 = {"min_ios": "17.0", "min_macos": "14.0"}
"""int8 activations are operators of Core ML 7 (coremltools guide, "Quantization Overview", availability)."""


def coreml_package_folder(files: Layout) -> Path:
    """Return the folder of the Core ML package that the step `coreml` writes."""
    return files.target("ios") / "coreml"


def coreml_report(files: Layout) -> Path:
    """Return the path of coreml.json, which the step `coreml` writes."""
    return files.target("ios") / "coreml.json"


@register("engine", "coreml")
class CoreMl(Engine):
    """Apple's runtime with an .mlpackage: float16, or int8 weights, or int8 weights and activations."""

    name = "coreml"
    title = "Core ML"
    targets = ("ios",)
    preference = 10
    ships_alone = True
    keys = ("coreml",)
    has_facts = True
    part = "coreml"

    def bundle(self, name: str) -> tuple[str, ...]:
        return (package_name(name),)

    def check(self, table: Any, location: Location, reading: Reading) -> None:
        if table.coreml != "int8":
            return
        for key, needed in _OLDEST_FOR_INT8.items():
            found = getattr(table, key)
            if int(found.split(".")[0]) < int(needed.split(".")[0]):
                message = (
                    f'coreml = "int8" quantises activations, which needs {key} = "{needed}" or later, not "{found}"; '
                    f'raise it, or use coreml = "int8_weights"'
                )
                # A default has no line in the file: the mistake is shown at "int8".
                reading.wrong((*location, key if key in table.model_fields_set else "coreml"), message)

    def packed(self, files: Layout) -> Sequence[Path]:
        return [coreml_report(files), coreml_package_folder(files)]

    def resources(self, files: Layout) -> Mapping[str, Path]:
        folder = coreml_package_folder(files)
        return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}

    def reported(self, files: Layout) -> Sequence[Path]:
        return [coreml_report(files)]

    def facts(self, files: Layout) -> Mapping[str, Any]:
        report = read_json(coreml_report(files))
        return {key: report[key] for key in _FACTS}

    def limitations(self) -> Sequence[str]:
        return (
            "Core ML itself: graph, weights and rounding of the Core ML package were evaluated from the saved file; "
            "how a device's CPU, GPU or Neural Engine computes them was not. A device keeps a compiled copy of the "
            "package in its caches, which no size above counts.",
        )
