"""Chooses quantisation ranges: affine per tensor for activations, symmetric per channel for weights."""

import torch

ACTIVATION_MIN, ACTIVATION_MAX = -128, 127
WEIGHT_MAX = 127  # -128 is never used, so that a weight and its negative are both there

# Smallest scale; far below anything that contributes, far above what makes float32 products denormal.
SMALLEST_SCALE = 2.0**-40

_LEVELS = ACTIVATION_MAX - ACTIVATION_MIN


def affine_parameters(low: torch.Tensor, high: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Scale (float32) and zero point (int64) of int8 activations over [low, high], any shape.

    The range is widened to contain 0 and 0 is represented exactly, because padding and ReLU make many exact zeros
    (Jacob et al., arXiv:1712.05877, section 3). A range of one point at 0 gets the scale of [0, 1].
    """
    low = low.double().clamp(max=0.0)
    high = high.double().clamp(min=0.0)
    span = high - low
    span = torch.where(span > 0, span, torch.ones_like(span))
    scale = (span / _LEVELS).float().clamp(min=SMALLEST_SCALE)
    zero_point = (ACTIVATION_MIN - low / scale.double()).round().clamp(ACTIVATION_MIN, ACTIVATION_MAX)
    return scale, zero_point.long()


def minimal_mse_range(
    counts: torch.Tensor, low: float, high: float, *, coarse: int = 32, fine: int = 12
) -> tuple[float, float]:
    """The part of [low, high] whose affine int8 quantisation has the least squared error on a histogram.

    Args:
        counts: (bins,) numbers of values per equally wide bin of [low, high].
        coarse: candidates per end of the range in the first search; each end shrinks towards 0.
        fine: candidates per end, around the best of the first search, in the second.

    The error counts rounding, clipping and the rounding of the zero point.
    """
    bins = counts.numel()
    width = (high - low) / bins
    centres = low + width * (torch.arange(bins, dtype=torch.float64) + 0.5)
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


def symmetric_scale(weight: torch.Tensor) -> torch.Tensor:
    """(channels,) float32 scales that let each channel's largest magnitude be 127; `weight` is (channels, …)."""
    largest = weight.flatten(1).abs().amax(dim=1).double()
    return (largest / WEIGHT_MAX).float().clamp(min=SMALLEST_SCALE)


def minimal_mse_scale(weight: torch.Tensor, *, candidates: int = 80, smallest: float = 0.3) -> torch.Tensor:
    """(channels,) float32 scales with the least squared error per channel, among fractions of the min-max scale.

    Args:
        weight: (channels, …) float32.
        candidates: number of fractions tried, evenly from `smallest` to 1.
    """
    flat = weight.flatten(1)
    full = symmetric_scale(weight)
    best_scale, best_error = full, torch.full_like(full, torch.inf)
    for fraction in torch.linspace(1.0, smallest, candidates).tolist():
        scale = (full * fraction).clamp(min=SMALLEST_SCALE)
        error = _symmetric_error(flat, scale[:, None])
        better = error < best_error
        best_scale = torch.where(better, scale, best_scale)
        best_error = torch.where(better, error, best_error)
    return best_scale


def _symmetric_error(flat: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    quantised = (flat / scale).round_().clamp_(-WEIGHT_MAX, WEIGHT_MAX)
    return quantised.mul_(scale).sub_(flat).square_().sum(dim=1)
