"""Weights the values of every observed activation by the output error that their error causes (Gauss-Newton)."""

import sys
from typing import Any

import torch
from torch.fx import GraphModule, Interpreter

from sdkgen.compress.int8.observers import ActivationObserver
from sdkgen.compress.program import Inputs
from sdkgen.errors import CompressionError

PROBES = 2
"""Random directions per sample, one backward pass each; the estimate averages over samples."""


def weigh_by_outputs(prepared: GraphModule, samples: tuple[Inputs, ...]) -> None:
    """Fill the weighted histograms of the observers of a prepared graph.

    A small error d of an activation changes the outputs by J d. With J' J taken as diagonal (Gauss-Newton, as in BRECQ,
    Li et al., arXiv:2102.05426), the squared error there is the sum of diag(J' J) d^2, and the diagonal is the
    expectation of (J' r)^2 over r with independent entries of mean 0 and variance 1: a backward pass per r. Every
    output counts in units of its mean square.

    Raises:
        CompressionError: no output can be differentiated.
    """
    generator = torch.Generator().manual_seed(0)
    for index, sample in enumerate(samples, start=1):
        run = _Recorded(prepared)
        with torch.enable_grad():
            result = torch.utils._pytree.tree_leaves(run.run(*sample))
        outputs = [y for y in result if isinstance(y, torch.Tensor) and y.requires_grad]
        if not outputs:
            raise CompressionError(
                "the network's outputs do not depend on its activations in a way that has a derivative",
                remedy='Set activation_range = "mse" in the pass.',
            )
        tensors = [tensor for _, tensor in run.observed]
        weights = [torch.zeros_like(tensor) for tensor in tensors]
        for probe in range(PROBES):
            directions = [_direction(y, generator) for y in outputs]
            gradients = torch.autograd.grad(
                outputs, tensors, directions, retain_graph=probe < PROBES - 1, allow_unused=True
            )
            for weight, gradient in zip(weights, gradients, strict=True):
                if gradient is not None:
                    weight += gradient.square()
        for (observer, tensor), weight in zip(run.observed, weights, strict=True):
            observer.add_weighted(tensor.detach(), weight)
        if index % 10 == 0 or index == len(samples):
            print(f"weighing errors at the outputs {index}/{len(samples)}", file=sys.stderr, flush=True)


class _Recorded(Interpreter):
    """Runs a prepared graph and keeps the inputs of its activation observers, differentiable."""

    def __init__(self, prepared: GraphModule) -> None:
        super().__init__(prepared)
        self.observed: list[tuple[ActivationObserver, torch.Tensor]] = []

    def call_module(self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        observer = self.fetch_attr(target)
        if not isinstance(observer, ActivationObserver):
            return super().call_module(target, args, kwargs)
        (tensor,) = args
        if not tensor.requires_grad:  # an input of the network
            tensor = tensor.detach().requires_grad_(True)
        self.observed.append((observer, tensor))
        return tensor


def _direction(output: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    scale = output.detach().square().mean().sqrt()
    return torch.randn(output.shape, generator=generator) / (scale if scale > 0 else 1.0)
