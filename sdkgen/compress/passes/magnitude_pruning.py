"""Pass "magnitude_pruning": the smallest weights become 0, which compresses well and computes no faster."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from sdkgen.compress.base import FineTunePass
from sdkgen.registry import register
from sdkgen.types import PassReport

if TYPE_CHECKING:
    from sdkgen.compress.network import Network

NAME = "magnitude_pruning"


@register("pass", NAME)
class MagnitudePruning(FineTunePass):
    """Sets the weights of least magnitude to 0 and keeps them at 0 while the others are trained further.

    Han et al., "Learning both weights and connections", arXiv:1506.02626. Scope "global" compares the weights of all
    layers, each divided by its layer's root mean square; "layer" takes the same fraction of each.
    """

    name: ClassVar[str] = NAME
    rank: ClassVar[int] = 30
    reason: ClassVar[str] = "it sets weights to 0, which a change of the layers afterwards would undo"
    leaves_zeros: ClassVar[bool] = True
    undone_by: ClassVar[Mapping[str, str]] = {"int8_qat": "training moves the weights off 0 again"}

    sparsity: Annotated[float, Field(gt=0, lt=1)] = Field(
        default=0.5, description="the fraction of the weights that becomes 0, between 0 and 1"
    )
    scope: Literal["global", "layer"] = "global"

    def run(self, network: "Network") -> tuple["Network", PassReport]:
        """Set weights of a copy of the module to 0.

        Raises:
            CompressionError: the network has no convolution or linear layer, or training diverges.
            SpecError: an option needs [training] or [training.teacher].
        """
        import copy

        import torch

        from sdkgen.compress.modules.layers import require_layers, weighted_layers
        from sdkgen.compress.modules.magnitude_pruning import masks_of
        from sdkgen.compress.training.fine_tune import fine_tune, fine_tuning

        tuning = fine_tuning(self, network)
        module = copy.deepcopy(network.module).requires_grad_(True)
        layers = weighted_layers(module)
        require_layers(NAME, layers)
        masks = masks_of(layers, self.sparsity, per_layer=self.scope == "layer")

        def apply_masks() -> None:
            with torch.no_grad():
                for name, layer in layers.items():
                    layer.weight.mul_(masks[name])

        apply_masks()
        fine_tune(NAME, network, module, tuning, after_step=apply_masks)
        module.eval().requires_grad_(False)
        zeros = sum(int((mask == 0).sum()) for mask in masks.values())
        total = sum(mask.numel() for mask in masks.values())
        chosen = "chosen globally" if self.scope == "global" else "the same fraction of every layer"
        notes = [
            f"{zeros} of {total} weights are 0 ({100 * zeros / total:.1f} %), {chosen}",
            "zeros make the download smaller after the store's compression; the kernels compute them like other "
            "weights, so nothing is gained in speed",
        ]
        if tuning.epochs:
            notes.append(f"fine-tuned for {tuning.epochs} epochs with the zeros held")
        before = sum(int((layer.weight == 0).sum()) for layer in weighted_layers(network.module).values())
        return network.with_module(module), PassReport(
            name=NAME, before={"zero_weights": before}, after={"zero_weights": zeros}, notes=tuple(notes)
        )
