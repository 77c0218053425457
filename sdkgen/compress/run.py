"""The compression stage: applies the passes of the spec in order and saves the resulting programs."""

import copy
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import torch
from torch.export import ExportedProgram
from torch.nn.utils import parametrize

from sdkgen import registry
from sdkgen.compress.base import GraphPass, ModulePass
from sdkgen.compress.equivalence import VERIFIED_SAMPLES
from sdkgen.compress.inference import not_finite
from sdkgen.compress.macs import size_of
from sdkgen.compress.measure import BatchedProgram, measure
from sdkgen.compress.network import Network, Training
from sdkgen.compress.program import ExportedNetwork, Inputs, evenly, graph_of, run
from sdkgen.compress.threads import torch_threads
from sdkgen.compress.training.evaluate import predictions
from sdkgen.documents.compress import (
    CompressDocument,
    FloatSize,
    PredictionsDocument,
    QuantisationRow,
    SensitivityRow,
    WeightRow,
    write_compress,
    write_predictions,
)
from sdkgen.errors import CompressionError, DataError
from sdkgen.files import write_bytes
from sdkgen.spec.check import configured
from sdkgen.spec.passes import PassTable, quantisers, quoted
from sdkgen.spec.values import SdkSpec
from sdkgen.types import PassReport


@dataclass(frozen=True, kw_only=True)
class CompressedModel:
    """The network before and after quantisation.

    Attributes:
        float_program: float32, just before quantisation (BatchNorm folded).
        quantised_program: the PT2E-converted program, with quantize/dequantize pairs of quantized_decomposed.
        reports: one per pass, in the order they ran.
        quantisation: one row per quantised activation tensor.
        weights: one row per quantised weight.
        sensitivity: one row per operator, the most damaging first; empty unless requested.
        predictions: (samples,) int64, the class of every labelled evaluation sample; None without [training].
        trained_in_int8: whether the predictions are those of a network trained in int8, before it was converted; else
            they are those of `quantised_program` under PyTorch.
    """

    float_program: ExportedProgram
    quantised_program: ExportedProgram
    reports: tuple[PassReport, ...]
    quantisation: tuple[QuantisationRow, ...]
    weights: tuple[WeightRow, ...]
    sensitivity: tuple[SensitivityRow, ...]
    predictions: torch.Tensor | None = None
    trained_in_int8: bool = False


def compress(
    spec: SdkSpec,
    module: torch.nn.Module,
    example_inputs: Inputs,
    calibration: Sequence[Inputs],
    training: Training | None = None,
    *,
    exported: ExportedProgram | None = None,
    figures: Literal["every pass", "end"] = "every pass",
) -> CompressedModel:
    """Apply the passes of the spec in order; the same arguments give the same programs.

    Args:
        module: float32 network; it is not changed.
        example_inputs: one float32 tensor per input, batch size 1 (NCHW for images).
        calibration: samples like `example_inputs`; every one is used.
        training: for the passes that train, and for the accuracy before and after each pass; None without [training].
        exported: result of torch.export for `module`, where it was exported before; None exports it.
        figures: where the network is measured; with "end" only after the last pass and without predictions: enough for
            a search, in less than half the time.

    Raises:
        DataError: no calibration samples, wrong shapes, or values that are not finite.
        ModelError: the module cannot be exported.
        CompressionError: a pass does not apply or broke its guarantee, or no pass quantises.
        SpecError: an unknown pass or option.
    """
    registry.discover("sdkgen.compress.passes")
    passes = [configured(entry.name, entry.options) for entry in spec.passes]
    _check_calibration(example_inputs, calibration)
    reports: list[PassReport] = []
    if any(parametrize.is_parametrized(part) for part in module.modules()):
        module, exported = _without_parametrisations(module), None
    network = Network(
        module=module,
        example_inputs=example_inputs,
        calibration=tuple(calibration),
        training=training,
        exported=exported,
    )
    state: Network | ExportedNetwork = network
    with torch_threads(1):
        _check_outputs(network)
        before = measure(state, training) if figures == "every pass" else {}
        for index, entry in enumerate(passes, start=1):
            state, report = _apply(state, entry, earlier=passes[: index - 1])
            after = measure(state, training) if figures == "every pass" or index == len(passes) else {}
            reports.append(replace(report, before={**before, **report.before}, after={**after, **report.after}))
            before = after
    if isinstance(state, Network) or state.float_program is None:
        raise CompressionError(
            f"{spec.origin}: no pass quantises the network, and the runtime is int8",
            remedy=f"Add {quoted(quantisers(), 'or')} as the last of the compression passes.",
        )
    return CompressedModel(
        float_program=state.float_program,
        quantised_program=state.exported,
        reports=tuple(reports),
        quantisation=state.quantisation,
        weights=state.weights,
        sensitivity=state.sensitivity,
        predictions=_predictions(state, training) if figures == "every pass" else None,
        trained_in_int8=state.trained_predictions is not None,
    )


