"""Lowers our own quantised program to a .pte for ExecuTorch's XNNPACK delegate; counts operators outside of it."""

import copy
from dataclasses import dataclass

import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
from executorch.exir import EdgeCompileConfig, to_edge_transform_and_lower
from executorch.exir.delegate import executorch_call_delegate
from torch.export import ExportedProgram

from sdkgen.engines.neon.pte import quiet

quantized = torch.ops.quantized_decomposed
INT8 = (-128, 127, torch.int8)


@dataclass(frozen=True, kw_only=True)
class XnnpackPte:
    """`data` is the file; `delegates` and `outside` count its calls of XNNPACK and of other kernels."""

    data: bytes
    delegates: int
    outside: int


def lower_to_xnnpack(program: ExportedProgram, sample: tuple[torch.Tensor, ...]) -> XnnpackPte:
    """Lower the program with the same integer inputs, weights and scales.

    One thing differs: our network ends in an int8 layer that emits float32, which XNNPACK does not have. Its scores
    are quantised to int8 and back, with the range they have on `sample`.
    """
    config = EdgeCompileConfig(_check_ir_validity=False)
    with quiet():
        program = _with_int8_scores(program, sample)
        edge = to_edge_transform_and_lower(program, partitioner=[XnnpackPartitioner()], compile_config=config)
        calls = [node.target for node in edge.exported_program().graph.nodes if node.op == "call_function"]
        delegates = sum(target is executorch_call_delegate for target in calls)
        outside = sum("getitem" not in str(target) for target in calls) - delegates
        executorch = edge.to_executorch()
    return XnnpackPte(data=bytes(executorch.buffer), delegates=delegates, outside=outside)


def _with_int8_scores(program: ExportedProgram, sample: tuple[torch.Tensor, ...]) -> ExportedProgram:
    module = copy.deepcopy(program.module(check_guards=False))
    with torch.no_grad():
        (scores,) = torch.utils._pytree.tree_leaves(module(*sample))
    low, high = min(0.0, float(scores.min())), max(0.0, float(scores.max()))
    scale = (high - low) / 255
    parameters = (scale, round(-128 - low / scale), *INT8)
    (result,) = module.graph.output_node().all_input_nodes
    while "view" in str(result.target) or "flatten" in str(result.target):
        (result,) = result.all_input_nodes
    with module.graph.inserting_after(result):
        quantise = module.graph.call_function(quantized.quantize_per_tensor.default, (result, *parameters))
    with module.graph.inserting_after(quantise):
        restore = module.graph.call_function(quantized.dequantize_per_tensor.default, (quantise, *parameters))
    result.replace_all_uses_with(restore, delete_user_cb=lambda user: user is not quantise)
    module.recompile()
    return torch.export.export(module, sample)
