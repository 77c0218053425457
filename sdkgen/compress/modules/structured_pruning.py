"""Pass "structured_pruning": whole channels are removed, so that the network really becomes smaller and faster."""

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
import torch_pruning
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from sdkgen.compress.network import Network
from sdkgen.compress.program import choice, refuse_unknown
from sdkgen.compress.training.fine_tune import (
    DEFAULTS,
    accumulate_gradients,
    fine_tune,
    fine_tuning,
    refuse_no_layer,
    weighted_layers,
)
from sdkgen.compress.training.memory_format import run_unchanged
from sdkgen.errors import CompressionError, SpecError
from sdkgen.registry import register
from sdkgen.types import JsonValue, PassReport

NAME = "structured_pruning"
OPTIONS: Mapping[str, tuple[JsonValue, ...]] = {
    "importance": ("l2", "l1", "taylor"),
    "scope": ("global", "layer"),
}
MACS_FRACTION = 0.5
ITERATIONS = 3
ROUND_TO = 8
"""Channels come in multiples of it: the kernels compute in panels of eight, so fewer would save nothing."""
MOST_REMOVED = 0.9
"""Of one layer's channels, whatever their importance: an empty layer cuts the network."""
TAYLOR_BATCHES = 8
SEARCH_STEPS = 8


@register("compress_module", NAME)
def structured_pruning(network: Network, options: Mapping[str, JsonValue]) -> tuple[Network, PassReport]:
    """Remove the least important channels, and with each whatever depends on it across residuals and concatenations.

    Dependencies come from torch-pruning (Fang et al., "DepGraph", arXiv:2301.12900). Options: `macs_fraction`, how
    many of the multiply-accumulates may stay (default 0.5); `importance`, "l1" or "l2" norm of a channel's weights, or
    "taylor", |weight · gradient| on training data (Molchanov et al., arXiv:1906.10771); `scope`, "global" compares the
    channels of all layers, "layer" takes the same fraction of each; `iterations`, in how many steps of pruning and
    fine-tuning; and those of fine-tuning, `epochs` being those of all steps together.

    Raises:
        CompressionError: nothing can be removed, the target cannot be reached, or training diverges.
        SpecError: an option does not fit.
    """
    refuse_unknown(NAME, options, ("macs_fraction", "iterations", *OPTIONS, *DEFAULTS))
    chosen = {key: str(choice(NAME, options, key, allowed)) for key, allowed in OPTIONS.items()}
    fraction = float(options.get("macs_fraction", MACS_FRACTION))
    iterations = int(options.get("iterations", ITERATIONS))
    tuning = fine_tuning(NAME, network, options)
    if chosen["importance"] == "taylor" and network.training is None:
        raise SpecError(f'pass {NAME}: importance = "taylor" needs gradients, and so the table [training]')
    refuse_no_layer(NAME, weighted_layers(network.module))

    module = copy.deepcopy(network.module).requires_grad_(True)
    before, start = _widths(module), _macs(network, module)
    for index in range(iterations):
        module = _prune(network, module, chosen, start * fraction ** ((index + 1) / iterations))
        part = replace(tuning, epochs=_share(tuning.epochs, index, iterations))
        fine_tune(NAME, network, module, part, step=str(index + 1))
    module.eval().requires_grad_(False)

    after, end = _widths(module), _macs(network, module)
    narrowed = [f"{name} {before[name]} → {after[name]}" for name in after if after[name] != before[name]]
    if not narrowed:
        raise CompressionError(
            f"pass {NAME}: no channel can be removed; every layer is bound to the output or has {ROUND_TO} channels",
            remedy="Remove the pass, or start from a wider network.",
        )
    notes = [
        f"{100 * end / start:.1f} % of the multiply-accumulates stay (asked for {100 * fraction:.0f} %), "
        f"channels by {chosen['importance']}, {chosen['scope']}, {iterations} steps",
        "channels removed: " + ", ".join(narrowed),
    ]
    if tuning.epochs:
        taught = ", taught by the teacher" if tuning.distillation else ""
        notes.append(f"fine-tuned for {tuning.epochs} epochs in all{taught}")
    return replace(network, module=module), PassReport(name=NAME, before={}, after={}, notes=tuple(notes))


