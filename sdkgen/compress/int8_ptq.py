"""Pass "int8_ptq": post-training quantisation to int8 by PT2E with our own quantizer, calibrated on samples."""

import sys
from collections.abc import Mapping
from dataclasses import asdict, replace

import torch
from torch.fx import GraphModule

from sdkgen.compress.int8.activation_ranges import METHODS, PERCENTILE
from sdkgen.compress.int8.adaround import learn_rounding
from sdkgen.compress.int8.bias import snap_biases
from sdkgen.compress.int8.bias_correction import correct_biases
from sdkgen.compress.int8.output_weights import weigh_by_outputs
from sdkgen.compress.int8.quantisation_rows import activation_observers, rows_of
from sdkgen.compress.int8.quantizer import Int8Quantizer
from sdkgen.compress.int8.sensitivity import sensitivity
from sdkgen.compress.int8.weight_rows import weight_rows
from sdkgen.compress.macs import size_of
from sdkgen.compress.program import (
    Program,
    Sample,
    SensitivityRow,
    choice,
    evenly,
    graph_of,
    refuse_unknown,
    run,
    with_graph,
)
from sdkgen.errors import CompressionError, SpecError
from sdkgen.fx.names import layer_of
from sdkgen.registry import register
from sdkgen.types import JsonValue, PassReport

from torchao.quantization.pt2e.quantize_pt2e import (  # isort: skip  # after observers, which silences its import
    convert_pt2e,
    prepare_pt2e,
)

NAME = "int8_ptq"
# Allowed values, the default first; of a number the default alone.
OPTIONS = {
    "activation_range": METHODS,
    "percentile": 99.99,
    "weight_range": ("mse", "min_max"),
    "weight_granularity": ("channel", "tensor"),
    "rounding": ("nearest", "adaround"),
    "bias_correction": (True, False),
    "sensitivity": (False, True),
}
MEASURED_SAMPLES = 8


@register("compress", NAME)
def int8_ptq(program: Program, options: Mapping[str, JsonValue]) -> tuple[Program, PassReport]:
    """Quantise weights and activations to int8; biases are snapped to the int32 grid of the device.

    Options, the default first: `activation_range`, "mse" (least squared error of the tensor), "output_mse" (of the
    network's outputs), "min_max", "percentile" (with `percentile`, 99.99) or "entropy"; `weight_range`, "mse" or
    "min_max"; `weight_granularity`, "channel" or "tensor"; `rounding` of the weights, "nearest" or "adaround";
    `bias_correction`, true or false; `sensitivity`, false or true: measure what each layer does to the outputs.

    Raises:
        CompressionError: already quantised, nothing to quantise, or a layer gives NaN or infinity.
        SpecError: an unknown option or value, or one that the others make senseless.
    """
    refuse_unknown(NAME, options, tuple(OPTIONS))
    chosen = {
        key: choice(NAME, options, key, allowed) for key, allowed in OPTIONS.items() if isinstance(allowed, tuple)
    }
    if "percentile" in options and chosen["activation_range"] != "percentile":
        raise SpecError(
            f'pass {NAME}: percentile is given, but activation_range is "{chosen["activation_range"]}"',
            remedy='Set activation_range = "percentile", or remove percentile.',
        )
    if program.quantised:
        raise CompressionError(f"pass {NAME} stands twice in the passes", remedy="Remove one of them.")

    quantizer = Int8Quantizer(
        activation_range=str(chosen["activation_range"]),
        percentile=float(options.get("percentile", PERCENTILE)),
        weight_range=str(chosen["weight_range"]),
        weight_granularity=str(chosen["weight_granularity"]),
    )
    prepared = prepare_pt2e(graph_of(program.exported), quantizer)
    if not activation_observers(prepared):
        raise CompressionError(
            f"pass {NAME}: the network holds no operator that can be quantised",
            remedy="docs/operators.md lists what is supported.",
        )
    float_graph = graph_of(program.exported)
    calibrate(prepared, program.calibration)
    rows = rows_of(prepared, float_graph)
    converted = convert_pt2e(prepared)
    learned = None
    if chosen["rounding"] == "adaround":
        corrected = bool(chosen["bias_correction"])
        learned = learn_rounding(converted, float_graph, program.calibration, centred=corrected)
    if chosen["bias_correction"]:
        correct_biases(float_graph, converted, program.calibration)
    raised = snap_biases(converted)
    ranking = sensitivity(float_graph, converted, program.calibration) if chosen["sensitivity"] else []
    result = replace(
        with_graph(program, converted),
        float_program=program.exported,
        quantisation=rows,
        weights=weight_rows(float_graph, converted),
        sensitivity=tuple(ranking),
    )

    snr_db = _calibration_snr_db(program, result)
    before, after = size_of(program.exported), size_of(result.exported)
    notes = [
        f"activation ranges by {chosen['activation_range']}, weight ranges by {chosen['weight_range']} per "
        f"{chosen['weight_granularity']}, {len(program.calibration)} calibration samples",
        f"{len(rows)} activation tensors in int8; against float {snr_db:.1f} dB on calibration samples",
    ]
    if learned is not None:
        notes.append(
            f"rounding learned for {learned.layers} layers, {learned.moved:.1%} of the weights went the other way; "
            f"the layers' squared error is {learned.error:.2f} of that of rounding to nearest"
        )
    if chosen["bias_correction"]:
        notes.append("biases corrected for the mean error of the rounded weights")
    if raised:
        notes.append(f"{raised} channels with vanishing weights got a larger weight scale so that their bias fits")
    if ranking:
        notes.append(_worst(ranking))
    return result, PassReport(name=NAME, before=asdict(before), after=asdict(after), notes=tuple(notes))


