"""Folds BatchNorm in a module that is trained afterwards, for properties that the deployed weights must have."""

import copy

import torch
from torch import nn
from torch.fx import Node
from torch.nn.modules.batchnorm import _BatchNorm

from sdkgen.compress.graphs.fold_batch_norm import affine, layer_before
from sdkgen.compress.network import Network
from sdkgen.compress.program import graph_of
from sdkgen.fx.nodes import along, is_shared

_AXIS = {nn.Conv2d: 0, nn.Linear: 0, nn.ConvTranspose2d: 1}
"""Output-channel axis of the weight."""


def folded(network: Network) -> tuple[nn.Module, int]:
    """Copy the module with each BatchNorm folded into the layer before it; return the copy and the number of them.

    It equals the pass "fold_batch_norm" on the graph, which then finds no BatchNorm left. Layers whose weights are used
    more than once keep their BatchNorm.
    """
    module = copy.deepcopy(network.module).eval()
    graph = graph_of(network.program.exported)
    count = 0
    for node in graph.graph.nodes:
        if (layer_node := layer_before(node)) is None:
            continue
        weight, mean = layer_node.args[1], node.args[3]
        assert isinstance(weight, Node) and isinstance(mean, Node)
        if is_shared(graph, weight) or is_shared(graph, mean):
            continue
        layer, norm = _owner(module, weight), _owner(module, mean)
        if layer is not None and type(layer) in _AXIS and isinstance(norm, _BatchNorm):
            _fold(layer, norm)
            module.set_submodule(str(mean.target).rpartition(".")[0], nn.Identity())
            count += 1
    return module, count


def _owner(module: nn.Module, tensor: Node) -> nn.Module | None:
    """Return the module that holds the parameter or buffer of a get_attr node; None for a constant of the graph."""
    path = str(tensor.target)
    return module.get_submodule(path.rpartition(".")[0]) if path in module.state_dict() else None


@torch.no_grad()
def _fold(layer: nn.Module, norm: _BatchNorm) -> None:
    assert isinstance(layer, nn.Conv2d | nn.Linear | nn.ConvTranspose2d)
    assert norm.running_mean is not None and norm.running_var is not None
    factor, offset = affine(norm.weight, norm.bias, norm.running_mean, norm.running_var, norm.eps)
    if layer.bias is not None:
        offset = offset + layer.bias.double() * factor
    weight = layer.weight.double() * along(_AXIS[type(layer)], factor, layer.weight.dim())
    layer.weight.copy_(weight)
    layer.bias = nn.Parameter(offset.to(layer.weight.dtype))
