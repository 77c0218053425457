"""Locates the quantisation error: compares activations of the float and the quantised graph, layer by layer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import numpy as np
import torch
from torch.fx import GraphModule, Interpreter, Node

from sdkgen.fx.names import layer_of
from sdkgen.prove.comparison import decibels, energies
from sdkgen.samples import Sample
from sdkgen.types import JsonValue

_QUANTIZE = "quantized_decomposed.quantize_per_tensor"
_DEQUANTIZE = "quantized_decomposed.dequantize_per_tensor"
_CLAMPS = ("aten.relu", "aten.relu6", "aten.hardtanh", "aten.clamp", "aten.clamp_min")


@dataclass(frozen=True, kw_only=True)
class LayerPair:
    """The same activation in both graphs.

    Attributes:
        layer: path of the user's module that produces it; of a fused pair the one with the weights.
        reference: node of the float graph.
        value: node of the quantised graph, the dequantised activation.
    """

    layer: str
    reference: Node
    value: Node


def operator(node: Node) -> str:
    """ "aten.conv2d" of a node that calls aten.conv2d.default; "" of any other kind of node."""
    return str(node.target).rpartition(".")[0] if node.op == "call_function" else ""


def pair_layers(reference: GraphModule, quantised: GraphModule) -> list[LayerPair]:
    """Pair each int8 activation of the quantised graph, and each output, with its float counterpart.

    The graphs differ by quantise and dequantise operators only, so the remaining operators are aligned in order; one
    that a pass inserted or removed is skipped.
    """
    expected, actual = list(_computing(reference)), list(_computing(quantised))
    matcher = SequenceMatcher(None, [_key(n) for n in expected], [_key(n) for n in actual], autojunk=False)
    results = set(quantised.graph.output_node().all_input_nodes)
    pairs: list[LayerPair] = []
    taken: dict[str, int] = {}
    for block in matcher.get_matching_blocks():
        for offset in range(block.size):
            node, twin = expected[block.a + offset], actual[block.b + offset]
            value = twin if twin in results else _dequantised(twin)
            if value is None:
                continue
            layer = _layer(node)
            taken[layer] = taken.get(layer, 0) + 1
            if taken[layer] > 1:
                layer = f"{layer} ({operator(node).removeprefix('aten.')})"
            pairs.append(LayerPair(layer=layer, reference=node, value=value))
    return pairs


def layer_snr(reference: GraphModule, quantised: GraphModule, samples: Sequence[Sample]) -> list[dict[str, JsonValue]]:
    """[{"layer", "snr_db"}] in the order of execution, over all `samples` together; snr_db None where nothing differs.

    The error at a layer includes that of all layers before it: it is measured on the running quantised network.
    """
    pairs = pair_layers(reference, quantised)
    signal, noise = np.zeros(len(pairs)), np.zeros(len(pairs))
    recorders = [_Recorder(reference, {p.reference for p in pairs}), _Recorder(quantised, {p.value for p in pairs})]
    for sample in samples:
        inputs = [torch.from_numpy(array) for array in sample.inputs]
        expected, actual = (recorder.record(inputs) for recorder in recorders)
        for index, pair in enumerate(pairs):
            added = energies([expected[pair.reference].numpy()], [actual[pair.value].numpy()])
            signal[index] += added[0]
            noise[index] += added[1]
    return [
        {"layer": pair.layer, "snr_db": decibels(float(s), float(n))}
        for pair, s, n in zip(pairs, signal, noise, strict=True)
    ]


class _Recorder(Interpreter):
    """Runs a graph and keeps the values of the chosen nodes."""

    def __init__(self, graph_module: GraphModule, chosen: set[Node]) -> None:
        super().__init__(graph_module)
        self._chosen = chosen
        self._values: dict[Node, torch.Tensor] = {}

    def record(self, inputs: Sequence[torch.Tensor]) -> dict[Node, torch.Tensor]:
        self._values = {}
        with torch.no_grad():
            self.run(*inputs)
        return self._values

    def run_node(self, n: Node) -> Any:
        value = super().run_node(n)
        if n in self._chosen:
            self._values[n] = value.detach()
        return value


def _computing(graph_module: GraphModule) -> Iterator[Node]:
    for node in graph_module.graph.nodes:
        if operator(node).startswith("aten."):
            yield node


def _key(node: Node) -> tuple[str, tuple[int, ...]]:
    value = node.meta.get("val")
    return operator(node), tuple(value.shape) if isinstance(value, torch.Tensor) else ()


def _dequantised(node: Node) -> Node | None:
    for quantize in node.users:
        if operator(quantize) == _QUANTIZE:
            return next((user for user in quantize.users if operator(user) == _DEQUANTIZE), None)
    return None


def _layer(node: Node) -> str:
    while operator(node) in _CLAMPS and isinstance(node.args[0], Node) and operator(node.args[0]):
        node = node.args[0]
    return layer_of(node) or node.name