def _prune(network: Network, module: nn.Module, chosen: Mapping[str, str], target: float) -> nn.Module:
    """A copy with at most `target` MACs, by the smallest ratio of channels that gets there (bisection)."""
    if chosen["importance"] == "taylor":
        accumulate_gradients(network, module, TAYLOR_BATCHES)
    best: nn.Module | None = None
    low, high = 0.0, 1.0
    for _ in range(SEARCH_STEPS):
        ratio = (low + high) / 2
        pruned = _pruned_at(network, module, chosen, ratio)
        if _macs(network, pruned) <= target:
            best, high = pruned, ratio
        else:
            low = ratio
    if best is None:
        reached = _macs(network, _pruned_at(network, module, chosen, 1.0))
        if reached > target:
            raise CompressionError(
                f"pass {NAME}: {target:.0f} multiply-accumulates cannot be reached; the least is {reached}",
                remedy="Raise macs_fraction: some channels are bound to the input, the output or to each other.",
            )
        best = _pruned_at(network, module, chosen, 1.0)
    return best


def _pruned_at(network: Network, module: nn.Module, chosen: Mapping[str, str], ratio: float) -> nn.Module:
    copied = _copy_with_gradients(module)
    (example,) = network.example_inputs
    importance: Any = (
        torch_pruning.importance.GroupTaylorImportance()
        if chosen["importance"] == "taylor"
        else torch_pruning.importance.GroupMagnitudeImportance(p=1 if chosen["importance"] == "l1" else 2)
    )
    pruner = torch_pruning.pruner.BasePruner(
        copied,
        example,
        importance=importance,
        global_pruning=chosen["scope"] == "global",
        pruning_ratio=ratio,
        max_pruning_ratio=MOST_REMOVED,
        round_to=ROUND_TO,
        ignored_layers=_bound_to_outputs(copied, example),
    )
    try:
        pruner.step()
        copied.zero_grad(set_to_none=True)
        run_unchanged(copied, example)
    # Of a layer that is given other channels than it has weights for, or of the bookkeeping that lost them.
    except (RuntimeError, IndexError) as error:
        raise CompressionError(
            f"pass {NAME}: torch-pruning cannot follow its channels through the network: {error}",
            remedy="Pool to one position before a flatten() of concatenated channels, and leave no branch in forward() "
            "whose result nothing reads.",
        ) from error
    return copied


def _copy_with_gradients(module: nn.Module) -> nn.Module:
    # deepcopy leaves gradients behind, which Taylor importance reads.
    copied = copy.deepcopy(module)
    for source, target in zip(module.parameters(), copied.parameters(), strict=True):
        target.grad = None if source.grad is None else source.grad.clone()
    return copied


def _bound_to_outputs(module: nn.Module, example: torch.Tensor) -> list[nn.Module]:
    """The layers whose channels are outputs of the network: removing one would change the API."""
    # Autograd's graph says which layer an output comes from, through any operator that keeps channels.
    outputs = module.eval()(example)
    tensors = outputs if isinstance(outputs, tuple | list) else (outputs,)
    weights = {id(layer.weight): layer for layer in weighted_layers(module).values()}
    return [layer for tensor in tensors for layer in _nearest(tensor.grad_fn, weights)]


def _nearest(node: Any, weights: Mapping[int, nn.Module]) -> list[nn.Module]:
    """The layers that are met first on every way back from `node` of the autograd graph."""
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


def _macs(network: Network, module: nn.Module) -> int:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(*network.example_inputs)
    return int(counter.get_total_flops()) // 2  # a multiply and an add


def _widths(module: nn.Module) -> dict[str, int]:
    """Output channels of every convolution and linear layer."""
    return {name: int(layer.weight.shape[0]) for name, layer in weighted_layers(module).items()}


def _share(epochs: int, index: int, parts: int) -> int:
    """Part `index` of `epochs` split as evenly as it goes; what does not divide comes last."""
    return epochs * (index + 1) // parts - epochs * index // parts
