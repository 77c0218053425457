"""Rewrites of the int8 graph that keep every result bit for bit."""

from dataclasses import replace

from sdkgen.export.arena import lifetimes
from sdkgen.export.graph import Graph, Kind, Operator


def prefer_dying_input(graph: Graph) -> Graph:
    """Swap the inputs of an addition whose second input dies there and whose first does not.

    The result may then stand on input 0 (arena.py). Floating-point addition is commutative, so nothing changes.
    """
    alive = lifetimes(graph)

    def swapped(index: int, operator: Operator) -> Operator:
        if operator.kind is not Kind.ADD or operator.input1 is None or alive[operator.input0].last == index:
            return operator
        if alive[operator.input1].last != index:
            return operator
        return replace(operator, input0=operator.input1, input1=operator.input0, scales=operator.scales[::-1])

    return replace(graph, operators=tuple(swapped(index, operator) for index, operator in enumerate(graph.operators)))
