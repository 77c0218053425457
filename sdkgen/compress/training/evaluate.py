"""Accuracy of a network on labelled data."""

from collections.abc import Callable

import torch

from sdkgen.compress.training.data import Split

BATCH = 500


def predictions(
    forward: Callable[[torch.Tensor], torch.Tensor], split: Split, dtype: torch.dtype = torch.float32
) -> torch.Tensor:
    """Return (samples,) int64: the class with the largest logit of every sample; of equal ones the first.

    Args:
        forward: (n, *shape) of `dtype` to logits (n, classes).
    """
    with torch.no_grad():
        return torch.cat([forward(inputs.to(dtype)).argmax(dim=1) for inputs, _ in split.batches(BATCH)])


def top1(forward: Callable[[torch.Tensor], torch.Tensor], split: Split) -> float:
    """Return the fraction of samples whose largest logit is the label's, 0…1."""
    return float((predictions(forward, split) == split.labels()).double().mean())
