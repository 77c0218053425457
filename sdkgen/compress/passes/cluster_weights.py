"""Pass "cluster_weights": every layer's weights share a palette of 2^bits values."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from sdkgen.compress.base import FineTunePass
from sdkgen.errors import CompressionError
from sdkgen.registry import register
from sdkgen.types import PassReport

if TYPE_CHECKING:
    from sdkgen.compress.network import Network

NAME = "cluster_weights"


@register("pass", NAME)
class ClusterWeights(FineTunePass):
    """Replaces every weight by the nearest of 2^bits values per layer, found by k-means; fine-tuning moves the values.

    Han et al., "Deep Compression", arXiv:1510.00149, section 3: values start evenly spaced between the extremes, which
    keeps the few large weights; in fine-tuning all weights of one cluster move together. Zeros stay zeros. Layers
    with no more weights than 2^bits stay as they are. BatchNorm is folded first: its factors per channel would take the
    deployed weights off the palette.
    """

    name: ClassVar[str] = NAME
    rank: ClassVar[int] = 40
    reason: ClassVar[str] = "it gives the weights a palette, which training or zeros set afterwards would break"
    undone_by: ClassVar[Mapping[str, str]] = {
        "int8_qat": "training moves the weights off their palette again",
        "equalise": "factors per input channel take the weights off their palette",
    }

    bits: Literal[4, 6, 8] = Field(default=6, description="4, 6 or 8")

    @property
    def palette_bits(self) -> int:
        return self.bits

    def run(self, network: "Network") -> tuple["Network", PassReport]:
        """Give the layers of a copy of the module their palettes.

        Raises:
            CompressionError: no layer has more weights than the palette has values, or training diverges.
            SpecError: an option needs [training] or [training.teacher].
        """
        import torch

        from sdkgen.compress.modules.cluster_weights import cluster_means, clusters_of
        from sdkgen.compress.modules.fold_batch_norm import folded
        from sdkgen.compress.modules.layers import require_layers, weighted_layers
        from sdkgen.compress.training.fine_tune import fine_tune, fine_tuning

        size = 2**self.bits
        tuning = fine_tuning(self, network)
        module, norms = folded(network)
        module.requires_grad_(True)
        every = weighted_layers(module)
        require_layers(NAME, every)
        layers = {name: layer for name, layer in every.items() if layer.weight.numel() > size}
        if not layers:
            raise CompressionError(
                f"pass {NAME}: no layer has more than {size} weights", remedy="Choose fewer bits, or remove the pass."
            )
        kept = {name: layer.weight.detach() != 0 for name, layer in layers.items()}
        clusters = {name: clusters_of(layer.weight.detach().flatten(), size) for name, layer in layers.items()}

        def share_values() -> None:
            with torch.no_grad():
                for name, layer in layers.items():
                    shared = cluster_means(layer.weight.flatten(), clusters[name], size).view_as(layer.weight)
                    layer.weight.copy_(shared * kept[name])

        before = {name: layer.weight.detach().clone() for name, layer in layers.items()}
        share_values()
        noise = sum(float((before[name] - layer.weight.detach()).square().sum()) for name, layer in layers.items())
        signal = sum(float(weight.square().sum()) for weight in before.values())
        fine_tune(NAME, network, module, tuning, after_step=share_values)
        module.eval().requires_grad_(False)
        error = 100 * (noise / signal) ** 0.5 if signal else 0.0
        notes = [
            f"{len(layers)} of {len(every)} layers have a palette of {size} values; "
            f"the weights moved by {error:.1f} % (root mean square)",
            f"Core ML stores {self.bits} bits a weight; the .pte keeps int8 and gains only what the store's "
            "compression finds",
        ]
        if norms:
            notes.append(
                f"{norms} BatchNorm layers folded before, so that the palettes are those of the deployed weights"
            )
        if tuning.epochs:
            notes.append(f"fine-tuned for {tuning.epochs} epochs, the weights of a cluster together")
        return network.with_module(module), PassReport(
            name=NAME,
            before={"distinct_weights": sum(len(set(weight.flatten().tolist())) for weight in before.values())},
            after={"distinct_weights": sum(len(set(layer.weight.flatten().tolist())) for layer in layers.values())},
            notes=tuple(notes),
        )
