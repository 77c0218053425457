"""Rows of the report: the activation tensors that a prepared graph quantises, with their parameters."""

from typing import Any

from torch.fx import GraphModule, Node

from sdkgen.compress.int8.fixed_fake_quantize import FixedFakeQuantize
from sdkgen.compress.int8.observers import ActivationObserver
from sdkgen.documents.compress import QuantisationRow
from sdkgen.fx.names import layer_of
from sdkgen.plan.quantisable import fused


def activation_observers(prepared: GraphModule) -> list[tuple[Node, ActivationObserver]]:
    """Return producer and observer of every calibrated activation, in graph order; an observer may be shared."""
    return [(node, module) for node, module in _attached(prepared) if isinstance(module, ActivationObserver)]


def rows_of(prepared: GraphModule, graph_module: GraphModule) -> tuple[QuantisationRow, ...]:
    """Return one row per quantised activation tensor of a calibrated or trained graph, in graph order.

    Args:
        graph_module: the graph that was prepared; its nodes have the same names.
    """
    named = producers(graph_module)
    rows = []
    for producer, module in _attached(prepared):
        observer = module.observer if isinstance(module, FixedFakeQuantize) else module
        if not isinstance(observer, ActivationObserver):
            continue  # of a weight
        scale, zero_point = module.calculate_qparams()
        name, kind = named[producer.name]
        rows.append(
            QuantisationRow(
                name=name,
                kind=kind,
                scale=float(scale),
                zero_point=int(zero_point),
                min=observer.low,
                max=observer.high,
                histogram=observer.bars(),
            )
        )
    return tuple(rows)


def producers(graph_module: GraphModule) -> dict[str, tuple[str, str]]:
    """Return name and kind (as in QuantisationRow) of each operator of the runtime, by the name of its last node."""
    named: dict[str, tuple[str, str]] = {}
    for node in graph_module.graph.nodes:
        if node.op == "placeholder":
            named[node.name] = (node.name, "input")
        elif node.op == "call_function":
            chain = fused(node)  # the first that ends in a node is the longest
            named.setdefault(chain[-1].name, (layer_of(node) or node.name, "+".join(_operator(part) for part in chain)))
    return named


def _attached(prepared: GraphModule) -> list[tuple[Node, Any]]:
    """Return producer and observer or fake quantisation of every tensor that has one."""
    return [
        (node.args[0], prepared.get_submodule(str(node.target)))
        for node in prepared.graph.nodes
        if node.op == "call_module"
    ]


def _operator(node: Node) -> str:
    return str(node.target).removeprefix("aten.").partition(".")[0]
