"""Rewrites of the int8 graph that keep every result bit for bit."""

from dataclasses import replace

from sdkgen.plan.arena import lifetimes
from sdkgen.plan.graph import Graph, Operator


def prefer_dying_input(graph: Graph) -> Graph:
    """Swap the inputs of a commutative operator whose second input dies there and whose first does not.

    The result may then overwrite input 0 (arena.py). Floating-point addition is commutative, and so is the integer
    product; a factor per channel is input 1 by the format and stays there.
    """
    alive = lifetimes(graph)

    def swapped(index: int, operator: Operator) -> Operator:
        if operator.input1 is None or not operator.kind.commutative:
            return operator
        if alive[operator.input0].last == index or alive[operator.input1].last != index:
            return operator
        if graph.tensors[operator.input0].bytes != graph.tensors[operator.input1].bytes:
            return operator
        scales = operator.scales[::-1] if operator.kind.scale_per_operand else operator.scales
        return replace(operator, input0=operator.input1, input1=operator.input0, scales=scales)

    return replace(graph, operators=tuple(swapped(index, operator) for index, operator in enumerate(graph.operators)))
