"""Folds BatchNorm in inference mode into the convolution or linear layer before it.

y = (Wx + b - mean) * gamma / sqrt(var + eps) + beta, formed in float64 (Ioffe and Szegedy, arXiv:1502.03167).
"""

import operator

import torch
from torch.fx import GraphModule, Node

from sdkgen.fx.names import layer_of
from sdkgen.fx.nodes import along, constant, is_shared, set_constant
from sdkgen.plan.quantisable import channel_axis, groups_of

aten = torch.ops.aten

_FOLDABLE = (
    aten.conv1d.default,
    aten.conv2d.default,
    aten.conv2d.padding,
    aten.conv3d.default,
    aten.linear.default,
    aten.conv_transpose2d.input,
)


def fold(graph_module: GraphModule) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Fold in place.

    Returns:
        The layers of the BatchNorms that became convolutions of their own, and of those that stay, in graph order.
    """
    alone: list[str] = []
    left: list[str] = []
    for norm in list(graph_module.graph.nodes):
        if norm.op != "call_function" or "batch_norm" not in str(norm.target) or _fold_one(graph_module, norm):
            continue
        (alone if _make_depthwise(graph_module, norm) else left).append(layer_of(norm) or norm.name)
    graph_module.graph.eliminate_dead_code()
    graph_module.recompile()
    return tuple(alone), tuple(left)


def layer_before(norm: Node) -> Node | None:
    """Return the layer that the graph allows to fold a BatchNorm in inference mode into, or None."""
    if norm.target is not aten._native_batch_norm_legit_no_training.default:
        return None
    layer = norm.args[0]
    if not isinstance(layer, Node) or layer.target not in _FOLDABLE or len(layer.users) != 1:
        return None
    if channel_axis(layer) == 1 and groups_of(layer) != 1:
        return None  # a weight of several groups has no axis of output channels
    return layer


def affine(
    gamma: torch.Tensor | None, beta: torch.Tensor | None, mean: torch.Tensor, variance: torch.Tensor, eps: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return (factor, offset) of a BatchNorm, y = factor * x + offset, each (channels,) float64."""
    factor = (variance.double() + eps).rsqrt()
    if gamma is not None:
        factor = factor * gamma.double()
    offset = -mean.double() * factor
    return factor, offset if beta is None else offset + beta.double()


def _fold_one(graph_module: GraphModule, norm: Node) -> bool:
    layer = layer_before(norm)
    if layer is None:
        return False
    weight_node, bias_node = layer.args[1], layer.args[2] if len(layer.args) > 2 else None
    weight = constant(graph_module, weight_node)
    bias = constant(graph_module, bias_node)
    found = _affine(graph_module, norm)
    if weight is None or found is None or (bias is None and bias_node is not None):
        return False
    assert isinstance(weight_node, Node)
    factor, offset = found
    if bias is not None:
        offset = offset + bias.double() * factor
    per_channel = along(channel_axis(layer), factor, weight.dim())

    weight_path = str(weight_node.target)
    parent = weight_path.rpartition(".")[0]
    bias_path = f"{parent}.bias" if parent else f"{layer.name}_bias"
    if is_shared(graph_module, weight_node) or (isinstance(bias_node, Node) and is_shared(graph_module, bias_node)):
        # Another layer reads the same constants unscaled: this one gets its own copies.
        weight_path, bias_path = f"{weight_path}_{norm.name}", f"{bias_path}_{norm.name}"
    elif isinstance(bias_node, Node):
        bias_path = str(bias_node.target)
    set_constant(graph_module, weight_path, (weight.double() * per_channel).to(weight.dtype))
    set_constant(graph_module, bias_path, offset.to(weight.dtype))
    with graph_module.graph.inserting_before(layer):
        new_weight = graph_module.graph.get_attr(weight_path)
        new_bias = graph_module.graph.get_attr(bias_path)
    layer.args = (layer.args[0], new_weight, new_bias, *layer.args[3:])
    _replace(norm, layer)
    return True


def _make_depthwise(graph_module: GraphModule, norm: Node) -> bool:
    found = _affine(graph_module, norm) if norm.target is aten._native_batch_norm_legit_no_training.default else None
    source = norm.args[0]
    assert isinstance(source, Node)
    if found is None or source.meta["val"].dim() != 4:
        return False
    factor, offset = found
    set_constant(graph_module, f"{norm.name}_weight", factor.float().reshape(-1, 1, 1, 1))
    set_constant(graph_module, f"{norm.name}_bias", offset.float())
    with graph_module.graph.inserting_before(norm):
        weight, bias = (graph_module.graph.get_attr(f"{norm.name}_{name}") for name in ("weight", "bias"))
        arguments = (source, weight, bias, [1, 1], [0, 0], [1, 1], factor.numel())
        layer = graph_module.graph.call_function(aten.conv2d.default, arguments)
    layer.meta = {"nn_module_stack": norm.meta.get("nn_module_stack", {})}
    _replace(norm, layer)
    return True


def _affine(graph_module: GraphModule, norm: Node) -> tuple[torch.Tensor, torch.Tensor] | None:
    """Return `affine` of a node; None when its statistics are computed."""
    gamma, beta, mean, variance = (constant(graph_module, node) for node in norm.args[1:5])
    if mean is None or variance is None:
        return None
    epsilon = float(norm.args[6])  # type: ignore[arg-type]  # an fx argument is typed as anything
    return affine(gamma, beta, mean, variance, epsilon)


def _replace(norm: Node, layer: Node) -> None:
    """Replace the BatchNorm's result by the layer's; the BatchNorm becomes dead code."""
    for user in list(norm.users):  # the operator returns (output, saved mean, saved deviation)
        if user.target is operator.getitem and user.args[1] == 0:
            user.replace_all_uses_with(layer)
