"""The Core ML export: converts the compress stage's programs to <Sdk>.mlpackage and coreml.json."""

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch.fx import GraphModule

from sdkgen import files
from sdkgen.coreml.features import features, package_name
from sdkgen.coreml.program import Program, read_package
from sdkgen.engines.coreml.compressed_weights import shaped
from sdkgen.engines.coreml.convert import Converted, convert, deployment_target
from sdkgen.engines.coreml.describe import describe
from sdkgen.engines.coreml.graph import NamedNode, prepare
from sdkgen.engines.coreml.package import write_package
from sdkgen.engines.coreml.weights import (
    drop_activation_quantisation,
    narrow_zero_points,
    quantised_weights,
    restore_float_weights,
)
from sdkgen.errors import ExportError
from sdkgen.fx.programs import load_program
from sdkgen.spec.values import SdkSpec
from sdkgen.targets.ios import ios_target
from sdkgen.types import Artifact, JsonValue


def export_coreml(
    spec: SdkSpec, float_pt2: Path, quantized_pt2: Path, directory: Path, fingerprint: int
) -> dict[str, JsonValue]:
    """Write `directory`/coreml/<Sdk>.mlpackage and `directory`/coreml.json, whose content is returned.

    By `coreml` of [targets.ios]: "float16" converts the float program. "int8_weights" converts the quantised program
    without its quantised activations: int8 weights with our scales and corrected biases, float16 arithmetic. "int8"
    converts the quantised program unchanged. Where a pass has clustered or pruned weights, the first two store palettes
    and zeros exactly, in layers where that is smaller; "int8_weights" takes those layers from the float program.

    Resizing and cropping are done in the app (by the Swift API): the program takes exactly height x width pixels.

    Args:
        float_pt2, quantized_pt2: as the compress stage saved them.
        fingerprint: of the spec; the generated wrapper holds the same number.

    Raises:
        ExportError: a program is missing, contradicts the spec or holds what Core ML cannot express.
        SpecError: the oldest system of the spec is too old.
        PackageError: the folder cannot be written.
    """
    deployment_target(ios_target(spec))
    named = features(spec)
    source, float_layers = _source(spec, float_pt2, quantized_pt2)
    prepared = prepare(spec, source, named)
    converted = convert(spec, prepared, named)
    describe(converted.model, spec, named, fingerprint)
    package = directory / "coreml" / package_name(spec.name)
    with files.atomic_directory(package.parent) as folder:
        write_package(folder / package.name, converted.model, converted.weights)
    report = _report(package, converted, prepared.names) | {
        "precision": ios_target(spec).coreml,
        "float_layers": list(float_layers),
    }
    files.write_json(directory / "coreml.json", report)
    return report


def _source(spec: SdkSpec, float_pt2: Path, quantized_pt2: Path) -> tuple[GraphModule, tuple[str, ...]]:
    """Return the program to convert, and the names of its nodes whose weights come from the float program."""
    precision = ios_target(spec).coreml
    if precision == "float16":
        return _module(float_pt2), ()
    program = _module(quantized_pt2)
    if not quantised_weights(program):
        raise ExportError(
            f'[targets.ios]: coreml = "{precision}" needs int8 weights, and no pass of the spec makes any',
            remedy='Add the pass int8_ptq, or choose coreml = "float16".',
        )
    narrow_zero_points(program)
    if precision == "int8":
        return program, ()
    drop_activation_quantisation(program)
    what = shaped(spec)
    if what is None:
        return program, ()
    restored = restore_float_weights(
        program, _module(float_pt2), lambda weight: what.form(weight.detach().numpy()) is not None
    )
    return program, restored


def _module(path: Path) -> GraphModule:
    module = load_program(path).module(check_guards=False)
    assert isinstance(module, GraphModule)
    return module


def _report(package: Path, converted: Converted, names: tuple[NamedNode, ...]) -> dict[str, JsonValue]:
    """Build the content of coreml.json from the package read back from disk."""
    program = read_package(package)
    artifacts = [
        files.artifact(package, path.relative_to(package).as_posix())
        for path in sorted(package.rglob("*"))
        if path.is_file()
    ]
    kinds = Counter(operation.kind for operation in program.operations if operation.kind != "const")
    return {
        "package": package.name,
        "package_bytes": sum(artifact.bytes for artifact in artifacts),
        "weight_bytes": len(converted.weights),
        "ops": dict(sorted(kinds.items())),
        "inputs": [_row(feature) for feature in program.features_in],
        "outputs": [_row(feature) for feature in program.features_out],
        "minimum_deployment_target": converted.deployment_target,
        "specification_version": program.specification_version,
        "files": [_file(artifact) for artifact in artifacts],
        "layers": _layers(program, names),
    }


def _row(feature: Any) -> dict[str, JsonValue]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(feature).items() if value}


def _file(artifact: Artifact) -> dict[str, JsonValue]:
    return {"path": artifact.path, "sha256": artifact.sha256, "bytes": artifact.bytes}


def _layers(program: Program, names: tuple[NamedNode, ...]) -> list[dict[str, JsonValue]]:
    """Match the values of the finished program with our nodes, ignoring suffixes that coremltools appended."""
    values = {name for operation in program.operations for name in operation.outputs} | set(program.inputs)
    rows: list[dict[str, JsonValue]] = []
    for named in names:
        candidates = (f"{named.value}_cast_fp16", f"{named.value}_to_fp16", named.value)
        value = next((name for name in candidates if name in values), None)
        if value is not None and named.node and named.operator.partition(".")[0] in ("", "aten"):
            rows.append({"layer": named.layer, "node": named.node, "operator": named.operator, "value": value})
    return rows
