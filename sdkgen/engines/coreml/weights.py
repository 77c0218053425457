"""Chooses the weights of the Core ML program: those of the quantised program, of the float program, or of both."""

from collections.abc import Callable
from typing import Any

import torch
from torch.fx import GraphModule, Node

from sdkgen.errors import ExportError
from sdkgen.fx.names import operator_name

_QUANTIZE = "quantized_decomposed.quantize_per_tensor"
_DEQUANTIZE = "quantized_decomposed.dequantize_per_tensor"
_DEQUANTIZE_WEIGHTS = "quantized_decomposed.dequantize_per_channel"
_WEIGHTED = ("aten.conv2d", "aten.conv_transpose2d", "aten.linear")


def base_name(node: Node) -> str:
    """ "aten.conv2d" of a node that calls aten.conv2d.default; "" of any other kind of node."""
    return operator_name(node).rpartition(".")[0] if node.op == "call_function" else ""


def drop_activation_quantisation(program: GraphModule) -> None:
    """Remove every quantise and dequantise of activations: int8 weights and corrected biases stay."""
    for node in list(program.graph.nodes):
        if base_name(node) != _DEQUANTIZE:
            continue
        quantize = node.args[0]
        if isinstance(quantize, Node) and base_name(quantize) == _QUANTIZE:
            source = quantize.args[0]
            assert isinstance(source, Node)
            node.replace_all_uses_with(source)
    program.graph.eliminate_dead_code()
    program.recompile()


def restore_float_weights(
    program: GraphModule, float_program: GraphModule, wanted: Callable[[torch.Tensor], bool]
) -> tuple[str, ...]:
    """Give layers of `program` weights and bias of the float program, which a former pass has shaped.

    Palettes and zeros are exact only in the weights that the pass left; int8 would round them.

    Args:
        wanted: returns whether to use the float weight of a layer.

    Returns:
        names of the nodes that were changed.

    Raises:
        ExportError: the programs do not have the same layers.
    """
    layers, originals = (list(_weighted(p)) for p in (program, float_program))
    if len(layers) != len(originals):
        raise ExportError(
            f"the quantised program has {len(layers)} layers with weights, the float program {len(originals)}",
            remedy='Choose coreml = "float16" or "int8".',
        )
    changed = []
    for index, (layer, original) in enumerate(zip(layers, originals, strict=True)):
        weight = constant(float_program, original.args[1])
        if weight is None or not wanted(weight):
            continue
        changed.append(layer.name)
        for position, value in enumerate((weight, constant(float_program, (*original.args, None, None)[2])), start=1):
            if value is not None:
                name = f"float_{index}_{position}"
                program.register_parameter(name, torch.nn.Parameter(value.detach().clone(), requires_grad=False))
                with program.graph.inserting_before(layer):
                    layer.update_arg(position, program.graph.get_attr(name))
    program.graph.eliminate_dead_code()
    program.recompile()
    return tuple(changed)


def narrow_zero_points(program: GraphModule) -> None:
    """Store the zero points of weights as int8, like the weights: operators for iOS 16 cannot cast to int8."""
    for index, node in enumerate(n for n in list(program.graph.nodes) if base_name(n) == _DEQUANTIZE_WEIGHTS):
        value = constant(program, node.args[2])
        if value is not None:
            name = f"weight_zero_point_{index}"
            program.register_buffer(name, value.to(torch.int8))
            with program.graph.inserting_before(node):
                node.update_arg(2, program.graph.get_attr(name))
    program.graph.eliminate_dead_code()
    program.recompile()


def constant(program: GraphModule, node: Any) -> torch.Tensor | None:
    """Return the tensor of a get_attr node, or None."""
    if not isinstance(node, Node) or node.op != "get_attr":
        return None
    value: object = program
    for name in str(node.target).split("."):
        value = getattr(value, name)
    return value if isinstance(value, torch.Tensor) else None


def quantised_weights(program: GraphModule) -> int:
    """Count the layers with int8 weights."""
    return sum(base_name(node) == _DEQUANTIZE_WEIGHTS for node in program.graph.nodes)


def _weighted(program: GraphModule) -> list[Node]:
    return [node for node in program.graph.nodes if base_name(node) in _WEIGHTED]
