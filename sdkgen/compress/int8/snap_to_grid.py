"""Snaps trained weights to their int8 grid and biases to the int32 grid, so that `convert_pt2e` is exact."""

from collections.abc import Mapping

import torch
from torch.fx import GraphModule, Node

from sdkgen.compress.int8.bias import snap
from sdkgen.compress.int8.fixed_fake_quantize import FixedFakeQuantize
from sdkgen.errors import CompressionError
from sdkgen.fx.nodes import calls, constant

aten = torch.ops.aten


def snap_to_grid(prepared: GraphModule) -> dict[str, torch.Tensor]:
    """Snap every quantised weight to its int8 grid and every bias to the int32 grid of the device.

    Args:
        prepared: a graph whose weights have a FixedFakeQuantize each; changed in place.

    Returns:
        The int8 weights by the name of the operator that reads them.
    """
    integers = {}
    for layer in calls(prepared, aten.conv2d.default, aten.linear.default):
        source, weight, bias = (*layer.args, None)[:3]
        weights_grid, inputs_grid = _quantisation(prepared, weight), _quantisation(prepared, source)
        if weights_grid is None or inputs_grid is None:
            continue
        assert isinstance(weight, Node)
        values = constant(prepared, weight.args[0])
        assert values is not None
        whole = weights_grid.integers(values)
        scale = weights_grid.scale.reshape(-1, *[1] * (values.dim() - 1))
        with torch.no_grad():
            values.copy_(whole * scale.double())
            if (numbers := constant(prepared, bias)) is not None:
                numbers.copy_(snap(numbers.detach(), float(inputs_grid.scale), weights_grid.scale))
        integers[layer.name] = whole.to(torch.int8)
    return integers


def require_same_integers(name: str, expected: Mapping[str, torch.Tensor], converted: GraphModule) -> None:
    """Raise CompressionError when a layer of the converted graph has other int8 weights than `snap_to_grid` found."""
    for layer in calls(converted, aten.conv2d.default, aten.linear.default):
        if layer.name not in expected:
            continue
        weight = layer.args[1]
        assert isinstance(weight, Node)
        actual = constant(converted, weight.args[0])
        if actual is None or not torch.equal(actual, expected[layer.name]):
            raise CompressionError(f"pass {name}: the weights of {layer.name} are not the integers that were trained")


def _quantisation(prepared: GraphModule, node: object) -> FixedFakeQuantize | None:
    """Return the fake quantisation whose result `node` is, or None."""
    if not isinstance(node, Node) or node.op != "call_module":
        return None
    part = prepared.get_submodule(str(node.target))
    return part if isinstance(part, FixedFakeQuantize) else None
