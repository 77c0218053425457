"""Graphs for quantisation-aware training, for any batch size: with BatchNorm in training mode, and folded."""

import copy

import torch
from torch import nn
from torch.export import ExportedProgram
from torch.fx import GraphModule, Node

from sdkgen.compress.graphs.fold_batch_norm import fold
from sdkgen.compress.network import Network
from sdkgen.compress.program import delete_unread_tensors, graph_of, inference_graph
from sdkgen.errors import CompressionError

aten = torch.ops.aten

LARGEST_BATCH = 1 << 16
"""Upper bound of the batch axis, which torch.export needs."""


def training_graph(network: Network) -> GraphModule:
    """Export the module in training mode, BatchNorm and dropout included, with functional operators.

    Raises:
        CompressionError: torch.export cannot capture it for any batch size.
    """
    module = copy.deepcopy(network.module).requires_grad_(True).train()
    graph_module = graph_of(_export(module, network))
    make_functional(graph_module)
    return graph_module


def folded_graph(network: Network) -> GraphModule:
    """Export the module in eval mode, with every foldable BatchNorm folded, its weights trainable.

    Raises:
        CompressionError: as `training_graph`.
    """
    graph_module = inference_graph(_export(copy.deepcopy(network.module).eval(), network))
    fold(graph_module)
    delete_unread_tensors(graph_module)  # of the folded BatchNorms
    return graph_module.requires_grad_(True)


def with_trained_weights(graph_module: GraphModule, trained: nn.Module) -> GraphModule:
    """Copy `graph_module` with the parameters and buffers of the same name in `trained`."""
    copied = copy.deepcopy(graph_module)
    state = trained.state_dict()
    with torch.no_grad():
        for name, tensor in copied.state_dict().items():
            tensor.copy_(state[name])
    return copied.requires_grad_(False)


def _export(module: nn.Module, network: Network) -> ExportedProgram:
    batch = torch.export.Dim("batch", min=2, max=LARGEST_BATCH)
    # Two samples: with one, torch.export would take the batch size for a constant.
    examples = tuple(torch.cat([tensor, tensor]) for tensor in network.example_inputs)
    try:
        return torch.export.export(module, examples, dynamic_shapes=tuple({0: batch} for _ in examples))
    except Exception as error:
        cause = str(error).strip().splitlines()
        raise CompressionError(
            f"torch.export cannot capture the network for any batch size: "
            f"{cause[0] if cause else type(error).__name__}",
            remedy="Keep the batch size out of forward(): x.flatten(1) instead of x.view(1, -1).",
        ) from error


def make_functional(graph_module: GraphModule) -> None:
    """Replace the in-place activations of an exported training graph by those that return a new tensor."""
    for node in list(graph_module.graph.nodes):
        if node.op != "call_function" or not isinstance(node.target, torch._ops.OpOverload):
            continue
        packet, _, overload = str(node.target).removeprefix("aten.").partition(".")
        source = node.args[0] if node.args else None
        # BatchNorm's own counter is added to in place as well; nothing reads the result.
        if packet.endswith("_") and isinstance(source, Node) and source.op != "get_attr":
            node.target = getattr(getattr(aten, packet.removesuffix("_")), overload)
    graph_module.recompile()
