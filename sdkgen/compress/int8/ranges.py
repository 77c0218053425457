"""Scales of weights, symmetric per channel or per tensor, and the affine grid of activations."""

import torch

ACTIVATION_MIN, ACTIVATION_MAX = -128, 127
WEIGHT_MAX = 127  # -128 is never used, so that a weight and its negative are both representable

# Smallest scale; far below anything that contributes, far above what makes float32 products denormal.
SMALLEST_SCALE = 2.0**-40

_LEVELS = ACTIVATION_MAX - ACTIVATION_MIN


def affine_parameters(low: torch.Tensor, high: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return scale (float32) and zero point (int64) of int8 activations over [low, high], any shape.

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


def symmetric_scale(weight: torch.Tensor) -> torch.Tensor:
    """Return (channels,) float32 scales that map each channel's largest magnitude to 127; `weight` is (channels, …)."""
    largest = weight.flatten(1).abs().amax(dim=1).double()
    return (largest / WEIGHT_MAX).float().clamp(min=SMALLEST_SCALE)


def minimal_mse_scale(weight: torch.Tensor, *, candidates: int = 80, smallest: float = 0.3) -> torch.Tensor:
    """Return (channels,) float32 scales of least squared error per channel, among fractions of the min-max scale.

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


def weight_scale(weight: torch.Tensor, *, method: str, granularity: str) -> torch.Tensor:
    """Return (channels,) float32 scales of a weight (channels, …).

    Args:
        method: "mse" or "min_max".
        granularity: "channel", or "tensor" for equal scales.
    """
    choose = minimal_mse_scale if method == "mse" else symmetric_scale
    if granularity == "channel":
        return choose(weight)
    return choose(weight.reshape(1, -1)).expand(weight.shape[0]).contiguous()


def _symmetric_error(flat: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    quantised = (flat / scale).round_().clamp_(-WEIGHT_MAX, WEIGHT_MAX)
    return quantised.mul_(scale).sub_(flat).square_().sum(dim=1)
