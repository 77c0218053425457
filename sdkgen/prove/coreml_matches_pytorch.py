"""Claim: the Core ML package computes what PyTorch computes, from the pixels of a picture to the scores."""

from collections.abc import Sequence
from typing import Literal

from sdkgen.prove.comparison import Outputs, is_finite, snr_db, text_db
from sdkgen.tasks.base import Agreement
from sdkgen.types import JsonValue, Proof

NAME = "coreml_matches_pytorch"

FLOOR_DB = {"float16": 30.0, "int8_weights": 30.0, "int8": 35.0}
"""Lower limit of the evaluated program against PyTorch with the same parameters. float16 constants alone cost a deep
network that much at most (MobileNetV2: 43 dB); int8 is compared with a reference that has the same constants."""

SCOPE = "Graph, weights and rounding were checked; the Neural Engine and Apple's compiler were not."


def coreml_matches_pytorch(
    *,
    precision: Literal["float16", "int8_weights", "int8"],
    expected: Sequence[Outputs],
    evaluated: Sequence[Outputs],
    float_outputs: Sequence[Outputs],
    float32: Sequence[Outputs],
    float16: Sequence[Outputs],
    int8_outputs: Sequence[Outputs] | None,
    agreement: Agreement | None,
    host: str,
) -> Proof:
    """Hold evaluations of the package against PyTorch.

    Args:
        expected: of PyTorch with the package's parameters, on the views that are judged.
        evaluated: of the package, on those views.
        float_outputs: of the float network, on all views.
        float32, float16: of the package on all views, in float32 and with every intermediate rounded to float16.
        int8_outputs: exact ones of our int8 program on all views, for a package of that precision.
        agreement: of the task, or None if only numbers can be compared.
    """
    if not is_finite([*evaluated, *float32, *float16]):
        return Proof(
            name=NAME,
            host=host,
            status="failed",
            reason=f"The Core ML program's outputs hold NaN or infinity. {SCOPE}",
            metrics={"views_count": len(float32)},
        )
    snr = snr_db(expected, evaluated)
    metrics: dict[str, JsonValue] = {
        "precision": precision,
        "snr_db": snr,
        "judged_views_count": len(evaluated),
        "views_count": len(float32),
        "snr_against_float_db": snr_db(float_outputs, float32),
        "snr_against_float_with_float16_rounding_db": snr_db(float_outputs, float16),
    }
    if int8_outputs is not None:
        metrics |= {
            "snr_against_int8_program_db": snr_db(int8_outputs, float32),
            "snr_of_int8_program_against_float_db": snr_db(float_outputs, int8_outputs),
        }
    floor = FLOOR_DB[precision]
    seen = f"{text_db(snr)} on {len(evaluated)} views, {_meaning(precision)}"
    wrong = snr is not None and snr < floor
    if agreement is not None:
        same = sum(agreement.same_in_float16(e, v) for e, v in zip(expected, evaluated, strict=True))
        metrics |= {
            agreement.name: same / len(evaluated),
            f"{agreement.name}_with_float": _share(agreement, float_outputs, float32),
            f"{agreement.name}_with_float_with_float16_rounding": _share(agreement, float_outputs, float16),
        }
        seen += f"; the same {agreement.best} on {same} of them"
        wrong = wrong or same < len(evaluated)
    reason = f"{'Only ' + seen + f'; at least {floor} dB' if wrong else seen}. {SCOPE}"
    return Proof(name=NAME, host=host, status="failed" if wrong else "passed", reason=reason, metrics=metrics)


def _meaning(precision: str) -> str:
    if precision == "float16":
        return "against the float network"
    if precision == "int8_weights":
        return "against PyTorch with our int8 weights"
    return "against our int8 program with its scales and biases in float16, as Core ML stores them"


def _share(agreement: Agreement, expected: Sequence[Outputs], value: Sequence[Outputs]) -> float:
    """Return the fraction of the views on which both give the same answer."""
    return sum(agreement.same(e, v) for e, v in zip(expected, value, strict=True)) / len(value)
