"""Names of a node of a captured graph: its ATen operator, and the module that it comes from. torch is not imported."""

import functools
from typing import TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    from torch.fx import Node


def is_node(argument: object) -> "TypeGuard[Node]":
    """Return whether an argument of a call is a node; the others are numbers, strings and lists."""
    from torch.fx import Node

    return isinstance(argument, Node)


def operator_name(node: "Node") -> str:
    """Return the ATen name without the in-place underscore: "aten.relu.default", in the ATen and the edge dialect."""
    return _name_of(node.target)


def base_name(node: "Node") -> str:
    """Return the operator's name without namespace and overload: "conv2d" of aten.conv2d.default."""
    name = operator_name(node)
    return name.split(".")[1] if "." in name else name


@functools.cache
def _name_of(target: Any) -> str:
    name = target.name() if hasattr(target, "name") and callable(target.name) else str(target)
    namespace, _, rest = name.partition("::")
    base, _, overload = rest.partition(".")
    return f"{namespace}.{base.removesuffix('_')}.{overload or 'default'}" if rest else name


def layer_of(node: "Node") -> str:
    """Return the path of the node's innermost module of the user, "features.3.conv.0.0"; "" for the network itself.

    A graph that was edited and exported again may hold nodes without a module: their path is "" too.
    """
    stack = node.meta.get("nn_module_stack") or {}
    paths = [str(entry[0]) for entry in stack.values() if isinstance(entry, tuple)]
    return paths[-1].removeprefix("L['self']").removeprefix("L__self__").lstrip(".") if paths else ""


def place_of(node: "Node") -> str:
    """Return operator, layer and node, for the errors: "operator aten.log.default in layer 'head' (node 'log')"."""
    layer = layer_of(node)
    where = f"layer {layer!r}" if layer else "the network's forward()"
    return f"operator {operator_name(node)} in {where} (node {node.name!r})"
