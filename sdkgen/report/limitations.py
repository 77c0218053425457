"""Limitations: what a reader of the report might assume was checked and was not."""

from collections.abc import Sequence

from sdkgen import targets
from sdkgen.report.budgets import ACCURACY_PROOF
from sdkgen.spec.values import SdkSpec
from sdkgen.types import Proof


def limitations(spec: SdkSpec, proofs: Sequence[Proof], platforms: Sequence[str]) -> list[str]:
    """Return one sentence per limitation; the proofs that were not run come first."""
    words = [f"{proof.name}: {proof.reason}" for proof in proofs if proof.status == "not_run"]
    if all(proof.name != ACCURACY_PROOF for proof in proofs):
        words.append("Whether the quantised network agrees with the float network: no such proof is in this build.")
    for name in platforms:
        words += targets.target(name).limitations(spec, proofs)
    words.append("Latency: no figure on this page is a time.")
    words += spec.task.limitations
    words.append(
        f"What {' and '.join(targets.target(name).store for name in platforms)} will measure: download sizes are "
        "estimated from compressed files, and what the rest of the app weighs comes on top."
    )
    return words
