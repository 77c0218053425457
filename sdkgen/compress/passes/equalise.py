"""Pass "equalise": moves scale between layers, channel by channel, so that int8 serves every channel equally well."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from sdkgen.compress.base import GraphPass
from sdkgen.errors import CompressionError
from sdkgen.registry import register
from sdkgen.spec.tables import Fraction
from sdkgen.types import PassReport

if TYPE_CHECKING:
    from sdkgen.compress.program import ExportedNetwork

NAME = "equalise"


@register("pass", NAME)
class Equalise(GraphPass):
    """Multiplies the channels of a tensor by factors in the layers that make it, and divides in those that read it."""

    name: ClassVar[str] = NAME
    rank: ClassVar[int] = 60
    reason: ClassVar[str] = "it works on the folded graph, which cannot be trained, pruned or folded any more"
    undone_by: ClassVar[Mapping[str, str]] = {"int8_qat": "it trains the module, which the factors have not reached"}

    strength: Fraction = Field(default=0.4, description="the activations' part against the weights', between 0 and 1")

    def run(self, program: "ExportedNetwork") -> tuple["ExportedNetwork", PassReport]:
        """Equalise, and verify the outputs on calibration samples.

        Raises:
            CompressionError: no tensor can be scaled, or the outputs have changed.
        """
        from dataclasses import asdict

        from sdkgen.compress.equivalence import TOLERANCE, require_equivalence
        from sdkgen.compress.graphs.channel_groups import channel_groups
        from sdkgen.compress.graphs.equalise import equalise
        from sdkgen.compress.macs import size_of
        from sdkgen.compress.program import graph_of, with_graph

        graph_module = graph_of(program.exported)
        groups = channel_groups(graph_module)
        if not groups:
            raise CompressionError(
                f"pass {NAME}: there are no two layers between which channels could be scaled",
                remedy="It needs a convolution or linear layer that reads another's result, with nothing between them "
                "but clamps, pooling and additions. Remove the pass.",
            )
        spans = equalise(graph_module, groups, program.calibration, self.strength)
        difference = require_equivalence(
            NAME, graph_of(program.exported), graph_module, program.calibration, remedy="Leave the pass out."
        )
        result = with_graph(program, graph_module)
        limited = sum(bool(group.clamps) for group in groups)
        notes = [
            f"{len(groups)} groups of tensors scaled, the channels of one against each other by up to "
            f"{max(spans):.0f}; largest difference of an output: {difference:.1e} of its range "
            f"(allowed {TOLERANCE:.0e})"
        ]
        if limited:
            notes.append(f"{limited} of them stand under a clamp such as ReLU6: channels that reach it are not scaled")
        before, after = size_of(program.exported), size_of(result.exported)
        return result, PassReport(name=NAME, before=asdict(before), after=asdict(after), notes=tuple(notes))
