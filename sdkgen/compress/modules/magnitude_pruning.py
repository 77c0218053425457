"""Chooses the weights of least magnitude."""

from collections.abc import Mapping

import torch
from torch import nn


def masks_of(
    layers: Mapping[str, nn.Conv2d | nn.Linear], sparsity: float, *, per_layer: bool
) -> dict[str, torch.Tensor]:
    """Return 0 or 1 for every weight, 0 for the least of them; float32, of the weight's shape.

    Args:
        sparsity: the fraction of 0, of each layer with `per_layer`, else of all layers together, each weight divided
            by its layer's root mean square.
    """
    scores = {name: layer.weight.detach().abs() for name, layer in layers.items()}
    if per_layer:
        return {name: _keep(score, _threshold(score.flatten(), sparsity)) for name, score in scores.items()}
    # Layers differ in scale; without the division only the widest layer would be pruned.
    scores = {name: score / score.square().mean().sqrt().clamp(min=1e-12) for name, score in scores.items()}
    threshold = _threshold(torch.cat([score.flatten() for score in scores.values()]), sparsity)
    return {name: _keep(score, threshold) for name, score in scores.items()}


def _threshold(scores: torch.Tensor, sparsity: float) -> float:
    """Return the magnitude up to which weights are pruned; below every weight when none is to be pruned."""
    count = int(sparsity * scores.numel())
    return float(scores.kthvalue(count).values) if count else -1.0


def _keep(score: torch.Tensor, threshold: float) -> torch.Tensor:
    return (score > threshold).float()
