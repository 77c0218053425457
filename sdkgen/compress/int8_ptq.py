"""Pass "int8_ptq": post-training quantisation to int8 by PT2E with our own quantizer, calibrated on samples."""

import sys
from collections.abc import Mapping
from dataclasses import asdict, replace

import torch
from torch.fx import GraphModule

from sdkgen.compress.bias import snap_biases
from sdkgen.compress.bias_correction import correct_biases
from sdkgen.compress.graph import layer_of
from sdkgen.compress.macs import size_of
from sdkgen.compress.program import Program, Sample, choice, graph_of, refuse_unknown, run, with_graph
from sdkgen.compress.quantisation_rows import activation_observers, rows_of
from sdkgen.compress.quantizer import Int8Quantizer
from sdkgen.errors import CompressionError
from sdkgen.registry import register
from sdkgen.types import JsonValue, PassReport

from torchao.quantization.pt2e.quantize_pt2e import (  # isort: skip  # after observers, which silences its import
    convert_pt2e,
    prepare_pt2e,
)

NAME = "int8_ptq"
# Allowed values, the default first.
OPTIONS = {
    "activation_range": ("mse", "min_max"),
    "weight_range": ("mse", "min_max"),
    "bias_correction": (True, False),
}
MEASURED_SAMPLES = 8


@register("compress", NAME)
def int8_ptq(program: Program, options: Mapping[str, JsonValue]) -> tuple[Program, PassReport]:
    """Quantise weights and activations to int8; biases are snapped to the int32 grid of the device.

    Options: `activation_range` and `weight_range`, each "mse" (least squared error, the default) or "min_max";
    `bias_correction`, true (the default) or false.

    Raises:
        CompressionError: already quantised, nothing to quantise, or a layer gives NaN or infinity.
        SpecError: an unknown option or value.
    """
    refuse_unknown(NAME, options, tuple(OPTIONS))
    chosen = {key: choice(NAME, options, key, allowed) for key, allowed in OPTIONS.items()}
    if program.quantised:
        raise CompressionError(f"pass {NAME} stands twice in the passes", remedy="Remove one of them.")

    prepared = prepare_pt2e(
        graph_of(program.exported),
        Int8Quantizer(activation_range=str(chosen["activation_range"]), weight_range=str(chosen["weight_range"])),
    )
    observers = activation_observers(prepared)
    if not observers:
        raise CompressionError(
            f"pass {NAME}: the network holds no operator that can be quantised",
            remedy="docs/operators.md lists what is supported.",
        )
    calibrate(prepared, program.calibration, two_passes=chosen["activation_range"] == "mse")
    rows = rows_of(prepared, graph_of(program.exported))
    converted = convert_pt2e(prepared)
    if chosen["bias_correction"]:
        correct_biases(graph_of(program.exported), converted, program.calibration)
    raised = snap_biases(converted)
    result = replace(with_graph(program, converted), float_program=program.exported, quantisation=rows)

    snr_db = _calibration_snr_db(program, result)
    before, after = size_of(program.exported), size_of(result.exported)
    notes = [
        f"activation ranges by {chosen['activation_range']}, weight ranges by {chosen['weight_range']}, "
        f"{len(program.calibration)} calibration samples",
        f"{len(rows)} activation tensors in int8; against float {snr_db:.1f} dB on calibration samples",
    ]
    if chosen["bias_correction"]:
        notes.append("biases corrected for the mean error of the rounded weights")
    if raised:
        notes.append(f"{raised} channels with vanishing weights got a larger weight scale so that their bias fits")
    return result, PassReport(name=NAME, before=asdict(before), after=asdict(after), notes=tuple(notes))


def calibrate(prepared: GraphModule, samples: tuple[Sample, ...], *, two_passes: bool) -> None:
    """Run the observers over all samples; a second time for the histograms of an MSE search.

    Raises:
        CompressionError: a layer gives NaN or infinity.
    """
    _run_all(prepared, samples, "calibrating")
    observers = activation_observers(prepared)
    for node, observer in observers:
        if not observer.is_finite:
            raise CompressionError(
                f"layer {layer_of(node)} gives NaN or infinity on calibration samples",
                remedy="Check the checkpoint, and mean and std of the input.",
            )
    if two_passes:
        for _, observer in observers:
            observer.start_histogram()
        _run_all(prepared, samples, "collecting histograms")


def _run_all(prepared: GraphModule, samples: tuple[Sample, ...], label: str) -> None:
    for index, sample in enumerate(samples, start=1):
        run(prepared, sample)
        if index % 12 == 0 or index == len(samples):
            print(f"{label} {index}/{len(samples)}", file=sys.stderr, flush=True)


def _calibration_snr_db(program: Program, result: Program) -> float:
    """10 log10(sum float^2 / sum (quantised - float)^2) over all outputs of some calibration samples."""
    reference, quantised = graph_of(program.exported), graph_of(result.exported)
    signal = noise = 0.0
    for sample in program.calibration[:MEASURED_SAMPLES]:
        for expected, actual in zip(run(reference, sample), run(quantised, sample), strict=True):
            signal += float(expected.double().square().sum())
            noise += float((actual.double() - expected.double()).square().sum())
    return float(10 * torch.log10(torch.tensor(signal / noise, dtype=torch.float64))) if noise else float("inf")
