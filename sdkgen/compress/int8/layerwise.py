"""Executes a captured graph layer by layer over all samples, so that a layer can be replaced before it runs."""

from collections.abc import Iterator
from typing import Any

import torch
from torch.fx import GraphModule, Node
from torch.fx.node import map_arg

from sdkgen.compress.program import Inputs
from sdkgen.fx.nodes import constant


class LayerwiseExecution:
    """One execution of a graph over all samples; a tensor is dropped after its last reader."""

    def __init__(self, graph_module: GraphModule, samples: tuple[Inputs, ...]) -> None:
        self._graph_module = graph_module
        self._samples = samples
        self._values: dict[Node, list[Any]] = {}
        self._readers = {node: len(node.users) for node in graph_module.graph.nodes}

    def layers(self, *targets: object) -> Iterator[Node]:
        """Yield each call of one of `targets` with its arguments computed; the call itself is computed afterwards.

        A node that reads constants alone is computed with its reader, so that a constant may still be replaced.
        """
        inputs = iter(range(len(self._samples[0])))
        for node in self._graph_module.graph.nodes:
            if node.op == "placeholder":
                index = next(inputs)
                self._values[node] = [sample[index] for sample in self._samples]
            elif node.op == "call_function" and not self._is_constant(node):
                if node.target in targets:
                    yield node
                self._compute(node)

    def values(self, node: object) -> list[torch.Tensor]:
        """Return the result of `node`, one tensor per sample."""
        assert isinstance(node, Node)
        return self._values[node]

    def _is_constant(self, node: Node) -> bool:
        return all(source.op == "get_attr" for source in node.all_input_nodes)

    @torch.no_grad()
    def _compute(self, node: Node) -> None:
        constants = {n: self._constant(n) for n in node.all_input_nodes if n not in self._values}
        self._values[node] = []
        for index in range(len(self._samples)):

            def value(source: Node, index: int = index) -> Any:
                return constants[source] if source in constants else self._values[source][index]

            self._values[node].append(_call(node, map_arg(node.args, value)))
        for source in node.all_input_nodes:
            self._readers[source] -= 1
            if not self._readers[source]:
                self._values.pop(source, None)

    def _constant(self, node: Node) -> Any:
        stored = constant(self._graph_module, node)
        return _call(node, map_arg(node.args, self._constant)) if stored is None else stored


def _call(node: Node, arguments: Any) -> Any:
    operator: Any = node.target  # an fx target is typed as anything
    return operator(*arguments, **node.kwargs)
