"""Which operators of a captured graph the int8 runtime has, and which of them it computes in one step."""

from math import prod
from typing import Any

import torch
from torch.fx import GraphModule, Node

from sdkgen.fx.nodes import constant, groups

aten = torch.ops.aten

WEIGHTED = (aten.conv2d.default, aten.linear.default, aten.conv_transpose2d.input)
AVERAGES = (aten.adaptive_avg_pool2d.default, aten.avg_pool2d.default, aten.mean.dim)
RESIZES = (aten.upsample_nearest2d.vec, aten.upsample_bilinear2d.vec)
CLAMPS = (
    aten.relu.default,
    aten.relu6.default,
    aten.hardtanh.default,
    aten.clamp.default,
    aten.clamp_min.default,
    aten.clamp_max.default,
)
# Functions of one element: each becomes a table of 256 results, whatever it computes. The last group takes two
# operands, of which one is a number.
POINTWISE = (
    aten.abs.default,
    aten.celu.default,
    aten.cos.default,
    aten.elu.default,
    aten.erf.default,
    aten.exp.default,
    aten.gelu.default,
    aten.hardsigmoid.default,
    aten.hardswish.default,
    aten.leaky_relu.default,
    aten.log.default,
    aten.log1p.default,
    aten.log_sigmoid.default,
    aten.mish.default,
    aten.neg.default,
    aten.pow.Tensor_Scalar,
    aten.reciprocal.default,
    aten.rsqrt.default,
    aten.selu.default,
    aten.sigmoid.default,
    aten.silu.default,
    aten.sin.default,
    aten.softplus.default,
    aten.sqrt.default,
    aten.square.default,
    aten.tanh.default,
    aten.threshold.default,
    aten.add.Scalar,
    aten.add.Tensor,
    aten.div.Scalar,
    aten.div.Tensor,
    aten.mul.Scalar,
    aten.mul.Tensor,
    aten.rsub.Scalar,
    aten.sub.Scalar,
    aten.sub.Tensor,
)
VIEWS = (
    aten.view.default,
    aten.reshape.default,
    aten.flatten.using_ints,
    aten.squeeze.default,
    aten.squeeze.dim,
    aten.squeeze.dims,
    aten.unsqueeze.default,
)
# The result holds values of the input only, so it keeps the input's scale and zero point.
VALUE_KEEPING = (
    *VIEWS,
    aten.max_pool2d.default,
    aten.constant_pad_nd.default,
    aten.slice.Tensor,
    aten.select.int,
    aten.transpose.int,
    aten.permute.default,
    aten.contiguous.default,
    aten.clone.default,
    aten.channel_shuffle.default,
    aten.pixel_shuffle.default,
    aten.upsample_nearest2d.vec,
)


def activations(node: Node) -> list[Node]:
    """The tensors among a node's arguments that are computed while the network runs."""
    graph_module = _owner(node)
    return [a for a in node.args if isinstance(a, Node) and constant(graph_module, a) is None]


def is_pointwise(node: Node) -> bool:
    """Whether `node` is a function of one element of one tensor; its other operands are numbers."""
    if node.target not in POINTWISE or len(activations(node)) != 1:
        return False
    constants = [constant(_owner(node), a) for a in node.args if isinstance(a, Node)]
    return all(value is None or value.numel() == 1 for value in constants)


def is_clamp(node: Node) -> bool:
    """Whether `node` bounds its input by numbers."""
    return node.target in CLAMPS and all(isinstance(bound, (int, float, type(None))) for bound in node.args[1:])


def fused(node: Node) -> tuple[Node, ...]:
    """`node` and what the runtime applies to its result in the same step, each the only reader of the one before.

    A convolution, linear layer, addition, multiplication or PReLU takes one clamp; functions of one element and
    clamps that follow each other are one table.
    """
    chain = [node]
    table = is_pointwise(node)
    while len(chain[-1].users) == 1:
        (user,) = chain[-1].users
        joins = table or (len(chain) == 1 and _takes_a_clamp(node))
        if not (joins and is_clamp(user)) and not (table and is_pointwise(user)):
            break
        chain.append(user)
    return tuple(chain)


