"""Verifies that a transformed float graph computes the same outputs as the original."""

from torch.fx import GraphModule

from sdkgen.compress.program import Inputs, evenly, run
from sdkgen.errors import CompressionError

TOLERANCE = 1e-4
"""Largest difference of any output, as a fraction of that output's range."""
VERIFIED_SAMPLES = 8


def require_equivalence(
    name: str, reference: GraphModule, changed: GraphModule, samples: tuple[Inputs, ...], *, remedy: str
) -> float:
    """Compare the outputs of both graphs on some of the samples.

    Args:
        name: of the pass.
        remedy: for the error.

    Returns:
        The largest difference of any output, as a fraction of the range of that output.

    Raises:
        CompressionError: the difference is larger than TOLERANCE.
    """
    worst = 0.0
    for sample in evenly(samples, VERIFIED_SAMPLES):
        for expected, actual in zip(run(reference, sample), run(changed, sample), strict=True):
            spread = float(expected.max() - expected.min()) or float(expected.abs().max()) or 1.0
            difference = float((expected - actual).abs().max()) / spread
            if not difference <= TOLERANCE:  # NaN fails as well
                raise CompressionError(
                    f"pass {name}: a calibration sample differs by {difference:.1e} of the output's range; "
                    f"{TOLERANCE:.0e} is allowed",
                    remedy=remedy,
                )
            worst = max(worst, difference)
    return worst
