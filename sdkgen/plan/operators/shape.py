"""Concatenation over channels, views, and operators that do nothing at inference."""

from dataclasses import replace

import torch

from sdkgen.fx.names import layer_of
from sdkgen.plan.graph import Quantisation
from sdkgen.plan.lower import Lowerer, lowers, shape_of
from sdkgen.plan.unsupported import rejected
from sdkgen.plan.values import Constant, Float, Int8, Int8Result, Pending, Pointwise, Result, Value


@lowers("aten.cat.default", "aten.concat.default")
def cat(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    builder = lowerer.builder
    parts = node.args[0]
    dim = node.args[1] if len(node.args) > 1 else 0
    assert isinstance(parts, (list, tuple)) and isinstance(dim, int)
    if dim % len(shape_of(node)) != 1:
        raise rejected(node, f"concatenates along dimension {dim}; only channels (dimension 1) are supported")
    tensors = [lowerer.spatial(lowerer.value(part, node), node) for part in parts]
    n, height, width, _ = builder.extents(tensors[0])
    offsets = [0]
    for tensor in tensors:
        offsets.append(offsets[-1] + builder.extents(tensor)[3])
    extents = (n, height, width, offsets[-1])
    parameters: list[Quantisation] = [builder.quantisation(tensor) for tensor in tensors]

    def emit(result: Result) -> int:
        assert isinstance(result, Int8Result)
        output = builder.result(extents, result)
        for tensor, offset in zip(tensors, offsets, strict=False):
            builder.rescale(tensor, result, layer_of(node), into=output, channel=offset)
        return output

    closed = parameters[0] if all(p == parameters[0] for p in parameters) else None
    return lowerer.pending(node, extents, emit, forms=(Int8Result,), closed=closed)


@lowers(
    "aten.view.default",
    "aten.view_copy.default",
    "aten._unsafe_view.default",
    "aten.reshape.default",
    "aten.flatten.using_ints",
    "aten.unflatten.int",
    "aten.squeeze.default",
    "aten.squeeze.dim",
    "aten.squeeze.dims",
    "aten.squeeze_copy.default",
    "aten.squeeze_copy.dim",
    "aten.squeeze_copy.dims",
    "aten.unsqueeze.default",
    "aten.unsqueeze_copy.default",
)
def view(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    """The elements keep their N, C, H, W order; whoever reads the view decides whether it is possible."""
    value = lowerer.value(node.args[0], node)
    if not isinstance(value, (Int8, Float, Pending, Pointwise)):
        raise rejected(node, "reshapes a constant while the network runs")
    return replace(value, shape=shape_of(node))


@lowers(
    "aten.alias.default",
    "aten.alias_copy.default",
    "aten.clone.default",
    "aten.contiguous.default",
    "aten.detach.default",
    "aten.detach_copy.default",
    "aten.dropout.default",
    "aten.feature_dropout.default",
    "aten.lift_fresh_copy.default",
)
def identity(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    return lowerer.value(node.args[0], node)


@lowers("aten._to_copy.default")
def cast(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    """ExecuTorch makes a tensor of the 2 in 2 * x and brings it to float32."""
    value = lowerer.value(node.args[0], node)
    if not isinstance(value, Constant):
        raise rejected(node, "changes the type of a tensor; the network is int8 by its quantisation alone")
    return value
