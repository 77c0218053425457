"""Holds a changed float graph against the one it was made from."""

from torch.fx import GraphModule

from sdkgen.compress.program import Sample, evenly, run
from sdkgen.errors import CompressionError

TOLERANCE = 1e-4
"""Largest difference of any output, as a fraction of that output's range."""
VERIFIED_SAMPLES = 8


def refuse_change(
    name: str, reference: GraphModule, changed: GraphModule, samples: tuple[Sample, ...], *, remedy: str
) -> float:
    """The largest difference of any output on some of the samples, as a fraction of that output's range.

    Args:
        name: of the pass.
        remedy: for the error.

    Raises:
        CompressionError: it is larger than TOLERANCE.
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
