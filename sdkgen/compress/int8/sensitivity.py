"""Ranks the operators of a quantised graph by the output error that each causes alone."""

import sys
from collections.abc import Mapping
from typing import Any

import torch
from torch.fx import GraphModule, Interpreter, Node

from sdkgen.compress.int8.quantisation_rows import producers
from sdkgen.compress.program import Inputs, evenly
from sdkgen.documents.compress import SensitivityRow
from sdkgen.fx.nodes import calls, constant
from sdkgen.plan.quantisable import fused, shares_qparams, weighted_layers

quantized = torch.ops.quantized_decomposed

SAMPLES = 8
WORST = 3
"""Operators for which the signal to noise with them in float32 is measured as well."""


def sensitivity(float_graph: GraphModule, converted: GraphModule, samples: tuple[Inputs, ...]) -> list[SensitivityRow]:
    """Return one row per operator whose weights or result are in int8, the most damaging first.

    Args:
        float_graph: the graph that was converted; its nodes have the same names.
        samples: a few of them are used, spread evenly.
    """
    samples = evenly(samples, SAMPLES)
    operators = _operators(converted)
    switchable = _Switchable(float_graph, converted)
    everything = frozenset(switch for switches in operators.values() for switch in switches)
    signal, noise, without = 0.0, dict.fromkeys(operators, 0.0), dict.fromkeys(operators, 0.0)
    for index, sample in enumerate(samples, start=1):
        values = switchable.values(sample)
        expected = switchable.outputs(values)
        signal += _power(expected, None)
        for operator, switches in operators.items():
            noise[operator] += _power(expected, switchable.outputs(switchable.changed(values, switches)))
        print(f"sensitivity of {len(operators)} operators {index}/{len(samples)}", file=sys.stderr, flush=True)
    ranked = sorted(operators, key=lambda operator: -noise[operator])
    for sample in samples:
        values = switchable.values(sample)
        expected = switchable.outputs(values)
        for operator in ranked[:WORST]:
            changed = switchable.changed(values, everything - frozenset(operators[operator]))
            without[operator] += _power(expected, switchable.outputs(changed))
    rows, named = [], producers(float_graph)
    for rank, operator in enumerate(ranked):
        name, kind = named[operator.name]
        rows.append(
            SensitivityRow(
                name=name,
                kind=kind,
                alone_db=_decibels(signal, noise[operator]),
                without_db=_decibels(signal, without[operator]) if rank < WORST else None,
            )
        )
    return rows


def _operators(converted: GraphModule) -> Mapping[Node, tuple[Node, ...]]:
    """Return the nodes that quantise each operator, by the node of its result.

    They are dequantisations of weights and quantisations of activations.
    """
    found: dict[Node, list[Node]] = {}
    for layer in weighted_layers(converted):
        weight = layer.args[1]
        if isinstance(weight, Node) and weight.target is quantized.dequantize_per_channel.default:
            found[fused(layer)[-1]] = [weight]
    for quantise in calls(converted, quantized.quantize_per_tensor.default):
        source = quantise.args[0]
        assert isinstance(source, Node)
        # An operator that keeps its input's values keeps its grid as well, and rounds nothing.
        while shares_qparams(source):
            dequantise = source.args[0]
            assert isinstance(dequantise, Node)
            if dequantise.target is not quantized.dequantize_per_tensor.default:
                break
            source = dequantise.all_input_nodes[0].all_input_nodes[0]
        found.setdefault(source, []).append(quantise)
    return {node: tuple(switches) for node, switches in found.items()}


class _Switchable(Interpreter):
    """Runs a converted graph with chosen quantisations enabled; float layers have their uncorrected biases."""

    def __init__(self, float_graph: GraphModule, converted: GraphModule) -> None:
        super().__init__(converted)
        self._enabled: frozenset[Node] = frozenset()
        self._nodes = list(converted.graph.nodes)
        layers = {node.name: node for node in weighted_layers(float_graph)}
        self._float_constants = {
            layer: [constant(float_graph, argument) for argument in (*layers[layer.name].args, None)[1:3]]
            for layer in weighted_layers(converted)
        }

    @torch.no_grad()
    def values(self, sample: Inputs) -> dict[Node, Any]:
        """Return the value of every node with no quantisation enabled."""
        self._enabled = frozenset()
        placeholders = [node for node in self._nodes if node.op == "placeholder"]
        self.env = dict(zip(placeholders, sample, strict=True))
        for node in self._nodes:
            if node.op != "placeholder":
                self.env[node] = self.run_node(node)
        return self.env

    @torch.no_grad()
    def changed(self, values: Mapping[Node, Any], enabled: frozenset[Node] | tuple[Node, ...]) -> dict[Node, Any]:
        """Return `values` with some quantisations enabled; only nodes that depend on them are computed."""
        self._enabled = frozenset(enabled)
        self.env = dict(values)
        touched: set[Node] = set()
        for node in self._nodes:
            if node in self._enabled or not touched.isdisjoint(node.all_input_nodes):
                touched.add(node)
                self.env[node] = self.run_node(node)
        return self.env

    def outputs(self, values: Mapping[Node, Any]) -> list[torch.Tensor]:
        """Return the outputs of the network among the values of all nodes."""
        return list(torch.utils._pytree.tree_leaves(values[self._nodes[-1]]))

    def run_node(self, n: Node) -> Any:
        if n.target is quantized.quantize_per_tensor.default and n not in self._enabled:
            return self.env[n.all_input_nodes[0]]
        if n.target is quantized.dequantize_per_tensor.default and self.env[n.all_input_nodes[0]].is_floating_point():
            return self.env[n.all_input_nodes[0]]
        if n in self._float_constants and n.args[1] not in self._enabled:
            operator: Any = n.target  # one of WEIGHTED, as an fx target typed as anything
            return operator(self.env[n.all_input_nodes[0]], *self._float_constants[n], *n.args[3:])
        return super().run_node(n)


def _power(expected: list[torch.Tensor], actual: list[torch.Tensor] | None) -> float:
    """Return the sum of squares of the expected values, or of the difference to them."""
    if actual is None:
        return sum(float(e.double().square().sum()) for e in expected)
    return sum(float((a.double() - e.double()).square().sum()) for a, e in zip(actual, expected, strict=True))


def _decibels(signal: float, noise: float) -> float | None:
    return 10 * float(torch.log10(torch.tensor(signal / noise, dtype=torch.float64))) if signal and noise else None
