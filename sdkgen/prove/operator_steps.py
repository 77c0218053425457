"""Operator by operator: compares PyTorch's float32 result on the exact int8 inputs with the exact int8 result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.fx import GraphModule, Interpreter, Node

from sdkgen.prove.integer_reference import IntegerProgram
from sdkgen.samples import Sample


@dataclass(frozen=True, kw_only=True)
class OperatorSteps:
    """Statistics over all quantised activations of all runs.

    Attributes:
        operators: quantised activations in the graph.
        values: int8 numbers compared.
        differing: how many of them PyTorch's float32 rounds to another integer.
        largest: the largest difference, in steps of the activation's scale.
    """

    operators: int
    values: int
    differing: int
    largest: int


def compare_operators(graph_module: GraphModule, program: IntegerProgram, samples: Sequence[Sample]) -> OperatorSteps:
    """Run every operator on exact inputs, so that no rounding error propagates into the next comparison.

    Args:
        graph_module: the PT2E-converted graph.
        program: over the same graph.
    """
    values = differing = largest = operators = 0
    for sample in samples:
        program.evaluate(sample)
        forced = _Forced(graph_module, program.quantised)
        with torch.no_grad():
            forced.run(*(torch.from_numpy(array) for array in sample.inputs))
        operators = len(program.quantised)
        values += sum(tensor.numel() for tensor in program.quantised.values())
        differing += forced.differing
        largest = max(largest, forced.largest)
    return OperatorSteps(operators=operators, values=values, differing=differing, largest=largest)


class _Forced(Interpreter):
    """PyTorch's own execution, but the result of each quantise operator is replaced by the exact one."""

    def __init__(self, graph_module: GraphModule, exact: Mapping[Node, torch.Tensor]) -> None:
        super().__init__(graph_module)
        self._exact = exact
        self.differing = 0
        self.largest = 0

    def run_node(self, n: Node) -> Any:
        value = super().run_node(n)
        exact = self._exact.get(n)
        if exact is None:
            return value
        steps = (value.to(torch.int16) - exact.to(torch.int16)).abs()
        self.differing += int((steps != 0).sum())
        self.largest = max(self.largest, int(steps.max()))
        return exact
