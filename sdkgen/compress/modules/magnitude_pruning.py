"""Pass "magnitude_pruning": the smallest weights become 0, which compresses well and computes no faster."""

import copy
from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import nn

from sdkgen.compress.network import Network
from sdkgen.compress.program import choice, refuse_unknown
from sdkgen.compress.training.fine_tune import DEFAULTS, fine_tune, fine_tuning, refuse_no_layer, weighted_layers
from sdkgen.registry import register
from sdkgen.types import JsonValue, PassReport

NAME = "magnitude_pruning"
OPTIONS: Mapping[str, tuple[JsonValue, ...]] = {"scope": ("global", "layer")}
SPARSITY = 0.5


@register("compress_module", NAME)
def magnitude_pruning(network: Network, options: Mapping[str, JsonValue]) -> tuple[Network, PassReport]:
    """Set the weights of least magnitude to 0 and keep them there while the others are trained on.

    Han et al., "Learning both weights and connections", arXiv:1506.02626. Options: `sparsity`, the fraction of all
    weights that becomes 0 (default 0.5); `scope`, "global" compares the weights of all layers, each divided by its
    layer's root mean square, "layer" takes the same fraction of each; and those of fine-tuning.

    Raises:
        CompressionError: the network has no convolution or linear layer, or training diverges.
        SpecError: an option does not fit.
    """
    refuse_unknown(NAME, options, ("sparsity", *OPTIONS, *DEFAULTS))
    scope = choice(NAME, options, "scope", OPTIONS["scope"])
    sparsity = float(options.get("sparsity", SPARSITY))
    tuning = fine_tuning(NAME, network, options)
    module = copy.deepcopy(network.module).requires_grad_(True)
    layers = weighted_layers(module)
    refuse_no_layer(NAME, layers)
    masks = _masks(layers, sparsity, per_layer=scope == "layer")

    def apply_masks() -> None:
        with torch.no_grad():
            for name, layer in layers.items():
                layer.weight.mul_(masks[name])

    apply_masks()
    fitted = fine_tune(NAME, network, module, tuning, after_step=apply_masks)
    module.eval().requires_grad_(False)
    zeros = sum(int((mask == 0).sum()) for mask in masks.values())
    total = sum(mask.numel() for mask in masks.values())
    notes = [
        f"{zeros} of {total} weights are 0 ({100 * zeros / total:.1f} %), chosen {scope}ly"
        if scope == "global"
        else f"{zeros} of {total} weights are 0 ({100 * zeros / total:.1f} %), the same fraction of every layer",
        "zeros make the download smaller after the store's compression; the kernels compute them like other weights, "
        "so nothing is gained in speed",
    ]
    if fitted is not None:
        notes.append(f"fine-tuned for {tuning.epochs} epochs with the zeros held")
    report = PassReport(
        name=NAME,
        before={
            "zero_weights": sum(int((layer.weight == 0).sum()) for layer in weighted_layers(network.module).values())
        },
        after={"zero_weights": zeros},
        notes=tuple(notes),
    )
    return replace(network, module=module), report


def _masks(layers: Mapping[str, nn.Conv2d | nn.Linear], sparsity: float, *, per_layer: bool) -> dict[str, torch.Tensor]:
    """0 or 1 for every weight; float32, of the weight's shape."""
    scores = {name: layer.weight.detach().abs() for name, layer in layers.items()}
    if per_layer:
        return {name: _keep(score, _threshold(score.flatten(), sparsity)) for name, score in scores.items()}
    # Layers differ in scale; without the division the widest layer alone would be emptied.
    scores = {name: score / score.square().mean().sqrt().clamp(min=1e-12) for name, score in scores.items()}
    threshold = _threshold(torch.cat([score.flatten() for score in scores.values()]), sparsity)
    return {name: _keep(score, threshold) for name, score in scores.items()}


def _threshold(scores: torch.Tensor, sparsity: float) -> float:
    """The magnitude up to which weights go; below every weight when nothing is to go."""
    count = int(sparsity * scores.numel())
    return float(scores.kthvalue(count).values) if count else -1.0


def _keep(score: torch.Tensor, threshold: float) -> torch.Tensor:
    return (score > threshold).float()
