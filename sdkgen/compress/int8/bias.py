"""Snaps biases to the int32 grid of the device, so that the reference program has the deployed numbers."""

import torch
from torch.fx import GraphModule, Node

from sdkgen.compress.int8.ranges import WEIGHT_MAX
from sdkgen.fx.nodes import along, constant, is_shared, set_constant
from sdkgen.plan.quantisable import channel_axis, weighted_layers

quantized = torch.ops.quantized_decomposed

# Bias, zero-point correction and the sum of products share an int32; the bias may take half of it.
LARGEST_BIAS = 2.0**30


def snap_biases(graph_module: GraphModule) -> int:
    """Replace each bias b of a quantised layer by round(b / (s_x s_w)) s_x s_w, per channel, formed in float64.

    Where a channel's weights are so small that its bias would not fit the int32 sum, its weight scale is raised first
    and its int8 weights are rounded again: the bias dominates such a channel.

    Returns:
        The number of channels whose weight scale was raised.
    """
    raised = 0
    for layer in weighted_layers(graph_module):
        source, weight, bias_node = (*layer.args, None)[:3]
        assert isinstance(source, Node) and isinstance(weight, Node)
        if source.target is not quantized.dequantize_per_tensor.default:
            continue
        if weight.target is not quantized.dequantize_per_channel.default or not isinstance(bias_node, Node):
            continue
        bias = constant(graph_module, bias_node)
        assert bias is not None
        input_scale = float(source.args[1])  # type: ignore[arg-type]  # an fx argument is typed as anything
        weight, changed = _make_room(graph_module, layer, weight, bias, input_scale)
        raised += changed
        weight_scale = constant(graph_module, weight.args[1])
        assert weight_scale is not None
        path = str(bias_node.target)
        if is_shared(graph_module, bias_node):
            path = f"{path}_{layer.name}"  # the other layer has another grid
        set_constant(graph_module, path, snap(bias, input_scale, weight_scale))
        with graph_module.graph.inserting_before(layer):
            new_bias = graph_module.graph.get_attr(path)
        layer.args = (source, weight, new_bias, *layer.args[3:])
    graph_module.graph.eliminate_dead_code()
    graph_module.recompile()
    return raised


def snap(bias: torch.Tensor, input_scale: float, weight_scale: torch.Tensor) -> torch.Tensor:
    """Return the float32 biases (channels,) nearest to whole multiples of input_scale * weight_scale (channels,)."""
    grid = weight_scale.double() * input_scale
    return ((bias.double() / grid).round() * grid).float()


def _make_room(
    graph_module: GraphModule, layer: Node, weight: Node, bias: torch.Tensor, input_scale: float
) -> tuple[Node, int]:
    """Return the dequantised weight of `layer` with scales for which `bias` fits, and the count of changed channels."""
    integers = constant(graph_module, weight.args[0])
    scale = constant(graph_module, weight.args[1])
    assert integers is not None and scale is not None
    needed = (bias.double().abs() / (input_scale * LARGEST_BIAS)).float()
    narrow = needed > scale
    if not bool(narrow.any()):
        return weight, 0
    raised = torch.where(narrow, needed, scale)
    ratio = along(channel_axis(layer), scale.double() / raised.double(), integers.dim())
    rounded = (integers.double() * ratio).round().clamp(-WEIGHT_MAX, WEIGHT_MAX).to(torch.int8)
    path = f"{layer.name}_weight"
    set_constant(graph_module, f"{path}_int8", rounded)
    set_constant(graph_module, f"{path}_scale", raised)
    with graph_module.graph.inserting_before(layer):
        integers_node = graph_module.graph.get_attr(f"{path}_int8")
        scale_node = graph_module.graph.get_attr(f"{path}_scale")
        replacement = graph_module.graph.call_function(
            quantized.dequantize_per_channel.default, (integers_node, scale_node, *weight.args[2:])
        )
    replacement.meta = dict(weight.meta)
    return replacement, int(narrow.sum())
