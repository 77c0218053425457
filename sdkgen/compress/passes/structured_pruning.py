"""Pass "structured_pruning": removes whole channels, so that the network becomes smaller and faster."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from sdkgen.compress.base import FineTunePass
from sdkgen.errors import CompressionError, SpecError
from sdkgen.registry import register
from sdkgen.types import PassReport

if TYPE_CHECKING:
    from sdkgen.compress.network import Network

NAME = "structured_pruning"
TAYLOR_BATCHES = 8


@register("pass", NAME)
class StructuredPruning(FineTunePass):
    """Removes the least important channels, in steps of pruning and fine-tuning.

    Importance "taylor" is |weight · gradient| on training data (Molchanov et al., arXiv:1906.10771). `epochs` are those
    of all steps together.
    """

    name: ClassVar[str] = NAME
    rank: ClassVar[int] = 10
    reason: ClassVar[str] = "it removes channels, and what was done to their weights before would be lost"

    macs_fraction: Annotated[float, Field(gt=0, lt=1)] = Field(
        default=0.5, description="the fraction of the multiply-accumulates that may stay, between 0 and 1"
    )
    importance: Literal["l2", "l1", "taylor"] = "l2"
    scope: Literal["global", "layer"] = "global"
    iterations: Annotated[int, Field(ge=1, le=100)] = Field(default=3, description="a whole number of steps, 1…100")

    def run(self, network: "Network") -> tuple["Network", PassReport]:
        """Prune a copy of the module.

        Raises:
            CompressionError: nothing can be removed, the target cannot be reached, or training diverges.
            SpecError: an option needs [training] or [training.teacher].
        """
        import copy
        from dataclasses import replace

        from sdkgen.compress.modules.layers import require_layers, weighted_layers
        from sdkgen.compress.modules.structured_pruning import ROUND_TO, Criterion, macs, prune, widths
        from sdkgen.compress.training.fine_tune import fine_tune, fine_tuning
        from sdkgen.compress.training.gradients import accumulate_gradients

        tuning = fine_tuning(self, network)
        if self.importance == "taylor" and network.training is None:
            raise SpecError(f'pass {NAME}: importance = "taylor" needs gradients, and so the table [training]')
        require_layers(NAME, weighted_layers(network.module))

        (example,) = network.example_inputs
        criterion = Criterion(pass_name=NAME, importance=self.importance, scope=self.scope)
        module = copy.deepcopy(network.module).requires_grad_(True)
        before, start = widths(module), macs(module, example)
        for index in range(self.iterations):
            if self.importance == "taylor" and network.training is not None:
                accumulate_gradients(network.training, module, TAYLOR_BATCHES)
            target = start * self.macs_fraction ** ((index + 1) / self.iterations)
            module = prune(module, example, criterion, target)
            part = replace(tuning, epochs=_share(tuning.epochs, index, self.iterations))
            fine_tune(NAME, network, module, part, step=str(index + 1))
        module.eval().requires_grad_(False)

        after, end = widths(module), macs(module, example)
        narrowed = [f"{name} {before[name]} → {after[name]}" for name in after if after[name] != before[name]]
        if not narrowed:
            raise CompressionError(
                f"pass {NAME}: no channel can be removed; every layer is bound to the output or has {ROUND_TO} "
                "channels",
                remedy="Remove the pass, or start from a wider network.",
            )
        notes = [
            f"{100 * end / start:.1f} % of the multiply-accumulates stay (asked for {100 * self.macs_fraction:.0f} %), "
            f"channels by {self.importance}, {self.scope}, {self.iterations} steps",
            "channels removed: " + ", ".join(narrowed),
        ]
        if tuning.epochs:
            taught = ", taught by the teacher" if tuning.distillation else ""
            notes.append(f"fine-tuned for {tuning.epochs} epochs in all{taught}")
        return network.with_module(module), PassReport(name=NAME, before={}, after={}, notes=tuple(notes))


def _share(epochs: int, index: int, parts: int) -> int:
    """Return part `index` of `epochs`, split as evenly as possible; the last part takes the remainder."""
    return epochs * (index + 1) // parts - epochs * index // parts
