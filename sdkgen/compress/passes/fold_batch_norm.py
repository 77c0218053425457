"""Pass "fold_batch_norm": BatchNorm in inference mode becomes part of the convolution or linear layer before it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from sdkgen.compress.base import GraphPass
from sdkgen.registry import register
from sdkgen.types import PassReport

if TYPE_CHECKING:
    from sdkgen.compress.program import ExportedNetwork

NAME = "fold_batch_norm"


@register("pass", NAME)
class FoldBatchNorm(GraphPass):
    """Folds every BatchNorm that follows a convolution or linear layer.

    A BatchNorm of a feature map without such a layer before it becomes a depthwise 1x1 convolution, any other stays;
    the report names both.
    """

    name: ClassVar[str] = NAME
    rank: ClassVar[int] = 50
    reason: ClassVar[str] = "it works on the exported graph, which cannot be trained or pruned any more"
    undone_by: ClassVar[Mapping[str, str]] = {
        "int8_qat": "it trains the module with its BatchNorm, and folds it itself"
    }

    def run(self, program: "ExportedNetwork") -> tuple["ExportedNetwork", PassReport]:
        """Fold, and verify the outputs on calibration samples.

        Raises:
            CompressionError: the folded program gives other outputs.
        """
        from dataclasses import asdict

        from sdkgen.compress.equivalence import TOLERANCE, require_equivalence
        from sdkgen.compress.graphs.fold_batch_norm import fold
        from sdkgen.compress.macs import size_of
        from sdkgen.compress.program import graph_of, with_graph

        reference = graph_of(program.exported)
        folded = graph_of(program.exported)
        alone, left = fold(folded)
        remedy = "Look for a BatchNorm with a running variance near 0 or a huge running mean, or leave the pass out."
        difference = require_equivalence(NAME, reference, folded, program.calibration, remedy=remedy)
        result = with_graph(program, folded)
        before, after = size_of(program.exported), size_of(result.exported)
        notes = [f"largest difference of an output: {difference:.1e} of its range (allowed {TOLERANCE:.0e})"]
        if alone:
            notes.append(f"now depthwise 1x1 convolutions, nothing before them to fold into: {', '.join(alone)}")
        if left:
            notes.append(f"left in place, no convolution or linear layer before them: {', '.join(left)}")
        return result, PassReport(name=NAME, before=asdict(before), after=asdict(after), notes=tuple(notes))
