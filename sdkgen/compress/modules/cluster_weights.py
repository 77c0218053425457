"""Pass "cluster_weights": every layer's weights share a palette of 2^bits values."""

from collections.abc import Mapping
from dataclasses import replace

import torch

from sdkgen.compress.modules.fold_batch_norm import folded
from sdkgen.compress.network import Network
from sdkgen.compress.program import choice, refuse_unknown
from sdkgen.compress.training.fine_tune import DEFAULTS, fine_tune, fine_tuning, refuse_no_layer, weighted_layers
from sdkgen.errors import CompressionError
from sdkgen.registry import register
from sdkgen.types import JsonValue, PassReport

NAME = "cluster_weights"
OPTIONS: Mapping[str, tuple[JsonValue, ...]] = {"bits": (6, 4, 8)}
ROUNDS = 50


@register("compress_module", NAME)
def cluster_weights(network: Network, options: Mapping[str, JsonValue]) -> tuple[Network, PassReport]:
    """Replace every weight by the nearest of 2^bits values per layer, found by k-means; fine-tuning moves the values.

    Han et al., "Deep Compression", arXiv:1510.00149, section 3: values start evenly spaced between the extremes, which
    keeps the few large weights; in fine-tuning all weights of one cluster move together. Zeros stay zeros. Layers
    with no more weights than 2^bits stay as they are. BatchNorm is folded first: its factors per channel would take the
    deployed weights off the palette. Options: `bits`, 4, 6 or 8, and those of fine-tuning.

    Raises:
        CompressionError: no layer has more weights than the palette has values, or training diverges.
        SpecError: an option does not fit.
    """
    refuse_unknown(NAME, options, (*OPTIONS, *DEFAULTS))
    bits = int(choice(NAME, options, "bits", OPTIONS["bits"]))
    tuning = fine_tuning(NAME, network, options)
    module, norms = folded(network)
    module.requires_grad_(True)
    every = weighted_layers(module)
    refuse_no_layer(NAME, every)
    layers = {name: layer for name, layer in every.items() if layer.weight.numel() > 2**bits}
    if not layers:
        raise CompressionError(
            f"pass {NAME}: no layer has more than {2**bits} weights", remedy="Choose fewer bits, or remove the pass."
        )
    kept = {name: layer.weight.detach() != 0 for name, layer in layers.items()}
    clusters = {name: _clusters(layer.weight.detach().flatten(), 2**bits) for name, layer in layers.items()}

    def share_values() -> None:
        with torch.no_grad():
            for name, layer in layers.items():
                shared = _means(layer.weight.flatten(), clusters[name], 2**bits).view_as(layer.weight)
                layer.weight.copy_(shared * kept[name])

    before = {name: layer.weight.detach().clone() for name, layer in layers.items()}
    share_values()
    noise = sum(float((before[name] - layer.weight.detach()).square().sum()) for name, layer in layers.items())
    signal = sum(float(weight.square().sum()) for weight in before.values())
    fitted = fine_tune(NAME, network, module, tuning, after_step=share_values)
    module.eval().requires_grad_(False)
    error = 100 * (noise / signal) ** 0.5 if signal else 0.0
    notes = [
        f"{len(layers)} of {len(every)} layers have a palette of {2**bits} values; "
        f"the weights moved by {error:.1f} % (root mean square)",
        f"Core ML stores {bits} bits a weight; the .pte keeps int8 and gains only what the store's compression finds",
    ]
    if norms:
        notes.append(f"{norms} BatchNorm layers folded before, so that the palettes are those of the deployed weights")
    if fitted is not None:
        notes.append(f"fine-tuned for {tuning.epochs} epochs, the weights of a cluster together")
    return replace(network, module=module), PassReport(
        name=NAME,
        before={"distinct_weights": sum(len(set(weight.flatten().tolist())) for weight in before.values())},
        after={"distinct_weights": sum(len(set(layer.weight.flatten().tolist())) for layer in layers.values())},
        notes=tuple(notes),
    )


def kmeans(values: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Lloyd's k-means of numbers: centres (≤ count,) in ascending order, and each value's cluster (n,) int64.

    Deterministic: the centres start evenly between the extremes; one that loses all its values stays where it is.
    """
    values = values.double()
    centres = torch.linspace(float(values.min()), float(values.max()), count, dtype=torch.float64)
    cluster = torch.bucketize(values, (centres[1:] + centres[:-1]) / 2)
    for _ in range(ROUNDS):
        sums = torch.zeros(count, dtype=torch.float64).index_add_(0, cluster, values)
        sizes = torch.bincount(cluster, minlength=count)
        centres = torch.where(sizes > 0, sums / sizes.clamp(min=1), centres).sort().values
        moved = torch.bucketize(values, (centres[1:] + centres[:-1]) / 2)
        if torch.equal(moved, cluster):
            break
        cluster = moved
    return centres, cluster


def _clusters(values: torch.Tensor, count: int) -> torch.Tensor:
    """Each value's cluster; weights that are 0, as pruning leaves them, have cluster 0 to themselves."""
    zero = values == 0
    if not zero.any() or zero.all():
        return kmeans(values, count)[1]
    cluster = torch.zeros(len(values), dtype=torch.int64)
    cluster[~zero] = kmeans(values[~zero], count - 1)[1] + 1
    return cluster


def _means(values: torch.Tensor, cluster: torch.Tensor, count: int) -> torch.Tensor:
    """Every value replaced by the mean of its cluster, formed in float64."""
    sums = torch.zeros(count, dtype=torch.float64).index_add_(0, cluster, values.detach().double())
    sizes = torch.bincount(cluster, minlength=count).clamp(min=1)
    return (sums / sizes).float()[cluster]
