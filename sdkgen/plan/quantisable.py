"""Finds the int8 parts of a captured float graph: layers with weights, results with parameters, fused operators.

The answers come from the traits of the ATen operators (aten.py), which the families declare.
"""

from collections.abc import Iterator
from math import prod

from torch.fx import GraphModule, Node

from sdkgen.plan.aten import QParams, Traits, aten_operator
from sdkgen.plan.operators.convolution import groups_of

__all__ = [
    "channel_axis", "emits_clamped", "float_results", "fused", "groups_of", "has_weights", "is_clamp", "is_function",
    "is_weighted", "qparams_of", "quantised_results", "shares_qparams", "weighted_layers",
]  # fmt: skip


def weighted_layers(graph_module: GraphModule) -> Iterator[Node]:
    """Yield the convolutions and linear layers of a graph, in order; safe while nodes are erased."""
    yield from (node for node in list(graph_module.graph.nodes) if is_weighted(node))


def is_weighted(node: Node) -> bool:
    """Return whether `node` is a layer whose weights the int8 passes quantise."""
    traits = _traits(node)
    return traits is not None and traits.weight_axis is not None and traits.qparams is QParams.OWN


def has_weights(node: Node) -> bool:
    """Return whether `node` multiplies by a weight, also in a form that is not quantised."""
    traits = _traits(node)
    return traits is not None and traits.weight_axis is not None


def channel_axis(layer: Node) -> int:
    """Return the output-channel axis of a layer's weight: a transposed convolution is (in, out, h, w)."""
    traits = _traits(layer)
    return 0 if traits is None or traits.weight_axis is None else traits.weight_axis


def qparams_of(node: Node) -> QParams:
    """Return the source of the parameters of the node's result; NONE also where the call has no int8 form."""
    traits = _traits(node)
    if traits is None or traits.qparams is QParams.NONE or not traits.quantisable(node):
        return QParams.NONE
    return traits.qparams


def shares_qparams(node: Node) -> bool:
    """Return whether an operator's result has values of its one input only, and so its scale and zero point."""
    traits = _traits(node)
    return traits is not None and traits.qparams is QParams.SHARED and isinstance(node.args[0], Node)


def is_clamp(node: Node) -> bool:
    """Return whether `node` bounds its input by numbers."""
    traits = _traits(node)
    return traits is not None and traits.is_clamp and traits.quantisable(node)


def is_function(node: Node) -> bool:
    """Return whether `node` is a function of one element of one tensor; its other operands are numbers."""
    from sdkgen.plan.operators.pointwise import is_function as has_one_tensor

    traits = _traits(node)
    return traits is not None and traits.is_function and has_one_tensor(node)


def fused(node: Node) -> tuple[Node, ...]:
    """Return `node` and the operators that the runtime fuses with it, each the only reader of the one before.

    A convolution, linear layer, addition, multiplication or PReLU takes one clamp; functions of one element and
    clamps that follow each other are one table.
    """
    chain = [node]
    table = is_function(node)
    while len(chain[-1].users) == 1:
        (user,) = chain[-1].users
        joins = table or (len(chain) == 1 and emits_clamped(node))
        if not (joins and is_clamp(user)) and not (table and is_function(user)):
            break
        chain.append(user)
    return tuple(chain)


def emits_clamped(node: Node) -> bool:
    """Return whether a clamp after `node` becomes part of the same operator."""
    traits = _traits(node)
    return traits is not None and traits.takes_clamp(node)


def float_results(model: GraphModule) -> set[Node]:
    """Return the nodes before an output that stay float32, back to and including the operator that emits it."""
    found: set[Node] = set()
    for output in model.graph.find_nodes(op="output"):
        for node in output.all_input_nodes:
            tail: list[Node] = []
            while _passes_float(node) and len(node.users) == 1 and isinstance(node.args[0], Node):
                tail.append(node)
                node = node.args[0]
            if _can_emit_float(node):
                found.update(tail, (node,))
    return found


def quantised_results(model: GraphModule) -> frozenset[Node]:
    """Return the nodes whose results the int8 passes quantise: last of each fused operator, unless it emits float32."""
    emit_float, found, taken = float_results(model), set[Node](), set[Node]()
    for node in model.graph.nodes:
        qparams = qparams_of(node)
        if qparams is QParams.NONE or node in taken:
            continue
        chain = fused(node) if qparams is QParams.OWN else (node,)
        taken.update(chain)
        if node not in emit_float:
            found.add(chain[-1])
    return frozenset(found)


def _traits(node: Node) -> Traits | None:
    operator = aten_operator(node)
    return None if operator is None else operator.traits


def _passes_float(node: Node) -> bool:
    traits = _traits(node)
    return traits is not None and traits.passes_float


def _can_emit_float(node: Node) -> bool:
    traits = _traits(node)
    if traits is None or len(node.users) != 1 or not traits.emits_float(node):
        return False
    shape = node.meta["val"].shape
    # The runtime writes float32 as NHWC, which is NCHW only for one pixel or one channel.
    return not (len(shape) == 4 and prod(shape[2:]) > 1 and shape[1] > 1)
