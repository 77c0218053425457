"""Pass "low_rank": a layer becomes a chain of thinner ones where that saves both arithmetic and bytes."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from sdkgen.compress.base import FineTunePass
from sdkgen.errors import CompressionError
from sdkgen.registry import register
from sdkgen.types import PassReport

if TYPE_CHECKING:
    from sdkgen.compress.network import Network

NAME = "low_rank"


@register("pass", NAME)
class LowRank(FineTunePass):
    """Factorises weights: SVD of linear layers and 1×1 convolutions, Tucker-2 or CP of k×k convolutions.

    Tucker-2: Kim et al., arXiv:1511.06530; CP: Lebedev et al., arXiv:1412.6553. A layer is replaced only where its
    multiply-accumulates and its weights both fall by a tenth or more, and never where it has fewer than 8 inputs.
    """

    name: ClassVar[str] = NAME
    rank: ClassVar[int] = 20
    reason: ClassVar[str] = "it replaces layers, so that channels can no longer be removed across them"

    energy: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.9, description="the part of the squared singular values that stays, between 0 and 1"
    )
    rank_fraction: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        default=None, description="instead of energy: the rank as a fraction of the full one, between 0 and 1"
    )
    method: Literal["tucker", "cp"] = "tucker"

    def run(self, network: "Network") -> tuple["Network", PassReport]:
        """Factorise layers of a copy of the module.

        Raises:
            CompressionError: no layer would become smaller, or training diverges.
            SpecError: an option needs [training] or [training.teacher].
        """
        import copy

        from sdkgen.compress.modules.layers import require_layers, weighted_layers
        from sdkgen.compress.modules.low_rank import replacement
        from sdkgen.compress.training.fine_tune import fine_tune, fine_tuning

        tuning = fine_tuning(self, network)
        energy = None if self.rank_fraction is not None else self.energy
        module = copy.deepcopy(network.module).requires_grad_(True)
        layers = weighted_layers(module)
        require_layers(NAME, layers)
        found = {name: replacement(layer, self.method, energy, self.rank_fraction) for name, layer in layers.items()}
        chosen = {name: chain for name, chain in found.items() if chain is not None}
        if not chosen:
            raise CompressionError(
                f"pass {NAME}: no layer becomes smaller at this rank",
                remedy="Lower energy or rank_fraction, or remove the pass: the weights have no low rank.",
            )
        for name, chain in chosen.items():
            parent, _, leaf = name.rpartition(".")
            setattr(module.get_submodule(parent) if parent else module, leaf, chain.layer)
        fine_tune(NAME, network, module, tuning)
        module.eval().requires_grad_(False)
        notes = [f"{len(chosen)} of {len(layers)} layers factorised; the others would not become smaller"]
        notes += [f"{name}: {chain.note}" for name, chain in chosen.items()]
        if tuning.epochs:
            notes.append(f"fine-tuned for {tuning.epochs} epochs")
        return network.with_module(module), PassReport(name=NAME, before={}, after={}, notes=tuple(notes))
