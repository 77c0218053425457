"""Fixes the number of torch threads where the result depends on it."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Compute with `count` threads inside the block and restore the number afterwards.

    The order of float sums depends on the number of threads: with a fixed one, ranges and weights are the same on every
    machine with the same kernels. One thread is also faster while SCons compiles on the other cores: OpenMP threads
    spin as they wait.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
