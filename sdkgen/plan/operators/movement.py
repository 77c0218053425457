"""Operators that move values and change none: padding, slices, channel shuffle."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

from sdkgen.fx.names import layer_of
from sdkgen.plan.graph import Kind, Operator, Window
from sdkgen.plan.lower import Lowerer, lowers, shape_of
from sdkgen.plan.unsupported import rejected
from sdkgen.plan.values import FULL, Int8Result, Result, Value, quantise_scalar


@lowers("aten.constant_pad_nd.default")
def constant_pad(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    """Negative amounts, which cut, become a slice."""
    amounts = node.args[1]
    value = node.args[2] if len(node.args) > 2 else 0.0
    assert isinstance(amounts, Sequence)
    shape = shape_of(node)
    edges = [int(str(a)) for a in amounts] + [0, 0, 0, 0]
    (left, right, top, bottom), further = edges[:4], edges[4:]
    if len(shape) != 4 or any(further):
        raise rejected(
            node,
            f"pads other dimensions than height and width: {list(amounts)} of {shape}",
            remedy="Widen the channels with a 1x1 convolution instead.",
        )
    source = lowerer.spatial(lowerer.value(node.args[0], node), node)
    n, height, width, channels = lowerer.builder.extents(source)
    quantisation = lowerer.builder.quantisation(source)
    cut = tuple(max(0, -edge) for edge in (top, left, bottom, right))
    pad = tuple(max(0, edge) for edge in (top, left, bottom, right))
    steps = []
    if any(cut):
        height, width = height - cut[0] - cut[2], width - cut[1] - cut[3]
        window = Window(kernel=(0, 0), padding=(cut[0], cut[1], 0, 0), dilation=(0, 0))
        steps.append(_slice((n, height, width, channels), window))
    if any(pad) or not steps:
        height, width = height + pad[0] + pad[2], width + pad[1] + pad[3]
        window = Window(kernel=(0, 0), stride=(0, 0), padding=(pad[0], pad[1], pad[2], pad[3]), dilation=(0, 0))
        fill = quantise_scalar(float(str(value)), quantisation)
        steps.append(((n, height, width, channels), {"kind": Kind.PAD, "window": window, "fill": fill}))
    return moved(lowerer, node, source, steps)


@lowers("aten.slice.Tensor", "aten.slice_copy.Tensor")
def slice_tensor(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    arguments: list[Any] = [*node.args[1:], *(0, None, None, 1)[len(node.args) - 1 :]]
    axis, start, end, step = arguments
    return _part(lowerer, node, axis, slice(start, end, step))


@lowers("aten.select.int", "aten.select_copy.int")
def select(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    axis, index = (int(str(a)) for a in node.args[1:3])
    return _part(lowerer, node, axis, slice(index, index + 1 or None))


@lowers("aten.channel_shuffle.default")
def channel_shuffle(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    source = lowerer.spatial(lowerer.value(node.args[0], node), node)
    return _shuffled(lowerer, node, source, int(str(node.args[1])))


@lowers("aten.transpose.int", "aten.transpose_copy.int", "aten.permute.default", "aten.permute_copy.default")
def transpose(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    """The middle of a channel shuffle: (N, groups, C / groups, H, W), between two views, exchanges its two in front."""
    int8 = lowerer.int8(lowerer.value(node.args[0], node), node)
    axes = list(range(len(int8.shape)))
    if isinstance(node.args[1], Sequence):
        axes = [int(str(axis)) % len(axes) for axis in node.args[1]]
    else:
        first, second = (int(str(axis)) % len(axes) for axis in node.args[1:3])
        axes[first], axes[second] = second, first
    _, height, width, channels = lowerer.builder.extents(int8.tensor)
    split = len(axes) == 5 and int8.shape[1] * int8.shape[2] == channels and int8.shape[3:] == (height, width)
    if axes != [0, 2, 1, 3, 4] or not split:
        raise rejected(
            node,
            f"puts the dimensions of {int8.shape} in the order {axes}; of transpositions only a channel shuffle is "
            "supported: (N, groups, C / groups, H, W) in the order 0, 2, 1, 3, 4",
            remedy="Keep the layout (N, C, H, W), or transpose in the app.",
        )
    return _shuffled(lowerer, node, int8.tensor, int8.shape[1])


Step = tuple[tuple[int, int, int, int], dict[str, Any]]
"""(n, h, w, c) of a result, and the fields of the operator that makes it."""


def _part(lowerer: Lowerer, node: torch.fx.Node, axis: int, chosen: slice) -> Value:
    """The `chosen` indices along one dimension of the tensor as PyTorch sees it."""
    value = lowerer.int8(lowerer.value(node.args[0], node), node)
    axis %= len(value.shape)
    kept = range(value.shape[axis])[chosen]
    if value.shape[axis] == 1 and len(kept) == 1:
        return replace(value, shape=shape_of(node))
    n, height, width, channels = lowerer.builder.extents(value.tensor)
    # Dimensions of one element come and go by views; the others tell which is which.
    seen = [extent for extent in value.shape if extent > 1]
    if seen == [extent for extent in (n, channels, height, width) if extent > 1]:
        source = value.tensor
        place = [i for i, extent in enumerate((n, channels, height, width)) if extent > 1]
        axis = place[sum(extent > 1 for extent in value.shape[:axis])]
    else:
        source = lowerer.spatial(value, node)
        n, height, width, channels = lowerer.builder.extents(source)
    if axis == 0 or not kept:
        raise rejected(node, f"takes {list(kept)} of dimension {axis}; slices are of channels, height and width")
    start, step = [0, 0, 0], [1, 1, 1]
    extents = [channels, height, width]
    start[axis - 1], step[axis - 1], extents[axis - 1] = kept.start, kept.step, len(kept)
    window = Window(kernel=(0, 0), stride=(step[1], step[2]), padding=(start[1], start[2], 0, 0), dilation=(0, 0))
    return moved(lowerer, node, source, [_slice((n, extents[1], extents[2], extents[0]), window, start[0], step[0])])


def _slice(extents: tuple[int, int, int, int], window: Window, channel: int = 0, channel_step: int = 1) -> Step:
    fields = {"kind": Kind.SLICE, "window": window, "channel_offset": channel, "channel_step": channel_step}
    return extents, fields


def _shuffled(lowerer: Lowerer, node: torch.fx.Node, source: int, groups: int) -> Value:
    extents = lowerer.builder.extents(source)
    return moved(lowerer, node, source, [(extents, {"kind": Kind.CHANNEL_SHUFFLE, "groups": groups})])


def moved(lowerer: Lowerer, node: torch.fx.Node, source: int, steps: list[Step]) -> Value:
    """The operators of `steps` one after the other; the values keep the input's parameters."""
    builder = lowerer.builder
    quantisation = builder.quantisation(source)
    plain = Int8Result(quantisation=quantisation, clamp=FULL)

    def emit(result: Result) -> int:
        assert isinstance(result, Int8Result)
        tensor = source
        for extents, fields in steps:
            output = builder.result(extents, plain)
            tensor = builder.add(Operator(input0=tensor, output=output, layer=layer_of(node), **fields))
        # Other parameters, or an activation, need a step of their own.
        return tensor if result == plain else builder.rescale(tensor, result, layer_of(node))

    return lowerer.pending(node, steps[-1][0], emit, forms=(Int8Result,), closed=quantisation)
