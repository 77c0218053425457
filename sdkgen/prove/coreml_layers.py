"""Claim: layer by layer, the Core ML package computes what PyTorch computes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from sdkgen.coreml.evaluator import Arithmetic, Evaluator
from sdkgen.coreml.program import Operation
from sdkgen.prove.comparison import decibels, text_db
from sdkgen.prove.coreml_matches_pytorch import SCOPE
from sdkgen.prove.coreml_package import Package
from sdkgen.prove.coreml_references import Recording, quantisers
from sdkgen.prove.integer_reference import IntegerProgram
from sdkgen.samples import Sample
from sdkgen.types import JsonValue, Proof

NAME = "coreml_layers"

FLOOR_DB = {"float16": 20.0, "int8_weights": 20.0, "int8": 35.0}
"""Lower limit for a single layer. In float the error includes that of the layers before it; in int8 every layer reads
exact inputs."""

Rows = list[dict[str, JsonValue]]


class _Energies:
    """Signal and noise of each layer, over all samples."""

    def __init__(self) -> None:
        self._sums: dict[str, tuple[float, float]] = {}

    def add(self, layer: str, expected: npt.NDArray[Any], value: npt.NDArray[Any]) -> None:
        reference = expected.astype(np.float64)
        signal, noise = self._sums.get(layer, (0.0, 0.0))
        difference = value.astype(np.float64) - reference
        self._sums[layer] = signal + float(np.square(reference).sum()), noise + float(np.square(difference).sum())

    def rows(self) -> Rows:
        return [{"layer": layer, "snr_db": decibels(*sums)} for layer, sums in self._sums.items()]


def float_layers(package: Package, reference: Recording, samples: Sequence[Sample], arithmetic: Arithmetic) -> Rows:
    """[{"layer", "snr_db"}] of a program in float16: both run freely, each value against its node.

    Args:
        reference: records the nodes of `package.layers`.
    """
    energies = _Energies()
    names = [row["value"] for row in package.layers]
    for sample, run in zip(samples, package.run(samples, arithmetic, names), strict=True):
        reference.outputs(sample)
        for row in package.layers:
            expected, value = reference.recorded.get(row["node"]), run.recorded.get(row["value"])
            if expected is not None and value is not None and expected.shape == value.shape:
                energies.add(_title(row), expected, value)
    return energies.rows()


def int8_layers(
    package: Package, integers: IntegerProgram, samples: Sequence[Sample], arithmetic: Arithmetic
) -> tuple[Rows, int, int]:
    """[{"layer", "snr_db"}] of the quantised activations, how many numbers were compared, and how many differ.

    Every activation is compared, then replaced by the exact one: a value that rounds the other way is counted once,
    not in all layers after it.
    """
    evaluator = Evaluator(package.program, arithmetic)
    quantised = quantisers(integers.graph)
    by_value = {row["value"]: row for row in package.layers if row["node"] in quantised}
    steps: list[tuple[Mapping[str, str], Operation]] = []
    for operation in package.program.operations:
        source = operation.arguments.get("input")
        if operation.kind == "quantize" and source in by_value:
            steps.append((by_value[source], operation))
    energies, compared, differing = _Energies(), 0, 0
    for sample in samples:
        integers.evaluate(sample)
        exact = {}
        for row, operation in steps:
            node, zero_point = quantised[row["node"]]
            levels = integers.quantised[node].numpy().astype(np.int32) - zero_point
            exact[next(iter(operation.outputs))] = levels + _zero_point(package, operation)
        (run,) = package.evaluate(evaluator, [sample], record=tuple(exact), replace=exact)
        for row, operation in steps:
            (name,) = operation.outputs
            zero_point = _zero_point(package, operation)
            energies.add(_title(row), exact[name] - zero_point, run.recorded[name] - zero_point)
            compared += exact[name].size
            differing += int(np.count_nonzero(exact[name] != run.recorded[name]))
    return energies.rows(), compared, differing


def coreml_layers(
    *, precision: str, rows: Rows, rounded: Rows, known: int, extra: Mapping[str, JsonValue], host: str
) -> Proof:
    """Judge the rows.

    Args:
        rows, rounded: per layer, in float32 and with float16 rounding.
        known: values of PyTorch's program whose names the package has kept.
        extra: more metrics.
    """
    metrics: dict[str, JsonValue] = {
        "layers_count": len(rows),
        "known_layers_count": known,
        "per_layer": [
            row | {"snr_with_float16_rounding_db": other["snr_db"]} for row, other in zip(rows, rounded, strict=True)
        ],
        **extra,
    }
    if not rows:
        reason = "coremltools has kept no name by which a layer could be found."
        return Proof(name=NAME, host=host, status="not_run", reason=reason, metrics=metrics)
    known_rows = [row for row in rows if row["snr_db"] is not None]
    worst = min(known_rows, key=lambda row: float(row["snr_db"]), default=rows[0])
    metrics["worst_snr_db"] = worst["snr_db"]
    seen = f"{len(rows)} layers, the least alike is {worst['layer']} with {text_db(worst['snr_db'])}"
    floor = FLOOR_DB[precision]
    wrong = worst["snr_db"] is not None and float(worst["snr_db"]) < floor
    reason = f"{seen}{f'; at least {floor} dB' if wrong else ''}. {SCOPE}"
    return Proof(name=NAME, host=host, status="failed" if wrong else "passed", reason=reason, metrics=metrics)


def _title(row: Mapping[str, str]) -> str:
    kind = row["operator"].removeprefix("aten.")
    return f"{row['layer']} ({kind})" if row["layer"] else (f"{row['node']} ({kind})" if kind else "input")


def _zero_point(package: Package, operation: Operation) -> int:
    value = package.program.constant(operation, "zero_point")
    return 0 if value is None else int(np.asarray(value).reshape(-1)[0])
