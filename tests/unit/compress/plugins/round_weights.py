"""A pass from a plug-in folder: rounds the weights of the exported graph to a number of binary places."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from sdkgen.compress.base import GraphPass
from sdkgen.registry import register
from sdkgen.types import PassReport

if TYPE_CHECKING:
    from sdkgen.compress.program import ExportedNetwork


@register("pass", "round_weights")
class RoundWeights(GraphPass):
    """Rounds every weight to a multiple of 2^-places."""

    name: ClassVar[str] = "round_weights"
    rank: ClassVar[int] = 55
    reason: ClassVar[str] = "it rounds the folded weights, which folding or training afterwards would undo"
    undone_by: ClassVar = {"equalise": "factors take the weights off their multiples"}
    undoes: ClassVar = {"cluster_weights": "it takes the weights off their palette"}

    places: Annotated[int, Field(ge=0, le=20)] = Field(default=4, description="a whole number of binary places, 0…20")

    def run(self, program: "ExportedNetwork") -> tuple["ExportedNetwork", PassReport]:
        from torch.nn import Parameter

        from sdkgen.compress.program import graph_of, with_graph

        graph_module = graph_of(program.exported)
        for path, tensor in list(graph_module.named_parameters()):
            rounded = (tensor.detach() * 2**self.places).round() / 2**self.places
            owner, _, leaf = path.rpartition(".")
            setattr(graph_module.get_submodule(owner), leaf, Parameter(rounded, requires_grad=False))
        note = f"rounded to {self.places} binary places"
        return with_graph(program, graph_module), PassReport(name=self.name, before={}, after={}, notes=(note,))
