"""The export stage: lowers a quantised program to <sdk>.pte and export.json."""

from dataclasses import dataclass
from pathlib import Path

from torch.export import ExportedProgram

from sdkgen import files
from sdkgen.documents.export import BandRow, ExportDocument, InputRow, OperatorRow, OutputRow, write_export
from sdkgen.engines.neon.backend import Lowered, Request
from sdkgen.engines.neon.pte import Pte, build_pte
from sdkgen.errors import ExportError
from sdkgen.plan.graph import Graph
from sdkgen.spec.values import SdkSpec
from sdkgen.types import Artifact


@dataclass(frozen=True, kw_only=True)
class ExportResult:
    """Output of the stage: the .pte and the content of export.json."""

    pte: Artifact
    report: ExportDocument


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
    document = _document(spec, pte, artifact, fingerprint)
    write_export(directory / "export.json", document)
    return ExportResult(pte=artifact, report=document)


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


def _document(spec: SdkSpec, pte: Pte, artifact: Artifact, fingerprint: int) -> ExportDocument:
    graph, arena = pte.lowered.graph, pte.lowered.plan.arena
    return ExportDocument(
        pte=artifact,
        plan_bytes=len(pte.lowered.plan.data),
        arena_bytes=arena.bytes,
        arena_bytes_without_bands=pte.lowered.banded.whole_arena_bytes,
        arena_lower_bound_bytes=arena.lower_bound_bytes,
        arena_aligned_lower_bound_bytes=arena.aligned_lower_bound_bytes,
        band_bytes=pte.lowered.plan.band_bytes,
        bands=_band_rows(pte.lowered),
        fingerprint=f"{fingerprint:#018x}",
        ops=_operator_rows(pte.lowered),
        inputs=_input_rows(spec, graph),
        outputs=tuple(
            OutputRow(name=name, shape=graph.tensors[index].shape)
            for name, index in zip(spec.task.output_names, graph.outputs, strict=True)
        ),
        macs=graph.macs,
        weight_bytes=graph.weight_bytes,
    )


def _operator_rows(lowered: Lowered) -> tuple[OperatorRow, ...]:
    """Return one row per operator of the plan, in execution order."""
    results = [lowered.graph.tensors[operator.output] for operator in lowered.graph.operators]
    return tuple(
        OperatorRow(
            index=index,
            kind=operator.kind.name,
            layer=operator.layer,
            macs=operator.macs,
            weight_bytes=len(operator.weights),
            output_shape=result.shape,
            output_bytes=result.bytes,
            in_place=index in lowered.plan.arena.in_place,
        )
        for index, (operator, result) in enumerate(zip(lowered.graph.operators, results, strict=True))
    )


def _band_rows(lowered: Lowered) -> tuple[BandRow, ...]:
    """Return one row per band: its operators, its gain and its cost (estimates of band_choice.py)."""
    return tuple(
        BandRow(
            first=choice.band.first,
            last=choice.band.last,
            rows=choice.band.rows,
            memory_bytes=choice.memory_bytes,
            saved_traffic_bytes=choice.saved_bytes,
            added_instructions=choice.added_instructions,
        )
        for choice in lowered.banded.choices
    )


def _input_rows(spec: SdkSpec, graph: Graph) -> tuple[InputRow, ...]:
    """Return one row per input; scale and zero point are those of the int8 tensor that it is first quantised to."""
    rows = []
    for item, index in zip(spec.inputs, graph.inputs, strict=True):
        quantise = next(o for o in graph.operators if o.input0 == index and graph.quantises_input(o))
        quantisation = graph.tensors[quantise.output].quantisation
        assert quantisation is not None
        rows.append(
            InputRow(
                name=item.name,
                shape=tuple(item.shape),
                scale=quantisation.scale,
                zero_point=quantisation.zero_point,
            )
        )
    return tuple(rows)
