"""Chooses the range of an activation from its histogram: extremes, percentile, least squared error or divergence."""

import torch

from sdkgen.compress.int8.ranges import ACTIVATION_MAX, ACTIVATION_MIN, affine_parameters


def chosen_range(
    method: str, counts: torch.Tensor, low: float, high: float, *, percentile: float = 100.0
) -> tuple[float, float]:
    """Choose the part of [low, high] that int8 represents; values outside are clipped.

    Args:
        method: the option `activation_range` of the pass "int8_ptq".
        counts: (bins,) numbers of values per equally wide bin of [low, high]; for "output_mse" their weights.
        percentile: of method "percentile"; 100 clips nothing.
    """
    if method == "min_max" or not high > low:
        return low, high
    if method == "percentile":
        return percentile_range(counts, low, high, percentile)
    return (minimal_divergence_range if method == "entropy" else minimal_mse_range)(counts, low, high)


def percentile_range(counts: torch.Tensor, low: float, high: float, percentile: float) -> tuple[float, float]:
    """Return the range that clips at most 100 - `percentile` per cent of the values at each end."""
    outside = float(counts.sum()) * (100 - percentile) / 100
    width = (high - low) / counts.numel()
    above = counts.flip(0).cumsum(0) <= outside
    below = counts.cumsum(0) <= outside
    return low + width * int(below.sum()), high - width * int(above.sum())


def minimal_mse_range(
    counts: torch.Tensor, low: float, high: float, *, coarse: int = 32, fine: int = 12
) -> tuple[float, float]:
    """Return the part of [low, high] whose affine int8 quantisation has the least squared error on a histogram.

    Args:
        counts: (bins,) numbers of values per equally wide bin of [low, high].
        coarse: candidates per end of the range in the first search; each end shrinks towards 0.
        fine: candidates per end, around the best of the first search, in the second.

    The error counts rounding, clipping and the rounding of the zero point.
    """
    centres = _centres(counts, low, high)
    occupied = counts > 0
    weights, centres = counts[occupied].double(), centres[occupied]
    low, high = min(low, 0.0), max(high, 0.0)

    step = 1.0 / coarse
    shrink = torch.arange(1, coarse + 1, dtype=torch.float64) * step
    best = _best_shrink(weights, centres, low, high, shrink, shrink)
    offsets = torch.linspace(-step, step, 2 * fine + 1, dtype=torch.float64)
    low_part, high_part = _best_shrink(
        weights, centres, low, high, (best[0] + offsets).clamp(step / 4, 1.0), (best[1] + offsets).clamp(step / 4, 1.0)
    )
    return low * low_part, high * high_part


def minimal_divergence_range(
    counts: torch.Tensor, low: float, high: float, *, candidates: int = 112
) -> tuple[float, float]:
    """Return the range [max(low, -t), min(high, t)] whose int8 values lose the least information on the histogram.

    S. Migacz, "8-bit Inference with TensorRT", GTC 2017, for an affine grid: the divergence of Kullback and Leibler
    from the original values, the clipped ones counted at the ends, to the values inside spread evenly over the
    occupied bins of each step of the grid. The bin of 0 counts as its neighbour: the grid has 0 exactly, and the many
    zeros after a ReLU, spread over a step, would raise the divergence of every range but the smallest.

    Args:
        counts: (bins,) numbers of values per equally wide bin of [low, high].
        candidates: values of t, evenly up to the largest magnitude.
    """
    centres, counts = _centres(counts, low, high), _without_zeros(counts, low, high)
    largest, steps = max(-low, high), ACTIVATION_MAX - ACTIVATION_MIN + 1
    # With fewer bins than steps nothing is rounded, and only clipping would count.
    smallest = min(1.0, steps * (high - low) / counts.numel() / largest)
    best, best_divergence = (low, high), torch.inf
    for fraction in torch.linspace(1.0, smallest, candidates, dtype=torch.float64).tolist():
        ends = max(low, -largest * fraction), min(high, largest * fraction)
        inside = (centres >= ends[0]) & (centres <= ends[1])
        divergence = _divergence(counts, centres, inside, ends)
        if divergence < best_divergence:
            best, best_divergence = ends, divergence
    return best


def _without_zeros(counts: torch.Tensor, low: float, high: float) -> torch.Tensor:
    """Return float64 counts, the bin of 0 lowered to the larger neighbour; without 0 in [low, high], unchanged."""
    counts = counts.double().clone()
    if low <= 0 <= high:
        zero = min(int(-low / (high - low) * counts.numel()), counts.numel() - 1)
        neighbours = [float(counts[at]) for at in (zero - 1, zero + 1) if 0 <= at < counts.numel()]
        counts[zero] = min(float(counts[zero]), max(neighbours))
    return counts


def _divergence(counts: torch.Tensor, centres: torch.Tensor, inside: torch.Tensor, ends: tuple[float, float]) -> float:
    kept, places = counts[inside], centres[inside]
    if not float(kept.sum()):
        return torch.inf
    scale, zero_point = affine_parameters(*(torch.tensor(end, dtype=torch.float64) for end in ends))
    step = ((places / scale.double()).round() + zero_point).clamp(ACTIVATION_MIN, ACTIVATION_MAX) - ACTIVATION_MIN
    reference = kept.clone()
    reference[0] += counts[centres < ends[0]].sum()
    reference[-1] += counts[centres > ends[1]].sum()

    occupied, bins = reference > 0, step.long()
    steps = ACTIVATION_MAX - ACTIVATION_MIN + 1
    mass = torch.zeros(steps, dtype=torch.float64).index_add(0, bins, kept)
    places_per_step = torch.zeros(steps, dtype=torch.float64).index_add(0, bins, occupied.double())
    quantised = (mass / places_per_step.clamp(min=1))[bins][occupied]
    reference = reference[occupied] / reference.sum()
    quantised = (quantised / quantised.sum()).clamp(min=_VANISHING)
    return float((reference * (reference / quantised).log()).sum())


# Replaces a probability of 0, whose divergence would be infinite.
_VANISHING = 1e-9


def _centres(counts: torch.Tensor, low: float, high: float) -> torch.Tensor:
    bins = counts.numel()
    return low + (high - low) / bins * (torch.arange(bins, dtype=torch.float64) + 0.5)


def _best_shrink(
    weights: torch.Tensor,
    centres: torch.Tensor,
    low: float,
    high: float,
    low_shrink: torch.Tensor,
    high_shrink: torch.Tensor,
) -> tuple[float, float]:
    # An end that is 0 stays 0: one candidate is enough for it.
    low_shrink = low_shrink if low < 0 else torch.ones(1, dtype=torch.float64)
    high_shrink = high_shrink if high > 0 else torch.ones(1, dtype=torch.float64)
    pairs = torch.cartesian_prod(low_shrink, high_shrink)
    scale, zero_point = affine_parameters(low * pairs[:, 0], high * pairs[:, 1])
    scale, zero_point = scale.double()[:, None], zero_point.double()[:, None]
    quantised = (centres / scale).round_().add_(zero_point).clamp_(ACTIVATION_MIN, ACTIVATION_MAX)
    error = quantised.sub_(zero_point).mul_(scale).sub_(centres).square_() @ weights
    low_part, high_part = pairs[int(error.argmin())].tolist()
    return low_part, high_part
