"""Gradients of the loss on training data, for passes that rank weights by them."""

import torch
from torch import nn

from sdkgen.compress.network import Training


def accumulate_gradients(training: Training, module: nn.Module, batches: int) -> None:
    """Leave in `.grad` of every parameter the gradient of the mean loss, summed over the first training batches.

    Args:
        batches: number of batches, in the order that the seed of the training gives.
    """
    seed, size = training.settings.seed, training.settings.batch_size
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(training.data.train), generator=generator)[: batches * size]
    module.zero_grad(set_to_none=True)
    for inputs, labels in training.data.train.batches(size, order, seed=seed):
        nn.functional.cross_entropy(module(inputs), labels).backward()  # type: ignore[no-untyped-call]  # torch's
