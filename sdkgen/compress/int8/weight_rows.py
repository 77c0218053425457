"""Rows of the report: use of the int8 range by the weights of a converted graph."""

import torch
from torch.fx import GraphModule, Node

from sdkgen.compress.int8.observers import BARS
from sdkgen.compress.int8.ranges import WEIGHT_MAX
from sdkgen.documents.compress import WeightRow
from sdkgen.fx.names import layer_of
from sdkgen.fx.nodes import along, constant
from sdkgen.plan.quantisable import channel_axis, weighted_layers

quantized = torch.ops.quantized_decomposed


def weight_rows(float_graph: GraphModule, converted: GraphModule) -> tuple[WeightRow, ...]:
    """Return one row per layer with int8 weights, in graph order.

    Args:
        float_graph: the graph that was converted; its nodes have the same names.
    """
    layers = {node.name: node for node in weighted_layers(float_graph)}
    rows = []
    for layer in weighted_layers(converted):
        weight = layer.args[1]
        if not isinstance(weight, Node) or weight.target is not quantized.dequantize_per_channel.default:
            continue
        values = constant(float_graph, layers[layer.name].args[1])
        scale = constant(converted, weight.args[1])
        assert values is not None and scale is not None
        steps = values / along(channel_axis(layer), scale, values.dim())
        edge = WEIGHT_MAX + 0.5
        rows.append(
            WeightRow(
                name=layer_of(layer) or layer.name,
                kind=str(layer.target).removeprefix("aten.").partition(".")[0],
                shape=tuple(values.shape),
                smallest_scale=float(scale.min()),
                largest_scale=float(scale.max()),
                clipped=float((steps.abs() > edge).float().mean()),
                histogram=tuple(int(n) for n in torch.histc(steps.clamp(-edge, edge), BARS, -edge, edge)),
            )
        )
    return tuple(rows)
