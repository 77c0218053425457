"""Which tensors a prepared graph quantises, and how: the rows of the report."""

from typing import Any

from torch.fx import GraphModule, Node

from sdkgen.compress.fixed_fake_quantize import FixedFakeQuantize
from sdkgen.compress.observers import ActivationObserver
from sdkgen.compress.program import QuantisationRow, layer_of
from sdkgen.compress.quantizer import fused_clamp


def activation_observers(prepared: GraphModule) -> list[tuple[Node, ActivationObserver]]:
    """Producer and observer of every activation observed in calibration, in graph order; an observer may be shared."""
    return [(node, module) for node, module in _attached(prepared) if isinstance(module, ActivationObserver)]


def rows_of(prepared: GraphModule) -> tuple[QuantisationRow, ...]:
    """One row per quantised activation tensor of a graph that was calibrated or trained, in graph order."""
    rows = []
    for source, module in _attached(prepared):
        observer = module.observer if isinstance(module, FixedFakeQuantize) else module
        if not isinstance(observer, ActivationObserver):
            continue  # of a weight
        low, high = observer.low, observer.high
        scale, zero_point = module.calculate_qparams()
        name, kind = producer(source)
        rows.append(
            QuantisationRow(
                name=name,
                kind=kind,
                scale=float(scale),
                zero_point=int(zero_point),
                min=low,
                max=high,
                histogram=observer.bars(),
            )
        )
    return tuple(rows)


def _attached(prepared: GraphModule) -> list[tuple[Node, Any]]:
    """Producer and observer or fake quantisation of every tensor that has one."""
    return [
        (node.args[0], prepared.get_submodule(str(node.target)))
        for node in prepared.graph.nodes
        if node.op == "call_module"
    ]


def producer(node: Node) -> tuple[str, str]:
    """Name and kind of the operator that produces a tensor, of a fused clamp those of the operator before it."""
    if node.op == "placeholder":
        return str(node.name), "input"
    name, kind = layer_of(node), _operator(node)
    source = node.args[0] if node.args else None
    if isinstance(source, Node) and source.op == "call_function" and fused_clamp(source) is node:
        name, kind = layer_of(source), f"{_operator(source)}+{kind}"
    return name, kind


def _operator(node: Node) -> str:
    return str(node.target).removeprefix("aten.").partition(".")[0]
