"""Walks a quantised PyTorch program (ATen or edge dialect) and builds the int8 graph, one function per operator."""

import functools
import operator as python_operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind

from sdkgen.errors import ExportError
from sdkgen.fx.names import layer_of, operator_name
from sdkgen.plan.graph import Graph, Kind, Operator, Quantisation, Tensor
from sdkgen.plan.unsupported import rejected, unsupported
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
    Result,
    Shape,
    Value,
    quantise_scalar,
)
from sdkgen.registry import discover

Lowering = Callable[["Lowerer", torch.fx.Node], Value]
_operators: dict[str, Lowering] = {}


def lowers(*names: str) -> Callable[[Lowering], Lowering]:
    """Register the decorated function for ATen operators by name, such as "aten.conv2d.default"."""

    def decorate(function: Lowering) -> Lowering:
        for name in names:
            if name in _operators:
                raise ValueError(f"{name} is lowered twice")
            _operators[name] = function
        return function

    return decorate


def is_supported(node: torch.fx.Node) -> bool:
    """Whether a function exists for this call; its arguments are judged when it is lowered."""
    return node.op != "call_function" or node.target is python_operator.getitem or operator_name(node) in table()


@functools.cache
def table() -> Mapping[str, Lowering]:
    """The lowering of every supported operator by name; the files of operators/ are imported on first use."""
    discover("sdkgen.plan.operators")
    return _operators


@dataclass(kw_only=True)
class Lowerer:
    """The state of one lowering: the value of every node seen, and the graph so far."""

    values: dict[torch.fx.Node, Value]
    builder: Builder

    def value(self, argument: Any, node: torch.fx.Node) -> Value:
        """The value of an argument that must be a tensor."""
        if not isinstance(argument, torch.fx.Node):
            raise rejected(node, f"takes the number {argument!r} where the int8 runtime needs a tensor")
        return self.values[argument]

    def int8(self, value: Value, node: torch.fx.Node) -> Int8:
        """`value` in int8, where it was quantised or an exact int8 form of it exists."""
        if isinstance(value, Int8) and value.dequantised:
            return value
        if isinstance(value, Pending) and value.closed is not None:
            return Int8(tensor=self.make_int8(value, value.closed), shape=value.shape, dequantised=True)
        raise rejected(
            node,
            "reads float32 values that were not quantised",
            remedy="Quantise this layer's inputs (pass int8_ptq), or move the layer behind the network.",
        )

    def spatial(self, value: Value, node: torch.fx.Node) -> int:
        """The int8 tensor whose (n, h, w, c) is exactly what PyTorch sees here; flattens where a view asks for it."""
        int8 = self.int8(value, node)
        n, h, w, c = self.builder.extents(int8.tensor)
        if int8.shape in ((n, c, h, w), *([(n, c)] if h * w == 1 else [])):
            return int8.tensor
        if int8.shape in ((n, c * h * w), (n, c * h * w, 1, 1)):
            return self.builder.flatten(int8.tensor, layer_of(node))
        raise rejected(
            node, f"reads a {(n, c, h, w)} tensor as {int8.shape}; only flattening to (N, C·H·W) is possible"
        )

    def make_int8(self, value: Pending, quantisation: Quantisation, clamp: tuple[int, int] = FULL) -> int:
        """The int8 tensor of a pending operator, its activation folded into the clamp."""
        low = max(clamp[0], quantise_scalar(value.low, quantisation))
        high = max(low, min(clamp[1], quantise_scalar(value.high, quantisation)))
        return value.make(Int8Result(quantisation=quantisation, clamp=(low, high)))

    def make_float(self, value: Value, node: torch.fx.Node, result: FloatResult) -> int:
        """The float32 tensor of a value: straight from its operator where NHWC and NCHW agree, else dequantised."""
        if isinstance(value, Pending) and FloatResult in value.forms and np.isinf([value.low, value.high]).all():
            n, h, w, c = value.extents
            if (h * w == 1 or c == 1) and value.shape in ((n, c, h, w), *([(n, c)] if h * w == 1 else [])):
                return value.make(result)
        if isinstance(value, Pending) and value.closed is None:
            raise rejected(
                node,
                f"reads the float32 result {tuple(value.shape)} of {value.operator} in layer {value.layer!r}; "
                "unquantised results are possible only as (N, C), (N, C, 1, 1) or (N, 1, H, W), without an activation",
                remedy="Quantise that layer's output (pass int8_ptq).",
            )
        if isinstance(value, Pointwise):
            raise rejected(
                node,
                f"reads the float32 result of {value.operator} in layer {value.layer!r}, which exists in int8 only",
                remedy="Quantise that layer's output (pass int8_ptq).",
            )
        if isinstance(value, Float):
            raise rejected(node, "returns a float32 tensor that the int8 network did not compute")
        source = self.spatial(value, node)
        output = self.builder.result(self.builder.extents(source), result)
        return self.builder.add(Operator(kind=Kind.DEQUANTIZE, input0=source, output=output, layer=layer_of(node)))

    def pending(
        self,
        node: torch.fx.Node,
        extents: Sequence[int],
        emit: Callable[[Result], int],
        *,
        forms: tuple[type[Int8Result] | type[FloatResult], ...] = (Int8Result, FloatResult),
        closed: Quantisation | None = None,
    ) -> Pending:
        n, h, w, c = extents
        return Pending(
            emit=emit,
            shape=shape_of(node),
            extents=(n, h, w, c),
            closed=closed,
            forms=forms,
            operator=operator_name(node),
            layer=layer_of(node),
        )


