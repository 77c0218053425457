"""Removes whole channels together with everything that depends on them across residuals and concatenations.

Dependencies come from torch-pruning (Fang et al., "DepGraph", arXiv:2301.12900).
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch_pruning
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from sdkgen.compress.modules.layers import weighted_layers
from sdkgen.compress.training.memory_format import run_unchanged
from sdkgen.errors import CompressionError

ROUND_TO = 8
"""Numbers of channels are multiples of it: the kernels compute panels of eight, so fewer would save nothing."""
MOST_REMOVED = 0.9
"""Largest fraction of a layer's channels that is removed, at any importance: an empty layer disconnects the network."""
BISECTIONS = 8


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """Criterion for the channels to remove.

    Attributes:
        pass_name: for messages.
        importance: "l1" or "l2" norm of a channel's weights, or "taylor", |weight · gradient|.
        scope: "global" compares the channels of all layers, "layer" takes the same fraction of each.
    """

    pass_name: str
    importance: str
    scope: str


def prune(module: nn.Module, example: torch.Tensor, criterion: Criterion, target: float) -> nn.Module:
    """Return a copy with at most `target` multiply-accumulates, by the smallest sufficient pruning ratio (bisection).

    Args:
        module: has gradients in its parameters when the importance is "taylor".
        example: one input, (1, …) float32.

    Raises:
        CompressionError: the target cannot be reached, or torch-pruning cannot follow the channels.
    """
    best: nn.Module | None = None
    low, high = 0.0, 1.0
    for _ in range(BISECTIONS):
        ratio = (low + high) / 2
        pruned = _pruned_at(module, example, criterion, ratio)
        if macs(pruned, example) <= target:
            best, high = pruned, ratio
        else:
            low = ratio
    if best is None:
        reached = macs(_pruned_at(module, example, criterion, 1.0), example)
        if reached > target:
            raise CompressionError(
                f"pass {criterion.pass_name}: {target:.0f} multiply-accumulates cannot be reached; "
                f"the least is {reached}",
                remedy="Raise macs_fraction: some channels are bound to the input, the output or to each other.",
            )
        best = _pruned_at(module, example, criterion, 1.0)
    return best


def _pruned_at(module: nn.Module, example: torch.Tensor, criterion: Criterion, ratio: float) -> nn.Module:
    copied = _copy_with_gradients(module)
    importance: Any = (
        torch_pruning.importance.GroupTaylorImportance()
        if criterion.importance == "taylor"
        else torch_pruning.importance.GroupMagnitudeImportance(p=1 if criterion.importance == "l1" else 2)
    )
    pruner = torch_pruning.pruner.BasePruner(
        copied,
        example,
        importance=importance,
        global_pruning=criterion.scope == "global",
        pruning_ratio=ratio,
        max_pruning_ratio=MOST_REMOVED,
        round_to=ROUND_TO,
        ignored_layers=_bound_to_outputs(copied, example),
    )
    try:
        pruner.step()
        copied.zero_grad(set_to_none=True)
        run_unchanged(copied, example)
    # Raised by a layer whose input channels do not match its weights, or by inconsistent bookkeeping.
    except (RuntimeError, IndexError) as error:
        raise CompressionError(
            f"pass {criterion.pass_name}: torch-pruning cannot follow its channels through the network: {error}",
            remedy="Pool to one position before a flatten() of concatenated channels, and leave no branch in forward() "
            "whose result nothing reads.",
        ) from error
    return copied


def _copy_with_gradients(module: nn.Module) -> nn.Module:
    # deepcopy does not copy gradients, which Taylor importance reads.
    copied = copy.deepcopy(module)
    for source, target in zip(module.parameters(), copied.parameters(), strict=True):
        target.grad = None if source.grad is None else source.grad.clone()
    return copied


def _bound_to_outputs(module: nn.Module, example: torch.Tensor) -> list[nn.Module]:
    """Return the layers whose channels are outputs of the network: removing one would change the API."""
    # The autograd graph leads from an output to its layer, through any operator that keeps channels.
    outputs = module.eval()(example)
    tensors = outputs if isinstance(outputs, tuple | list) else (outputs,)
    weights = {id(layer.weight): layer for layer in weighted_layers(module).values()}
    return [layer for tensor in tensors for layer in _nearest(tensor.grad_fn, weights)]


def _nearest(node: Any, weights: Mapping[int, nn.Module]) -> list[nn.Module]:
    """Return the nearest layers on every path back from `node` of the autograd graph."""
    found: list[nn.Module] = []
    waiting, seen = [node], set[int]()
    while waiting:
        current = waiting.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        ahead = [function for function, _ in current.next_functions if function is not None]
        # A linear layer's weight may be reached through a transposition.
        leaves = [leaf for function in ahead for leaf in (function, *(f for f, _ in function.next_functions if f))]
        own = [weights[id(leaf.variable)] for leaf in leaves if id(getattr(leaf, "variable", None)) in weights]
        if own:
            found += own
        else:
            waiting += ahead
    return found


def macs(module: nn.Module, example: torch.Tensor) -> int:
    """Count the multiply-accumulates of one run on `example`."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(example)
    return int(counter.get_total_flops()) // 2  # one multiply-accumulate is two operations


def widths(module: nn.Module) -> dict[str, int]:
    """Return the output channels of every convolution and linear layer."""
    return {name: int(layer.weight.shape[0]) for name, layer in weighted_layers(module).items()}
