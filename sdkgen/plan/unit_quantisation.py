"""Lowers a network that is not quantised, or only in parts: every int8 tensor has scale 1 and zero point 0.

The graph has the kinds and extents of the operators that the quantised network will be lowered to; its numbers have no
meaning. Operators that the plan does not have are listed instead of raised.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch.export import ExportedProgram
from torch.fx import GraphModule, Node

from sdkgen.errors import ExportError
from sdkgen.fx.names import base_name, layer_of
from sdkgen.fx.nodes import constant, set_constant
from sdkgen.plan.dispatch import lower_call
from sdkgen.plan.graph import Graph, Quantisation
from sdkgen.plan.lower import constant_value, input_value, output
from sdkgen.plan.lowerer import Lowerer, writes_float
from sdkgen.plan.operators.pointwise import look_up
from sdkgen.plan.operators.quantisation import quantised
from sdkgen.plan.quantisable import is_weighted, quantised_results
from sdkgen.plan.values import (
    FULL,
    Builder,
    Constant,
    Float,
    FloatResult,
    Int8,
    Int8Result,
    Pending,
    Pointwise,
    QuantisedWeights,
    Value,
)

UNIT = Quantisation(scale=1.0, zero_point=0)


@dataclass(frozen=True, kw_only=True)
class UnitGraph:
    """A graph of which only kinds and extents are meaningful.

    Attributes:
        graph: in execution order.
        unknown: names of operators that the plan does not have, or not in the form that the network uses; sorted.
    """

    graph: Graph
    unknown: tuple[str, ...]


def lower_by_unit_quantisation(program: ExportedProgram) -> UnitGraph:
    """Lower a program to the operators of its quantised form, whether it is float or quantised.

    Args:
        program: batch size 1. BatchNorm is taken as fold_batch_norm will leave it: part of the layer before it, or else
            a depthwise convolution.
    """
    graph_module = program.module(check_guards=False)
    assert isinstance(graph_module, GraphModule)
    is_float = not any("quantize_per_tensor" in str(node.target) for node in graph_module.graph.nodes)
    if is_float:
        _fold_batch_norms(graph_module)
    results = quantised_results(graph_module) if is_float else frozenset[Node]()
    lowerer = _UnitLowerer(values={}, builder=Builder(), results=results)
    for node in graph_module.graph.nodes:
        if node.op == "output":
            for result in node.all_input_nodes:
                lowerer.add_output(result)
        else:
            lowerer.values[node] = lowerer.visit(graph_module, node)
    return UnitGraph(graph=lowerer.builder.graph(), unknown=tuple(sorted(lowerer.unknown)))


@dataclass(kw_only=True)
class _UnitLowerer(Lowerer):
    """Lowerer that gives unit parameters to tensors without int8 parameters.

    Attributes:
        results: nodes whose results the int8 passes would quantise.
        inputs: the int8 tensors of float32 inputs.
        unknown: base names of the operators that could not be lowered.
    """

    results: frozenset[Node]
    inputs: dict[int, int] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)

    def visit(self, graph_module: GraphModule, node: Node) -> Value:
        """Return the value of any node but the output; with unit parameters where the plan has no operator for it."""
        tensor = constant(graph_module, node)
        if tensor is not None:
            return constant_value(tensor)
        try:
            value = input_value(self, node) if node.op == "placeholder" else lower_call(self, node)
            return self.int8(value, node) if node in self.results else value
        except ExportError:
            self.unknown.add(base_name(node))
            self._keep_operands(node)
            return self._unit_value(node)

    def add_output(self, result: Node) -> None:
        """Add `result` as an output of the network, where the plan can return it."""
        try:
            output(self, result)
        except ExportError:
            self.unknown.add(base_name(result))

    def int8(self, value: Value, node: Node) -> Int8:
        if isinstance(value, Pending) and value.closed is None:
            return Int8(tensor=self.make_int8(value, UNIT), shape=value.shape, dequantised=True)
        if isinstance(value, Pointwise):
            tensor = look_up(self.builder, value, Int8Result(quantisation=UNIT, clamp=FULL))
            return Int8(tensor=tensor, shape=value.shape, dequantised=True)
        if isinstance(value, Float):
            if value.tensor not in self.inputs:
                form = Int8Result(quantisation=UNIT, clamp=FULL)
                self.inputs[value.tensor] = quantised(self.builder, value.tensor, form, layer_of(node))
            return Int8(tensor=self.inputs[value.tensor], shape=value.shape, dequantised=True)
        return super().int8(value, node)

    def weights(self, argument: Any, node: Node, *, axis: int) -> QuantisedWeights:
        value = self.value(argument, node)
        if isinstance(value, Constant):
            zeros = np.broadcast_to(np.int8(0), value.values.shape)
            return QuantisedWeights(values=zeros, scales=np.ones(1), axis=axis)
        return super().weights(argument, node, axis=axis)

    def make_float(self, value: Value, node: Node, result: FloatResult) -> int:
        written = isinstance(value, Pending) and writes_float(value)
        return super().make_float(value if written else self.int8(value, node), node, result)

    def _keep_operands(self, node: Node) -> None:
        """Emit the operators whose results an unknown operator reads; otherwise they would stay pending."""
        for operand in node.all_input_nodes:
            value = self.values[operand]
            if isinstance(value, (Pending, Pointwise)):
                self.int8(value, node)

    def _unit_value(self, node: Node) -> Int8:
        """Add a tensor in the shape of the node's result; dimensions after the fourth are left out."""
        shape = tuple(int(extent) for extent in _first(node.meta["val"]).shape)
        n, c, h, w = (*shape, 1, 1, 1, 1)[:4]
        tensor = self.builder.result((n, h, w, c), Int8Result(quantisation=UNIT, clamp=FULL))
        return Int8(tensor=tensor, shape=shape, dequantised=True)


def _first(value: Any) -> torch.Tensor:
    """Return the first of several results of an operator."""
    tensor: torch.Tensor = value[0] if isinstance(value, (tuple, list)) else value
    return tensor


def _fold_batch_norms(graph_module: GraphModule) -> None:
    """Remove each BatchNorm after a layer that nothing else reads; make others depthwise 1×1 convolutions."""
    for norm in list(graph_module.graph.nodes):
        if norm.op != "call_function" or "batch_norm" not in str(norm.target):
            continue
        source = norm.args[0]
        assert isinstance(source, Node)
        if is_weighted(source) and len(source.users) == 1:
            replacement = source
        elif _first(norm.meta["val"]).dim() == 4:
            replacement = _depthwise(graph_module, norm, source)
        else:
            continue
        # In inference mode a BatchNorm has several results, of which the first alone is read.
        for reader in [user for user in norm.users if "getitem" in str(user.target)] or [norm]:
            reader.replace_all_uses_with(replacement)
            if reader is not norm:
                graph_module.graph.erase_node(reader)
        graph_module.graph.erase_node(norm)


def _depthwise(graph_module: GraphModule, norm: Node, source: Node) -> Node:
    result = _first(norm.meta["val"])
    channels = int(result.shape[1])
    path = f"{norm.name}_weight"
    set_constant(graph_module, path, torch.zeros(channels, 1, 1, 1))
    with graph_module.graph.inserting_before(norm):
        weight = graph_module.graph.get_attr(path)
        arguments = (source, weight, None, [1, 1], [0, 0], [1, 1], channels)
        convolution = graph_module.graph.call_function(torch.ops.aten.conv2d.default, arguments)
    convolution.meta = {"val": result, "nn_module_stack": norm.meta.get("nn_module_stack", {})}
    return convolution