def is_product(node: Node) -> bool:
    """Whether `node` multiplies two tensors of one shape, or one by a factor per channel, (N, C, 1, 1)."""
    factors = activations(node)
    if node.target is not aten.mul.Tensor or len(factors) != 2:
        return False
    shape = node.meta["val"].shape
    shapes = [factor.meta["val"].shape for factor in factors]
    per_channel = (*shape[:2], 1, 1) if len(shape) == 4 else shape
    return shape in shapes and all(s in (shape, per_channel) for s in shapes)


def is_sum(node: Node) -> bool:
    """Whether `node` adds two tensors of one shape."""
    terms = activations(node)
    if node.target is not aten.add.Tensor or len(terms) != 2 or node.kwargs.get("alpha", 1) != 1:
        return False
    return all(term.meta["val"].shape == node.meta["val"].shape for term in terms)


def keeps_values(node: Node) -> bool:
    """Whether the runtime can move the values as this call of VALUE_KEEPING asks."""
    source = node.args[0]
    assert isinstance(source, Node)
    shape = source.meta["val"].shape
    rest: tuple[Any, ...] = node.args[1:]
    if node.target is aten.constant_pad_nd.default:
        return len(shape) == 4 and not any(rest[0][4:])
    if node.target in (aten.slice.Tensor, aten.select.int):
        return 2 <= len(shape) <= 4 and bool(rest) and rest[0] % len(shape) != 0
    if node.target in (aten.transpose.int, aten.permute.default):
        axes = list(range(len(shape)))
        if node.target is aten.permute.default:
            axes = [axis % len(shape) for axis in rest[0]]
        else:
            first, second = (axis % len(shape) for axis in rest)
            axes[first], axes[second] = second, first
        return len(shape) == 5 and axes == [0, 2, 1, 3, 4]  # (N, groups, C / groups, H, W): a channel shuffle
    return True


def is_spatial_mean(node: Node) -> bool:
    """Whether a `mean` averages over height and width of (N, C, H, W)."""
    source, axes = node.args[:2]
    assert isinstance(source, Node) and isinstance(axes, (list, tuple))
    spatial = sorted(int(a) % 4 for a in axes) == [2, 3]  # type: ignore[arg-type]  # an fx argument is typed as anything
    return source.meta["val"].dim() == 4 and spatial


def float_results(model: GraphModule) -> set[Node]:
    """The nodes on the way to an output that stay float32, back to and including the operator that emits it."""
    found: set[Node] = set()
    for output in model.graph.find_nodes(op="output"):
        for node in output.all_input_nodes:
            tail: list[Node] = []
            while node.target in _FLOAT_TAIL and len(node.users) == 1 and isinstance(node.args[0], Node):
                tail.append(node)
                node = node.args[0]
            if _can_emit_float(node):
                found.update(tail, (node,))
    return found


# May stand between the last int8 operator and an output of the network, on float32.
_FLOAT_TAIL = (aten.softmax.int, aten._softmax.default, *VIEWS)


def _can_emit_float(node: Node) -> bool:
    if node.target not in (*WEIGHTED, *AVERAGES) or len(node.users) != 1:
        return False
    shape = node.meta["val"].shape
    if len(shape) == 4 and prod(shape[2:]) > 1 and shape[1] > 1:
        return False  # the runtime writes float32 as NHWC, which is NCHW only for one pixel or one channel
    if node.target is aten.conv2d.default:
        return bool(groups(node) == 1 or groups(node) != shape[1])  # depthwise kernels write int8 only
    return True


def _takes_a_clamp(node: Node) -> bool:
    return node.target in (*WEIGHTED, aten.prelu.default) or is_sum(node) or is_product(node)


def _owner(node: Node) -> GraphModule:
    owner = node.graph.owning_module
    assert isinstance(owner, GraphModule)
    return owner
