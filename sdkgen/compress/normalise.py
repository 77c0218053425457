"""Normalises a captured graph: one form for each computation that a user can write in several ways."""

import operator
from itertools import accumulate
from typing import Any

import torch
from torch.fx import GraphModule, Node
from torch.fx.node import map_arg

from sdkgen.fx.nodes import calls, constant, set_constant

aten = torch.ops.aten

CASTS = (aten._to_copy.default, aten.type_as.default)
"""The forms of every cast, .float(), .to(), .type() and autocast, in a functional graph."""


def normalise(graph_module: GraphModule) -> None:
    """Normalise the graph in place; no result changes.

    What is computed from constants alone becomes a constant, a parametrised weight for example. Identities and
    assertions are removed, and casts that change no value. `chunk`, `split` and `unbind` become slices,
    `a - b` of two tensors an addition of -b, a padding with a constant `constant_pad_nd`, padding="same" numbers; a
    factor that is expanded before a multiplication is multiplied unexpanded.
    """
    _remove_assertions(graph_module)
    _fold_constants(graph_module)
    _remove_casts(graph_module)
    remove_identities(graph_module)
    _resolve_same_padding(graph_module)
    _name_constant_padding(graph_module)
    _split_into_slices(graph_module)
    _add_the_negative(graph_module)
    _multiply_without_expanding(graph_module)


def _remove_assertions(graph_module: GraphModule) -> None:
    # torch.export writes one beside every .float() and .to(); they have no result, and all shapes and types are fixed.
    for node in calls(
        graph_module,
        aten._assert_tensor_metadata.default,
        aten._assert_async.default,
        aten._assert_async.msg,
        aten._assert_scalar.default,
    ):
        graph_module.graph.erase_node(node)


def _fold_constants(graph_module: GraphModule) -> None:
    """Replace float32 values that depend on constants alone: weights under weight_norm, masks, scales, casts."""
    values: dict[Node, Any] = {}
    for node in graph_module.graph.nodes:
        if node.op == "get_attr" and (tensor := constant(graph_module, node)) is not None:
            values[node] = tensor.detach()
        elif node.all_input_nodes and all(source in values for source in node.all_input_nodes) and _is_pure(node):
            arguments, options = map_arg((node.args, node.kwargs), values.__getitem__)
            with torch.no_grad():
                values[node] = node.target(*arguments, **options)
    for node, value in values.items():
        is_read = any(user not in values for user in node.users)
        if node.op == "get_attr" or not is_read or not isinstance(value, torch.Tensor) or value.dtype != torch.float32:
            continue
        set_constant(graph_module, node.name, value.clone(memory_format=torch.contiguous_format))
        with graph_module.graph.inserting_before(node):
            folded = graph_module.graph.get_attr(node.name)
        folded.meta = {key: node.meta[key] for key in ("val", "nn_module_stack") if key in node.meta}
        node.replace_all_uses_with(folded)
    graph_module.graph.eliminate_dead_code()


def _is_pure(node: Node) -> bool:
    """Return whether a call gives the same result each time, and writes nothing."""
    if node.op != "call_function":
        return False
    if not isinstance(node.target, torch._ops.OpOverload):
        return node.target is operator.getitem
    return not node.target._schema.is_mutable and torch.Tag.nondeterministic_seeded not in node.target.tags


def _remove_casts(graph_module: GraphModule) -> None:
    """Remove the casts to the type that the value has; others remain."""
    for node in calls(graph_module, *CASTS):
        source = node.args[0]
        assert isinstance(source, Node)
        if source.target in CASTS and source.meta["val"].dtype == torch.float64:
            # float64 represents every float32: there and back changes no value.
            wide = source.args[0]
            assert isinstance(wide, Node)
            source = wide if wide.meta["val"].dtype == torch.float32 else source
        if source.meta["val"].dtype == node.meta["val"].dtype and source.meta["val"].is_contiguous():
            node.replace_all_uses_with(source)
            graph_module.graph.erase_node(node)
    graph_module.graph.eliminate_dead_code()