def lower(program: ExportedProgram) -> Graph:
    """The int8 graph of a program whose activations and weights carry quantized_decomposed q/dq operators.

    Raises:
        ExportError: an operator, or the way it is used, has no counterpart in the plan.
    """
    lowerer = Lowerer(values={}, builder=Builder())
    kinds = {spec.arg.name: spec for spec in program.graph_signature.input_specs}
    for node in program.graph.nodes:
        if node.op == "placeholder":
            spec = kinds[node.name]
            if spec.kind is InputKind.USER_INPUT:
                lowerer.values[node] = _input(lowerer, node)
            elif node.users:
                lowerer.values[node] = _constant(program, spec.target)
        elif node.op == "call_function":
            function = table().get(operator_name(node))
            if node.target is python_operator.getitem:
                lowerer.values[node] = _item(lowerer, node)
            elif function is None:
                raise unsupported(node)
            else:
                lowerer.values[node] = function(lowerer, node)
        elif node.op == "output":
            _outputs(lowerer, node)
        else:
            raise ExportError(f"the program holds a {node.op} node, {node.name!r}, which torch.export does not make")
    return lowerer.builder.graph()


def shape_of(node: torch.fx.Node) -> Shape:
    """Static shape of a node's tensor.

    Raises:
        ExportError: a dimension is symbolic.
    """
    value = node.meta["val"]
    tensor = value[0] if isinstance(value, (tuple, list)) else value
    if not all(isinstance(extent, int) for extent in tensor.shape):
        raise rejected(
            node, f"has the dynamic shape {tuple(tensor.shape)}", remedy="Export the program with fixed shapes."
        )
    return tuple(int(extent) for extent in tensor.shape)


def _input(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    shape = shape_of(node)
    if len(shape) not in (2, 4) or shape[0] != 1 or node.meta["val"].dtype != torch.float32:
        raise ExportError(
            f"input {node.name!r} is {node.meta['val'].dtype} of shape {shape}",
            remedy="Inputs are float32 of shape (1, features) or (1, channels, height, width).",
        )
    c, h, w = (*shape[1:], 1, 1)[:3]
    tensor = Tensor(n=1, h=h, w=w, c=c, rank=len(shape), quantisation=None, location="input")
    index = lowerer.builder.tensor(tensor)
    lowerer.builder.inputs.append(index)
    return Float(tensor=index, shape=shape)


def _constant(program: ExportedProgram, target: str | None) -> Constant:
    assert target is not None
    tensor = program.state_dict[target] if target in program.state_dict else program.constants[target]
    return Constant(values=tensor.detach().contiguous().numpy())


def _item(lowerer: Lowerer, node: torch.fx.Node) -> Value:
    """Element 0 of an operator with several results (max_pool2d_with_indices); the others are not computed."""
    source, index = node.args
    if index != 0 and node.users:
        assert isinstance(source, torch.fx.Node)
        raise rejected(source, f"result {index} of it is used; the int8 runtime computes result 0 only")
    return lowerer.value(source, node)


def _outputs(lowerer: Lowerer, node: torch.fx.Node) -> None:
    results = node.args[0]
    assert isinstance(results, (tuple, list))
    for result in results:
        assert isinstance(result, torch.fx.Node)
        value = lowerer.values[result]
        shape = shape_of(result)
        if isinstance(value, Int8) and not value.dequantised:
            raise rejected(result, "is an output in int8; outputs of an SDK are float32")
        if len(shape) not in (2, 4):
            raise rejected(result, f"is an output of shape {shape}; outputs are (N, C) or (N, C, H, W)")
        if isinstance(value, Pending):
            # Each output is its own tensor, so a value that is returned twice is computed twice.
            value = replace(value, made={})
        form = FloatResult(location="output", rank=len(shape))
        lowerer.builder.outputs.append(lowerer.make_float(value, result, form))
