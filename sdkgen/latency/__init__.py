"""Models the instructions that a network executes on a phone, per tier, from its operators and measured costs."""

from typing import TYPE_CHECKING

from sdkgen.latency.costs import Costs, Estimate, load
from sdkgen.plan.operator_shape import OperatorShape

if TYPE_CHECKING:
    from torch.export import ExportedProgram

__all__ = ["Costs", "Estimate", "OperatorShape", "load", "modelled"]


def modelled(exported: "ExportedProgram") -> Estimate:
    """Model the executed instructions of one inference by tier, on one thread.

    Args:
        exported: batch size 1, float or quantised by quantized_decomposed operators; the figure is that of its int8
            form either way, every operator run whole.
    """
    from sdkgen.plan.unit_quantisation import lower_by_unit_quantisation

    lowered = lower_by_unit_quantisation(exported)
    graph = lowered.graph
    return load().estimate((graph.shape(operator) for operator in graph.operators), unknown=lowered.unknown)
