"""Bias correction: adds to each bias the mean error of the rounded weights, so that E[y] equals that of float."""

from typing import Any

import torch
from torch.fx import GraphModule, Interpreter, Node

from sdkgen.compress.program import Inputs
from sdkgen.fx.nodes import along, constant, is_shared, set_constant
from sdkgen.plan.quantisable import channel_axis, weighted_layers

aten = torch.ops.aten
quantized = torch.ops.quantized_decomposed


def correct_biases(float_graph: GraphModule, converted: GraphModule, samples: tuple[Inputs, ...]) -> None:
    """Add E[(W - W_int8) x] per channel to the bias of every quantised layer of `converted`.

    Bias correction of Nagel et al., "Data-free quantization", arXiv:1906.04721, section 4.2, with the expectation of x
    taken over the calibration samples in the float network. A layer is linear, so E[x] per position suffices; this
    keeps padding exact. The error of the activations is not corrected: its mean depends far more on the
    picture, and with MobileNetV2 correcting it as well measured 1 dB worse on photographs not used for calibration.

    Args:
        float_graph: the graph that was converted; its nodes have the same names.
        samples: calibration samples.
    """
    layers = {node.name: node for node in weighted_layers(float_graph)}
    means = _MeanInputs(float_graph, set(layers.values())).of(samples)
    for layer in weighted_layers(converted):
        weight = layer.args[1]
        assert isinstance(weight, Node)
        if weight.target is not quantized.dequantize_per_channel.default:
            continue
        original = layers[layer.name]
        float_weight = constant(float_graph, original.args[1])
        integers, scale = (constant(converted, node) for node in weight.args[:2])
        assert float_weight is not None and integers is not None and scale is not None
        rounded = integers * along(channel_axis(layer), scale, integers.dim())
        rest: tuple[Any, ...] = layer.args[3:]
        with torch.no_grad():
            operator: Any = layer.target  # of a weighted layer, as an fx target typed as anything
            error = operator(means[original], float_weight - rounded, None, *rest)
        channels = error.dim() - 1 if layer.target is aten.linear.default else 1
        _add_to_bias(converted, layer, error.double().mean([a for a in range(error.dim()) if a != channels]))
    converted.graph.eliminate_dead_code()
    converted.recompile()


class _MeanInputs(Interpreter):
    """Mean over samples of the input of each of `layers`, in its own shape."""

    def __init__(self, graph_module: GraphModule, layers: set[Node]) -> None:
        super().__init__(graph_module)
        self._layers = layers
        self._sums: dict[Node, torch.Tensor] = {}

    def of(self, samples: tuple[Inputs, ...]) -> dict[Node, torch.Tensor]:
        with torch.no_grad():
            for sample in samples:
                self.run(*sample)
        return {node: total / len(samples) for node, total in self._sums.items()}

    def run_node(self, n: Node) -> Any:
        if n in self._layers:
            source, *_ = n.args
            assert isinstance(source, Node)
            value = self.env[source]
            self._sums[n] = self._sums[n] + value if n in self._sums else value
        return super().run_node(n)


def _add_to_bias(graph_module: GraphModule, layer: Node, correction: torch.Tensor) -> None:
    bias_node = layer.args[2] if len(layer.args) > 2 else None
    bias = constant(graph_module, bias_node)
    path = f"{layer.name}_bias"  # a layer without bias gets one
    if bias is not None and isinstance(bias_node, Node):
        correction = correction + bias.double()
        path = str(bias_node.target)
        if is_shared(graph_module, bias_node):
            path = f"{path}_{layer.name}"
    set_constant(graph_module, path, correction.float())
    with graph_module.graph.inserting_before(layer):
        new_bias = graph_module.graph.get_attr(path)
    layer.args = (*layer.args[:2], new_bias, *layer.args[3:])
