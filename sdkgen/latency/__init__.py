"""What a network would execute on a phone: instructions per tier, modelled from its operators by measured costs."""

from sdkgen.latency.costs import Costs, Estimate, load
from sdkgen.latency.operators import OperatorShape
from sdkgen.latency.program import operators_of

__all__ = ["Costs", "Estimate", "OperatorShape", "load", "modelled", "operators_of"]


def modelled(exported: object) -> Estimate:
    """Executed instructions of one inference by tier, on one thread.

    Args:
        exported: a torch.export.ExportedProgram with batch size 1, float or quantised by quantized_decomposed
            operators; the figure is that of its int8 form either way.
    """
    return load().estimate(operators_of(exported))