def calibrate(prepared: GraphModule, samples: tuple[Sample, ...]) -> None:
    """Run the observers over all samples, a second time for the histograms, a third for the weights of "output_mse".

    Raises:
        CompressionError: a layer gives NaN or infinity.
    """
    _run_all(prepared, samples, "calibrating")
    observers = activation_observers(prepared)
    for node, observer in observers:
        if not observer.is_finite:
            raise CompressionError(
                f"layer {layer_of(node) or node.name} gives NaN or infinity on calibration samples",
                remedy="Check the checkpoint, and mean and std of the input.",
            )
    for _, observer in observers:
        observer.start_histogram()
    _run_all(prepared, samples, "collecting histograms")
    if any(observer.method == "output_mse" for _, observer in observers):
        weigh_by_outputs(prepared, samples)


def _run_all(prepared: GraphModule, samples: tuple[Sample, ...], label: str) -> None:
    for index, sample in enumerate(samples, start=1):
        run(prepared, sample)
        if index % 12 == 0 or index == len(samples):
            print(f"{label} {index}/{len(samples)}", file=sys.stderr, flush=True)


def _worst(ranking: list[SensitivityRow]) -> str:
    """The most damaging operators in a sentence."""
    worst = [row for row in ranking if row.without_db is not None]
    names = ", ".join(f"{row.name} ({row.alone_db:.1f} dB alone)" for row in worst if row.alone_db is not None)
    first = worst[0].without_db if worst else None
    gain = f"; with the first in float the network would have {first:.1f} dB" if first is not None else ""
    return (
        f"most sensitive: {names}{gain}. The runtime has int8 kernels only, and the last layer's float32 result: "
        "it stays in int8"
    )


def _calibration_snr_db(program: Program, result: Program) -> float:
    """10 log10(sum float^2 / sum (quantised - float)^2) over all outputs of some calibration samples."""
    reference, quantised = graph_of(program.exported), graph_of(result.exported)
    signal = noise = 0.0
    for sample in evenly(program.calibration, MEASURED_SAMPLES):
        for expected, actual in zip(run(reference, sample), run(quantised, sample), strict=True):
            signal += float(expected.double().square().sum())
            noise += float((actual.double() - expected.double()).square().sum())
    return float(10 * torch.log10(torch.tensor(signal / noise, dtype=torch.float64))) if noise else float("inf")
