"""Claim: the .pte under ExecuTorch computes the exact result of the quantised PyTorch program.

The claim rests on three measurements. The outputs are compared with the program evaluated with exact sums
(`integer_reference`). Each operator of that evaluation is compared with PyTorch's own float32 execution on the same
inputs (`operator_steps`): they may differ where a sum lies on a rounding tie. PyTorch's end-to-end float32 execution is
reported without a bound: one step rounded the other way propagates and grows with the depth of the network, so that
the figure measures how sensitive the network is, not how exact the SDK is.
"""

from collections.abc import Sequence

from sdkgen.prove.comparison import Outputs, is_finite, max_difference, snr_db, text_db
from sdkgen.prove.operator_steps import OperatorSteps
from sdkgen.tasks.base import Agreement
from sdkgen.types import JsonValue, Proof

NAME = "executorch_matches_pytorch"

MIN_SNR_DB = 40.0
MAX_STEPS = 1
MAX_DIFFERING = 1e-3

WHY = (
    "PyTorch's float32 rounds the sums, the plan's integers do not; near a rounding tie one step flips, and flips "
    "travel on through the network"
)


def executorch_matches_pytorch(
    *,
    names: Sequence[str],
    exact_outputs: Sequence[Outputs],
    executorch_outputs: Sequence[Outputs],
    float32_outputs: Sequence[Outputs],
    steps: OperatorSteps,
    agreement: Agreement | None,
    host: str,
) -> Proof:
    """Require 40 dB against exact sums, the same answer everywhere by `agreement`, operators within one step.

    Args:
        exact_outputs, executorch_outputs, float32_outputs: one per name; the last is PyTorch's plain execution.
    """
    if not is_finite(executorch_outputs):
        reason = "The outputs under ExecuTorch hold NaN or infinity."
        return Proof(name=NAME, host=host, status="failed", reason=reason, metrics={"views_count": len(names)})
    total = snr_db(exact_outputs, executorch_outputs)
    plain = snr_db(exact_outputs, float32_outputs)
    unlike = [
        name
        for name, expected, actual in zip(names, exact_outputs, executorch_outputs, strict=True)
        if agreement is not None and not agreement.same(expected, actual)
    ]
    share = steps.differing / max(steps.values, 1)
    metrics: dict[str, JsonValue] = {
        "snr_db": total,
        "max_difference": max_difference(exact_outputs, executorch_outputs),
        "top1_agreement": None,
        "views_count": len(names),
        "operators_count": steps.operators,
        "operator_values_count": steps.values,
        "operator_differing_count": steps.differing,
        "operator_max_steps": steps.largest,
        "float32_snr_db": plain,
        "float32_top1_agreement": None,
    }
    problem = ""
    if agreement is not None:
        equal = sum(agreement.same(r, v) for r, v in zip(exact_outputs, float32_outputs, strict=True))
        metrics[agreement.name] = 1 - len(unlike) / len(names)
        metrics[f"float32_{agreement.name}"] = equal / len(names)
    if total is not None and total < MIN_SNR_DB:
        problem = f"{text_db(total)} against the quantised program with exact sums; at least {MIN_SNR_DB:.0f} dB."
    elif agreement is not None and unlike:
        problem = f"Another {agreement.what} on {', '.join(unlike[:5])}."
    elif steps.largest > MAX_STEPS or share > MAX_DIFFERING:
        problem = (
            f"Given the same int8 inputs, PyTorch's operators differ by up to {steps.largest} steps in {share:.2%} of "
            f"the values; {MAX_STEPS} step in {MAX_DIFFERING:.1%} is what rounding explains."
        )
    if problem:
        return Proof(name=NAME, host=host, status="failed", reason=problem, metrics=metrics)
    against = "Byte-identical to" if total is None else f"{text_db(total)} against"
    reason = (
        f"{against} the quantised program with exact sums on {len(names)} views. Operator by operator PyTorch's "
        f"float32 agrees but for one step in {share:.1e} of the values; from end to end {text_db(plain)}: {WHY}."
    )
    return Proof(name=NAME, host=host, status="passed", reason=reason, metrics=metrics)
