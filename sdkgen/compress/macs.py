"""Counts parameters, weight bytes and multiply-accumulates of an exported program."""

from dataclasses import dataclass
from math import prod

import torch
from torch.export import ExportedProgram

from sdkgen.plan.quantisable import channel_axis, has_weights


@dataclass(frozen=True, kw_only=True)
class ProgramSize:
    """Size and multiply-accumulates of a program for one input.

    Attributes:
        parameters: numbers in the weights and biases that operators read; quantisation scales do not count.
        weight_bytes: bytes of those numbers in the type they are stored in.
        macs: multiply-accumulates of convolutions and linear layers, one per weight and output position (of a
            transposed convolution per weight and input position).
        batch_norms: BatchNorm operators left in the graph.
    """

    parameters: int
    weight_bytes: int
    macs: int
    batch_norms: int


def size_of(exported: ExportedProgram) -> ProgramSize:
    """Measure `exported`, float or PT2E-quantised; every size is read from the graph's shapes."""
    tensors = {**exported.state_dict, **exported.constants}
    signature = exported.graph_signature
    targets = {
        **signature.inputs_to_parameters,
        **signature.inputs_to_buffers,
        **signature.inputs_to_lifted_tensor_constants,
    }
    parameters = weight_bytes = macs = batch_norms = 0
    for node in exported.graph.nodes:
        if node.op == "placeholder" and node.name in targets and node.users:
            # Scale and zero point of per-channel weights: arguments 1 and 2 of their dequantisation.
            if any("quantize_per_channel" in str(user.target) and user.args[0] is not node for user in node.users):
                continue
            tensor = tensors[targets[node.name]]
            parameters += tensor.numel()
            weight_bytes += tensor.numel() * tensor.element_size()
        elif node.op == "call_function":
            batch_norms += "batch_norm" in str(node.target)
            macs += _macs(node)
    return ProgramSize(parameters=parameters, weight_bytes=weight_bytes, macs=macs, batch_norms=batch_norms)


def _macs(node: torch.fx.Node) -> int:
    if not has_weights(node):
        return 0
    source, weight = node.args[:2]
    assert isinstance(source, torch.fx.Node) and isinstance(weight, torch.fx.Node)
    # A weight is (out channels, everything that one output sums over); that of a transposed convolution (in channels,
    # everything that one input is added to).
    counted = source if channel_axis(node) == 1 else node
    return int(prod(counted.meta["val"].shape) * prod(weight.meta["val"].shape[1:]))
