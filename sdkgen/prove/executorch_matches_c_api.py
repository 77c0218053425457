"""Claim: the SDK's C API and ExecuTorch with the sdkgen delegate give the same bytes."""

from collections.abc import Sequence

from sdkgen.prove.comparison import Outputs, first_difference
from sdkgen.types import Proof

NAME = "executorch_matches_c_api"


def executorch_matches_c_api(
    *, names: Sequence[str], executorch_outputs: Sequence[Outputs], c_outputs: Sequence[Outputs], host: str
) -> Proof:
    """Compare every output byte on every view."""
    difference = first_difference(names, c_outputs, executorch_outputs)
    metrics = {"views_count": len(names)}
    if difference:
        return Proof(name=NAME, host=host, status="failed", reason=difference + ".", metrics=metrics)
    return Proof(
        name=NAME, host=host, status="passed", reason=f"Byte-identical outputs on {len(names)} views.", metrics=metrics
    )
