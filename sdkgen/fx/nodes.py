"""Reads and edits a captured graph: calls, constants and the arguments of layers."""

from collections.abc import Iterator

import torch
from torch.fx import GraphModule, Node


def constant(graph_module: GraphModule, node: object) -> torch.Tensor | None:
    """Return the tensor of a get_attr node; None for None and for any computed value."""
    if not isinstance(node, Node) or node.op != "get_attr":
        return None
    value: object = graph_module
    for name in str(node.target).split("."):
        value = getattr(value, name)
    return value if isinstance(value, torch.Tensor) else None


def owner(node: Node) -> GraphModule:
    """Return the module that holds the node's graph and its constants."""
    module = node.graph.owning_module
    assert isinstance(module, GraphModule)
    return module


def activations(node: Node) -> list[Node]:
    """Return the arguments of a node that are tensors computed while the network runs."""
    graph_module = owner(node)
    return [a for a in node.args if isinstance(a, Node) and constant(graph_module, a) is None]


def set_constant(graph_module: GraphModule, path: str, value: torch.Tensor) -> None:
    """Place `value` as a frozen parameter at the dotted `path`, creating modules along the path."""
    *parents, leaf = path.split(".")
    owner: torch.nn.Module = graph_module
    for name in parents:
        if name not in owner._modules:
            owner.add_module(name, torch.nn.Module())
        owner = owner.get_submodule(name)
    if hasattr(owner, leaf):
        delattr(owner, leaf)
    owner.register_parameter(leaf, torch.nn.Parameter(value, requires_grad=False))


def is_shared(graph_module: GraphModule, node: Node) -> bool:
    """Return whether more than one operator reads the constant of the get_attr `node`."""
    readers = [n for n in graph_module.graph.nodes if n.op == "get_attr" and n.target == node.target]
    return sum(len(n.users) for n in readers) > 1


def calls(graph_module: GraphModule, *targets: object) -> Iterator[Node]:
    """Yield the nodes that call one of `targets`, in graph order; safe while nodes are erased."""
    for node in list(graph_module.graph.nodes):
        if node.op == "call_function" and node.target in targets:
            yield node


def along(axis: int, values: torch.Tensor, rank: int) -> torch.Tensor:
    """Reshape `values` (channels,) to broadcast along `axis` of a tensor of `rank` dimensions."""
    return values.reshape([-1 if a == axis else 1 for a in range(rank)])