def remove_identities(graph_module: GraphModule) -> None:
    """Remove operators without effect at inference: copies, aliases, dropout."""
    # In inference mode dropout is a clone; a clone or alias of a value that nothing writes to is the value.
    for node in calls(
        graph_module, aten.clone.default, aten.alias.default, aten.dropout.default, aten.contiguous.default
    ):
        source = node.args[0]
        assert isinstance(source, Node)
        if source.meta["val"].is_contiguous():  # a view of a transposed tensor needs the copy
            node.replace_all_uses_with(source)
            graph_module.graph.erase_node(node)


def _resolve_same_padding(graph_module: GraphModule) -> None:
    # padding="same" becomes numbers, so that one form of convolution remains. PyTorch pads the odd row or column of an
    # even kernel at the bottom and right.
    for node in calls(graph_module, aten.conv2d.padding):
        defaults: list[Any] = [None, None, None, [1, 1], "valid", [1, 1], 1]
        arguments: list[Any] = [*node.args, *defaults[len(node.args) :]]
        image, weight, bias, stride, padding, dilation, groups = arguments
        kernel = constant(graph_module, weight)
        if kernel is None:
            continue
        total = [d * (k - 1) * (padding == "same") for d, k in zip(dilation, kernel.shape[2:], strict=True)]
        bottom, right = (t % 2 for t in total)
        if bottom or right:
            image = _padded(node, image, [0, right, 0, bottom])
        node.target = aten.conv2d.default
        node.args = (image, weight, bias, stride, [t // 2 for t in total], dilation, groups)


def _padded(node: Node, image: Node, amounts: list[int]) -> Node:
    """Insert a padding with zeros of `image` before `node`; amounts are (left, right, top, bottom)."""
    with node.graph.inserting_before(node):
        padded = node.graph.call_function(aten.constant_pad_nd.default, (image, amounts, 0.0))
    padded.meta["val"] = aten.constant_pad_nd.default(image.meta["val"], amounts, 0.0)
    padded.meta["nn_module_stack"] = node.meta.get("nn_module_stack", {})
    return padded


def _name_constant_padding(graph_module: GraphModule) -> None:
    for node in calls(graph_module, aten.pad.default):
        arguments: list[Any] = [*node.args, *("constant", None)[len(node.args) - 2 :]]
        image, amounts, mode, value = arguments
        if mode == "constant":
            node.target = aten.constant_pad_nd.default
            node.args = (image, amounts, 0.0 if value is None else value)


def _split_into_slices(graph_module: GraphModule) -> None:
    # PT2E observes tensors, not lists of them.
    for node in calls(graph_module, aten.split.Tensor, aten.split_with_sizes.default, aten.unbind.int):
        source = node.args[0]
        axis: Any = (*node.args, 0)[1 if node.target is aten.unbind.int else 2]
        sizes = [part.shape[axis] for part in node.meta["val"]] if node.target is not aten.unbind.int else []
        ends = list(accumulate(sizes))
        for part in list(node.users):
            index: Any = part.args[1]
            if node.target is aten.unbind.int:
                part.target, part.args = aten.select.int, (source, axis, index)
            else:
                part.target, part.args = aten.slice.Tensor, (source, axis, ends[index] - sizes[index], ends[index])
        graph_module.graph.erase_node(node)


def _add_the_negative(graph_module: GraphModule) -> None:
    # The runtime adds with positive multipliers; a sign is a table of 256 bytes.
    for node in calls(graph_module, aten.sub.Tensor):
        terms = [term for term in node.args if isinstance(term, Node) and constant(graph_module, term) is None]
        if len(terms) != 2 or node.kwargs.get("alpha", 1) != 1:
            continue
        left, right = terms
        with graph_module.graph.inserting_before(node):
            negative = graph_module.graph.call_function(aten.neg.default, (right,))
        negative.meta = {key: right.meta[key] for key in right.meta if key == "val"}
        negative.meta["nn_module_stack"] = node.meta.get("nn_module_stack", {})
        node.target, node.args = aten.add.Tensor, (left, negative)


def _multiply_without_expanding(graph_module: GraphModule) -> None:
    for node in calls(graph_module, aten.expand.default):
        source = node.args[0]
        assert isinstance(source, Node)
        for user in list(node.users):
            if user.target is aten.mul.Tensor and any(
                isinstance(other, Node) and other.meta["val"].shape == user.meta["val"].shape
                for other in user.args
                if other is not node
            ):
                user.replace_input_with(node, source)
