"""Measures the bytes of a .pte layer by layer, from the plan inside it (format: native/README.md)."""

from collections.abc import Sequence

from sdkgen.documents.export import OperatorRow
from sdkgen.errors import ExportError, PackageError
from sdkgen.plan.finder import find_plan
from sdkgen.plan.reader import read_plan


def layer_bytes(pte: bytes, operators: Sequence[OperatorRow]) -> dict[str, bytes]:
    """Return the packed weights of each layer that has weights, by its name, in the order of execution.

    Args:
        operators: `ops` of export.json, one per operator of the plan.

    Raises:
        PackageError: the file holds no valid plan, or it and export.json do not belong together.
    """
    try:
        plan = read_plan(find_plan(pte))
    except ExportError as error:
        raise PackageError(error.args[0], remedy="Build the model again from the export step.") from error
    if len(plan.operators) != len(operators):
        raise PackageError(
            f"export.json describes {len(operators)} operators, the model has {len(plan.operators)}",
            remedy="Build again: one of the two is older than the other.",
        )
    layers: dict[str, bytes] = {}
    seen: set[bytes] = set()
    for record, operator in zip(plan.operators, operators, strict=True):
        if record.weights and record.weights not in seen:  # the same weights are stored once
            seen.add(record.weights)
            layers[operator.layer] = layers.get(operator.layer, b"") + record.weights
    return layers
