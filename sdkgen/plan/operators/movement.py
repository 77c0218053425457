"""Operators that move values without changing them: padding, slices, channel shuffle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sdkgen.fx.names import layer_of
from sdkgen.plan import work
from sdkgen.plan.aten import DocumentRow, QParams, Traits, lowers
from sdkgen.plan.graph import Operator, Window
from sdkgen.plan.operator_shape import OperatorShape
from sdkgen.plan.operator_type import OperatorType, Work, register_type
from sdkgen.plan.operators.rescale import rescaled
from sdkgen.plan.unsupported import rejected
from sdkgen.plan.values import FULL, Int8Result, Result, Value, quantise_scalar, shape_of

if TYPE_CHECKING:
    from torch.fx import Node

    from sdkgen.plan.lowerer import Lowerer


def _pad_work(operator: OperatorShape) -> Work:
    n, out_h, out_w, channels = operator.output
    in_h, in_w = operator.input[1:3]
    added = (out_w - in_w) * channels
    filled = in_h * work.tiles(added, work.VECTOR) + (out_h - in_h) * work.tiles(out_w * channels, work.VECTOR)
    return {
        "rows": n * out_h,
        "copied": n * in_h,
        "vectors": n * in_h * work.copies(in_w * channels),
        "filled": n * filled,
        "calls": operator.calls,
    }


def _slice_loops(operator: OperatorShape) -> str:
    return "slice_channels" if operator.channel_step > 1 and operator.output[3] > 1 else "slice"


def _slice_work(operator: OperatorShape) -> Work:
    return _slice_channels(operator) if _slice_loops(operator) == "slice_channels" else _slice_rows(operator)


def _slice_rows(operator: OperatorShape) -> Work:
    """Count the copies: one per row where its bytes are contiguous, else one per position."""
    n, out_h, out_w, channels = operator.output
    whole = operator.stride[1] == 1 and channels == operator.input[3]
    positions = 0 if whole else operator.positions
    vectors = n * out_h * work.copies(out_w * channels) if whole else positions * work.copies(channels)
    return {"rows": n * out_h, "positions": positions, "vectors": vectors, "calls": operator.calls}


def _slice_channels(operator: OperatorShape) -> Work:
    """Count the work channel by channel."""
    n, out_h, _, channels = operator.output
    return {
        "elements": operator.positions * channels,
        "positions": operator.positions,
        "rows": n * out_h,
        "calls": operator.calls,
    }


def _shuffle_loops(operator: OperatorShape) -> str:
    return "channel_shuffle" if operator.groups in (2, 3, 4) else "channel_shuffle_any"


def _shuffle_work(operator: OperatorShape) -> Work:
    return _shuffle(operator) if _shuffle_loops(operator) == "channel_shuffle" else _shuffle_any(operator)


def _shuffle(operator: OperatorShape) -> Work:
    """Count the work: 16 channels of every group at once; one by one near the end, without room for 16."""
    groups, channels = operator.groups, operator.output[3]
    each = channels // groups
    last = min(operator.positions, work.tiles(work.up(each, work.VECTOR), each) - 1)
    return {
        "stores": operator.positions * work.tiles(each, work.VECTOR),
        "loads": operator.positions * work.tiles(each, work.VECTOR) * groups,
        "elements": last * (each % work.VECTOR) * groups,
        "positions": operator.positions,
        "calls": operator.calls,
    }


def _shuffle_any(operator: OperatorShape) -> Work:
    channels = operator.output[3]
    return {
        "elements": operator.positions * channels,
        "channels": operator.positions * channels // operator.groups,
        "positions": operator.positions,
        "calls": operator.calls,
    }


PAD = register_type(OperatorType(name="pad", number=15, work=_pad_work))
SLICE = register_type(OperatorType(name="slice", number=16, work=_slice_work, loops=_slice_loops))
CHANNEL_SHUFFLE = register_type(
    OperatorType(name="channel_shuffle", number=17, work=_shuffle_work, loops=_shuffle_loops)
)

PADDING = DocumentRow(pytorch="pad with a constant", kinds=(PAD, SLICE), notes="height and width; negative amounts cut")
PART = DocumentRow(
    pytorch="slices, narrow, select, chunk, split, unbind",
    kinds=(SLICE,),
    notes="of channels, height, width, with steps",
)
SHUFFLE = DocumentRow(
    pytorch="ChannelShuffle",
    kinds=(CHANNEL_SHUFFLE,),
    notes="also spelled view, transpose, view; no other transposition",
)


def pads_a_map(node: Node) -> bool:
    """Return whether height and width alone of (N, C, H, W) are padded."""
    amounts = node.args[1]
    assert isinstance(amounts, Sequence)
    return len(_source_shape(node)) == 4 and not any(amounts[4:])


def keeps_the_batch(node: Node) -> bool:
    """Return whether a slice is of another dimension than the first, of 2 to 4."""
    rank = len(_source_shape(node))
    return 2 <= rank <= 4 and len(node.args) > 1 and int(str(node.args[1])) % rank != 0


def swaps_groups_and_channels(node: Node) -> bool:
    """Return whether (N, groups, C / groups, H, W) is permuted to the order of a channel shuffle."""
    rank = len(_source_shape(node))
    return rank == 5 and _order_of_axes(node, rank) == [0, 2, 1, 3, 4]


def _source_shape(node: Node) -> Sequence[int]:
    shape: Sequence[int] = node.all_input_nodes[0].meta["val"].shape
    return shape


def _order_of_axes(node: Node, rank: int) -> list[int]:
    """Return the input dimension of each dimension of a permutation or transposition."""
    axes = list(range(rank))
    if isinstance(node.args[1], Sequence):
        return [int(str(axis)) % rank for axis in node.args[1]]
    first, second = (int(str(axis)) % rank for axis in node.args[1:3])
    axes[first], axes[second] = second, first
    return axes


@lowers("aten.constant_pad_nd.default", row=PADDING, traits=Traits(qparams=QParams.SHARED, quantisable=pads_a_map))
def constant_pad(lowerer: Lowerer, node: Node) -> Value:
    """Lower a padding; negative amounts become a slice."""
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
        steps.append(((n, height, width, channels), {"kind": PAD, "window": window, "fill": fill}))
    return moved(lowerer, node, source, steps)


@lowers("aten.slice.Tensor", row=PART, traits=Traits(qparams=QParams.SHARED, quantisable=keeps_the_batch))
@lowers("aten.slice_copy.Tensor")
def slice_tensor(lowerer: Lowerer, node: Node) -> Value:
    arguments: list[Any] = [*node.args[1:], *(0, None, None, 1)[len(node.args) - 1 :]]
    axis, start, end, step = arguments
    return _part(lowerer, node, axis, slice(start, end, step))


@lowers("aten.select.int", row=PART, traits=Traits(qparams=QParams.SHARED, quantisable=keeps_the_batch))
@lowers("aten.select_copy.int")
def select(lowerer: Lowerer, node: Node) -> Value:
    axis, index = (int(str(a)) for a in node.args[1:3])
    return _part(lowerer, node, axis, slice(index, index + 1 or None))


@lowers("aten.channel_shuffle.default", row=SHUFFLE, traits=Traits(qparams=QParams.SHARED))
def channel_shuffle(lowerer: Lowerer, node: Node) -> Value:
    source = lowerer.spatial(lowerer.value(node.args[0], node), node)
    return _shuffled(lowerer, node, source, int(str(node.args[1])))


@lowers(
    "aten.transpose.int",
    "aten.permute.default",
    row=SHUFFLE,
    traits=Traits(qparams=QParams.SHARED, quantisable=swaps_groups_and_channels),
)
@lowers("aten.transpose_copy.int", "aten.permute_copy.default")
def transpose(lowerer: Lowerer, node: Node) -> Value:
    """Lower the middle of a channel shuffle: (N, groups, C / groups, H, W), between two views, swaps axes 1 and 2."""
    int8 = lowerer.int8(lowerer.value(node.args[0], node), node)
    axes = _order_of_axes(node, len(int8.shape))
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


def _part(lowerer: Lowerer, node: Node, axis: int, chosen: slice) -> Value:
    """Select the `chosen` indices along one dimension of PyTorch's tensor."""
    value = lowerer.int8(lowerer.value(node.args[0], node), node)
    axis %= len(value.shape)
    kept = range(value.shape[axis])[chosen]
    if value.shape[axis] == 1 and len(kept) == 1:
        return replace(value, shape=shape_of(node))
    n, height, width, channels = lowerer.builder.extents(value.tensor)
    # Views add and remove dimensions of one element; the others identify the axes.
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
    fields = {"kind": SLICE, "window": window, "channel_offset": channel, "channel_step": channel_step}
    return extents, fields


def _shuffled(lowerer: Lowerer, node: Node, source: int, groups: int) -> Value:
    extents = lowerer.builder.extents(source)
    return moved(lowerer, node, source, [(extents, {"kind": CHANNEL_SHUFFLE, "groups": groups})])


def moved(lowerer: Lowerer, node: Node, source: int, steps: list[Step]) -> Value:
    """Emit the operators of `steps` one after the other; the values keep the input's parameters."""
    builder = lowerer.builder
    quantisation = builder.quantisation(source)
    plain = Int8Result(quantisation=quantisation, clamp=FULL)

    def emit(result: Result) -> int:
        assert isinstance(result, Int8Result)
        tensor = source
        for extents, fields in steps:
            output = builder.result(extents, plain)
            tensor = builder.add(Operator(input0=tensor, output=output, layer=layer_of(node), **fields))
        # Other parameters, or an activation, need a separate operator.
        return tensor if result == plain else rescaled(builder, tensor, result, layer_of(node))

    return lowerer.pending(node, steps[-1][0], emit, forms=(Int8Result,), closed=quantisation)
