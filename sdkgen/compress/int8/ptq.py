"""Calibrates a graph that prepare_pt2e has made, and measures the signal to noise of the quantised graph."""

import sys

import torch
from torch.fx import GraphModule

from sdkgen.compress.int8.output_weights import weigh_by_outputs
from sdkgen.compress.int8.quantisation_rows import activation_observers
from sdkgen.compress.program import ExportedNetwork, Inputs, evenly, graph_of, run
from sdkgen.errors import CompressionError
from sdkgen.fx.names import layer_of

MEASURED_SAMPLES = 8


def calibrate(prepared: GraphModule, samples: tuple[Inputs, ...]) -> None:
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


def _run_all(prepared: GraphModule, samples: tuple[Inputs, ...], label: str) -> None:
    for index, sample in enumerate(samples, start=1):
        run(prepared, sample)
        if index % 12 == 0 or index == len(samples):
            print(f"{label} {index}/{len(samples)}", file=sys.stderr, flush=True)


def calibration_snr_db(program: ExportedNetwork, result: ExportedNetwork) -> float:
    """Return 10 log10(sum float^2 / sum (quantised - float)^2) over all outputs of some calibration samples."""
    reference, quantised = graph_of(program.exported), graph_of(result.exported)
    signal = noise = 0.0
    for sample in evenly(program.calibration, MEASURED_SAMPLES):
        for expected, actual in zip(run(reference, sample), run(quantised, sample), strict=True):
            signal += float(expected.double().square().sum())
            noise += float((actual.double() - expected.double()).square().sum())
    return float(10 * torch.log10(torch.tensor(signal / noise, dtype=torch.float64))) if noise else float("inf")
