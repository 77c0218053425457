"""Walks a quantised PyTorch program (ATen or edge dialect) and builds the int8 graph, one function per operator."""

from dataclasses import replace

import torch
from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind
from torch.fx import Node

from sdkgen.errors import ExportError
from sdkgen.plan.dispatch import lower_call
from sdkgen.plan.graph import Graph, Tensor
from sdkgen.plan.lowerer import Lowerer
from sdkgen.plan.unsupported import rejected
from sdkgen.plan.values import Builder, Constant, Float, FloatResult, Int8, Pending, Value, shape_of


def lower(program: ExportedProgram) -> Graph:
    """Build the int8 graph of a program whose activations and weights carry quantized_decomposed q/dq operators.

    Raises:
        ExportError: an operator, or the way it is used, has no counterpart in the plan.
    """
    lowerer = Lowerer(values={}, builder=Builder())
    kinds = {spec.arg.name: spec for spec in program.graph_signature.input_specs}
    for node in program.graph.nodes:
        if node.op == "placeholder":
            spec = kinds[node.name]
            if spec.kind is InputKind.USER_INPUT:
                lowerer.values[node] = input_value(lowerer, node)
            elif node.users:
                lowerer.values[node] = _constant(program, spec.target)
        elif node.op == "call_function":
            lowerer.values[node] = lower_call(lowerer, node)
        elif node.op == "output":
            outputs(lowerer, node)
        else:
            raise ExportError(f"the program holds a {node.op} node, {node.name!r}, which torch.export does not make")
    return lowerer.builder.graph()


def input_value(lowerer: Lowerer, node: Node) -> Value:
    """Add an input of the network, a float32 tensor."""
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
    return constant_value(tensor)


def constant_value(tensor: torch.Tensor) -> Constant:
    return Constant(values=tensor.detach().contiguous().numpy())


def outputs(lowerer: Lowerer, node: Node) -> None:
    """Add the outputs of the network, the arguments of the output node."""
    results = node.args[0]
    assert isinstance(results, (tuple, list))
    for result in results:
        assert isinstance(result, Node)
        output(lowerer, result)


def output(lowerer: Lowerer, result: Node) -> None:
    """Add `result` as the next output of the network."""
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
