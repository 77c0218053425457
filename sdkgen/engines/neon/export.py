"""The export stage: lowers a quantised program to <sdk>.pte and export.json."""

from dataclasses import dataclass
from pathlib import Path

from torch.export import ExportedProgram

from sdkgen import files
from sdkgen.engines.neon.backend import Lowered, Request
from sdkgen.engines.neon.pte import Pte, build_pte
from sdkgen.errors import ExportError
from sdkgen.plan.graph import Graph
from sdkgen.spec.values import SdkSpec
from sdkgen.types import Artifact, JsonValue


@dataclass(frozen=True, kw_only=True)
class ExportResult:
    """Output of the stage: the .pte and the content of export.json."""

    pte: Artifact
    report: dict[str, JsonValue]


def export(spec: SdkSpec, program: ExportedProgram, directory: Path, fingerprint: int) -> ExportResult:
    """Write `directory`/<sdk>.pte and `directory`/export.json.

    Args:
        program: float32 in and out, int8 inside by quantized_decomposed operators, N = 1.
        fingerprint: of the spec; the generated wrapper holds the same number.

    Raises:
        ExportError: the program cannot be lowered, or contradicts the spec.
    """
    request = Request(fingerprint=fingerprint, labels=spec.task.class_names, image=spec.image)
    pte = build_pte(program, request)
    _check_interface(spec, pte.lowered.graph)
    directory.mkdir(parents=True, exist_ok=True)
    files.write_bytes(directory / f"{spec.name}.pte", pte.data)
    artifact = files.artifact(directory, f"{spec.name}.pte")
    report = _report(spec, pte, artifact, fingerprint)
    files.write_json(directory / "export.json", report)
    return ExportResult(pte=artifact, report=report)


def _check_interface(spec: SdkSpec, graph: Graph) -> None:
    """Compare inputs and task of the spec with those of the network."""
    shapes = [graph.tensors[index].shape for index in graph.inputs]
    if shapes != [tuple(item.shape) for item in spec.inputs]:
        raise ExportError(
            f"the network's inputs are {shapes}, the spec's {[tuple(item.shape) for item in spec.inputs]}",
            remedy="Make [[input]] of the spec agree with the model's forward().",
        )
    problem = spec.task.interface_problem([graph.tensors[index].shape for index in graph.outputs])
    if problem is not None:
        raise ExportError(problem.message, remedy=problem.remedy)


def _report(spec: SdkSpec, pte: Pte, artifact: Artifact, fingerprint: int) -> dict[str, JsonValue]:
    graph, arena = pte.lowered.graph, pte.lowered.plan.arena
    return {
        "pte": {"path": artifact.path, "sha256": artifact.sha256, "bytes": artifact.bytes},
        "plan_bytes": len(pte.lowered.plan.data),
        "arena_bytes": arena.bytes,
        "arena_bytes_without_bands": pte.lowered.banded.whole_arena_bytes,
        "arena_lower_bound_bytes": arena.lower_bound_bytes,
        "arena_aligned_lower_bound_bytes": arena.aligned_lower_bound_bytes,
        "band_bytes": pte.lowered.plan.band_bytes,
        "bands": _band_rows(pte.lowered),
        "fingerprint": f"{fingerprint:#018x}",
        "ops": _operator_rows(pte.lowered),
        "inputs": _input_rows(spec, graph),
        "outputs": [
            {"name": name, "shape": list(graph.tensors[index].shape)}
            for name, index in zip(spec.task.output_names, graph.outputs, strict=True)
        ],
        "macs": graph.macs,
        "weight_bytes": graph.weight_bytes,
    }


def _operator_rows(lowered: Lowered) -> list[dict[str, JsonValue]]:
    """Return one row per operator of the plan, in execution order."""
    rows: list[dict[str, JsonValue]] = []
    for index, operator in enumerate(lowered.graph.operators):
        output = lowered.graph.tensors[operator.output]
        rows.append(
            {
                "index": index,
                "kind": operator.kind.name,
                "layer": operator.layer,
                "macs": operator.macs,
                "weight_bytes": len(operator.weights),
                "output_shape": list(output.shape),
                "output_bytes": output.bytes,
                "in_place": index in lowered.plan.arena.in_place,
            }
        )
    return rows


def _band_rows(lowered: Lowered) -> list[dict[str, JsonValue]]:
    """Return one row per band: its operators, savings and costs (estimates of band_choice.py)."""
    return [
        {
            "first": choice.band.first,
            "last": choice.band.last,
            "rows": choice.band.rows,
            "memory_bytes": choice.memory_bytes,
            "saved_traffic_bytes": choice.saved_bytes,
            "added_instructions": choice.added_instructions,
        }
        for choice in lowered.banded.choices
    ]


def _input_rows(spec: SdkSpec, graph: Graph) -> list[dict[str, JsonValue]]:
    """Return one row per input; scale and zero point are those of the int8 tensor that it is first quantised to."""
    rows: list[dict[str, JsonValue]] = []
    for item, index in zip(spec.inputs, graph.inputs, strict=True):
        quantise = next(o for o in graph.operators if o.input0 == index and graph.quantises_input(o))
        quantisation = graph.tensors[quantise.output].quantisation
        assert quantisation is not None
        rows.append(
            {
                "name": item.name,
                "shape": list(item.shape),
                "scale": quantisation.scale,
                "zero_point": quantisation.zero_point,
            }
        )
    return rows
