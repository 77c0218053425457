"""Compares outputs as numbers: signal-to-noise ratio, bytes. Tasks compare the results that an app reads from them."""

import math
from collections.abc import Sequence

import numpy as np

from sdkgen.runtime import FloatArray

Outputs = tuple[FloatArray, ...]
"""Everything that one run of a network gave, one array per output."""


def flat(outputs: Sequence[FloatArray]) -> FloatArray:
    """Flatten all outputs of one run into one float32 vector."""
    return np.concatenate([np.asarray(a, np.float32).reshape(-1) for a in outputs])


def energies(reference: Sequence[FloatArray], value: Sequence[FloatArray]) -> tuple[float, float]:
    """Return (sum of reference^2, sum of (value - reference)^2) in float64."""
    expected, actual = flat(reference).astype(np.float64), flat(value).astype(np.float64)
    return float(np.square(expected).sum()), float(np.square(actual - expected).sum())


def decibels(signal: float, noise: float) -> float | None:
    """Return 10 log10(signal / noise); None when there is no noise; -300 dB, not -inf, for a zero signal."""
    if noise == 0:
        return None
    return 10 * math.log10(signal / noise) if signal > 0 else -300.0


def snr_db(reference: Sequence[Outputs], value: Sequence[Outputs]) -> float | None:
    """Signal-to-noise ratio over all runs together, in dB; None when every number is equal."""
    pairs = [energies(r, v) for r, v in zip(reference, value, strict=True)]
    return decibels(sum(s for s, _ in pairs), sum(n for _, n in pairs))


def max_difference(reference: Sequence[Outputs], value: Sequence[Outputs]) -> float:
    """Return the largest absolute difference of any two corresponding numbers."""
    return max(float(np.abs(flat(v) - flat(r)).max()) for r, v in zip(reference, value, strict=True))


def is_finite(runs: Sequence[Outputs]) -> bool:
    """Return whether no output holds a NaN or an infinity."""
    return all(bool(np.isfinite(flat(outputs)).all()) for outputs in runs)


def first_difference(names: Sequence[str], reference: Sequence[Outputs], value: Sequence[Outputs]) -> str:
    """Describe the first run whose bytes differ; "" when all are byte-identical."""
    for name, expected, actual in zip(names, reference, value, strict=True):
        a, b = flat(expected), flat(actual)
        if a.shape != b.shape:
            return f"{name}: {b.size} numbers instead of {a.size}"
        differing = np.flatnonzero(a.view(np.uint32) != b.view(np.uint32))
        if differing.size:
            at = int(differing[0])
            numbers = f"{differing.size} of {a.size} numbers differ"
            return f"{name}: {numbers}, the first at {at}: {b[at]} instead of {a[at]}"
    return ""


def text_db(value: float | None) -> str:
    """Format a ratio for a sentence: "41.3 dB", or "no difference"."""
    return "no difference" if value is None else f"{value:.1f} dB"