def _without_parametrisations(module: torch.nn.Module) -> torch.nn.Module:
    """Return a copy whose weights have the values that parametrisations computed: what passes change is deployed."""
    module = copy.deepcopy(module).eval()
    for part in module.modules():
        if not parametrize.is_parametrized(part):
            continue
        parametrised = part.parametrizations
        assert isinstance(parametrised, torch.nn.ModuleDict)
        values = {name: getattr(part, name).detach().clone() for name in parametrised}
        # Not by remove_parametrizations(): it takes the weight from the class, which the copy shares with the original.
        del part.parametrizations
        part.__class__ = part.__class__.__bases__[0]
        for name, value in values.items():
            part.register_parameter(name, torch.nn.Parameter(value, requires_grad=False))
    return module.requires_grad_(False)


def _predictions(program: ExportedNetwork, training: Training | None) -> torch.Tensor | None:
    if training is None:
        return None
    with torch_threads(1):
        if program.trained_predictions is not None:
            return program.trained_predictions()
        return predictions(BatchedProgram(program), training.data.evaluation)


def save(model: CompressedModel, directory: Path) -> None:
    """Write float.pt2, quantized.pt2, compress.json and, of a model with predictions, predictions.json.

    The same model gives the same bytes.

    Raises:
        PackageError: the folder cannot be written.
    """
    write_bytes(directory / "float.pt2", program_bytes(model.float_program))
    write_bytes(directory / "quantized.pt2", program_bytes(model.quantised_program))
    if model.predictions is not None:
        predicted = PredictionsDocument(
            classes=tuple(model.predictions.tolist()), trained_in_int8=model.trained_in_int8
        )
        write_predictions(directory / "predictions.json", predicted)
    size = size_of(model.float_program)
    write_compress(
        directory / "compress.json",
        CompressDocument(
            passes=model.reports,
            quantisation=model.quantisation,
            weights=model.weights,
            sensitivity=model.sensitivity,
            float=FloatSize(parameters=size.parameters, macs=size.macs),
            library_versions={name: version(name) for name in ("torch", "torchao")},
        ),
    )


def program_bytes(program: ExportedProgram) -> bytes:
    """Return the bytes of torch.export.save; they depend on the program alone (the archive's entries carry no date)."""
    buffer = io.BytesIO()
    torch.export.save(program, buffer)
    return buffer.getvalue()


def _apply(
    state: Network | ExportedNetwork, entry: PassTable, *, earlier: Sequence[PassTable]
) -> tuple[Network | ExportedNetwork, PassReport]:
    """Run one pass on the value that it works on: the module, or the program that is captured from it."""
    if isinstance(entry, ModulePass):
        if isinstance(state, ExportedNetwork):
            raise CompressionError(
                f"pass {entry.name} works on the module, which has been exported already",
                remedy="Put it before the passes on the exported graph.",
            )
        return entry.run(state)
    assert isinstance(entry, GraphPass), f"{entry.name} is registered as a pass and has no run()"
    if isinstance(state, ExportedNetwork) and state.quantised:
        if any(entry.name == other.name for other in earlier):
            raise CompressionError(f"pass {entry.name} stands twice in the passes", remedy="Remove one of them.")
        quantiser = next(other.name for other in earlier if other.yields_int8)
        raise CompressionError(
            f"pass {entry.name} comes after the quantisation",
            remedy=f'Put "{entry.name}" before "{quantiser}" in the passes.',
        )
    return entry.run(state if isinstance(state, ExportedNetwork) else state.program)


def _check_outputs(network: Network) -> None:
    """Run the float network on some of the calibration samples; it raises CompressionError for NaN or infinity."""
    exported = network.exported
    model = copy.deepcopy(network.module).eval() if exported is None else graph_of(exported)
    for sample in evenly(network.calibration, VERIFIED_SAMPLES):
        if not all(bool(torch.isfinite(output).all()) for output in run(model, sample)):
            index = next(i for i, other in enumerate(network.calibration) if other is sample)
            raise not_finite(graph_of(network.program.exported), sample, index)


def _check_calibration(example_inputs: Inputs, calibration: Sequence[Inputs]) -> None:
    if not calibration:
        raise DataError(
            "there is no calibration data", remedy="Name at least one image or tensor file under calibration."
        )
    expected = [tuple(tensor.shape) for tensor in example_inputs]
    for index, sample in enumerate(calibration):
        shapes = [tuple(tensor.shape) for tensor in sample]
        if shapes != expected:
            raise DataError(f"calibration sample {index} has the shapes {shapes}, the network takes {expected}")
        if not all(bool(torch.isfinite(tensor).all()) for tensor in sample):
            raise DataError(
                f"calibration sample {index} holds NaN or infinity", remedy="Remove or mend the file it comes from."
            )
