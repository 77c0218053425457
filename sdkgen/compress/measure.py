"""Measures size, modelled instructions and accuracy of a network, the same way before and after every pass."""

import zlib
from dataclasses import asdict
from math import prod
from typing import Any

import torch
from torch.fx import Interpreter

from sdkgen.compress.int8.ranges import WEIGHT_MAX, symmetric_scale
from sdkgen.compress.macs import size_of
from sdkgen.compress.network import Network, Training
from sdkgen.compress.program import ExportedNetwork, graph_of
from sdkgen.compress.training.evaluate import top1
from sdkgen.errors import CompressionError
from sdkgen.latency import modelled

aten = torch.ops.aten
RESHAPES = (aten.view.default, aten.reshape.default, aten._unsafe_view.default, aten.expand.default)

DEFLATE_LEVEL = 6
"""Level of the stores' compression: bundletool and the App Store both deflate."""


def measure(state: Network | ExportedNetwork, training: Training | None) -> dict[str, Any]:
    """Measure parameters, MACs, download and, where there is labelled data, accuracy.

    Returns:
        `parameters`, `macs`, `batch_norms`; `download_bytes`: the weights as int8 (per-channel min-max where they are
        float still) after deflate, an estimate of what the weights add to a download; `modelled_instructions_<tier>`:
        of one inference in int8 (sdkgen.latency), unless an operator has no measured cost; `top1`: fraction of the
        evaluation samples that are classified correctly, only with `training`.
    """
    program = state if isinstance(state, ExportedNetwork) else state.program
    figures = asdict(size_of(program.exported))
    del figures["weight_bytes"]  # meaningless while weights are float: they are deployed as int8
    figures["download_bytes"] = _download_bytes(program)
    estimate = modelled(program.exported)
    if not estimate.unknown:
        figures |= {f"modelled_instructions_{tier}": count for tier, count in estimate.instructions.items()}
    if training is not None:
        figures["top1"] = top1(
            state.module if isinstance(state, Network) else BatchedProgram(program), training.data.evaluation
        )
    return figures


class BatchedProgram(Interpreter):
    """Runs a program that was captured for one sample on many at once: (n, *shape) float32 to (n, classes).

    The batch axis is the first of every activation, so only reshapes, which hold the batch size as a number, change.
    """

    def __init__(self, program: ExportedNetwork) -> None:
        super().__init__(graph_of(program.exported))
        self._count = 1

    def __call__(self, inputs: torch.Tensor) -> torch.Tensor:
        self._count = len(inputs)
        result = self.run(inputs)
        output: torch.Tensor = result[0] if isinstance(result, tuple | list) else result
        if len(output) != self._count:
            raise CompressionError(
                "the network mixes the samples of a batch, so its accuracy cannot be measured",
                remedy="Keep the batch axis first and apart from the others in forward().",
            )
        return output

    def call_function(self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if target in RESHAPES and len(args[0]) == self._count and args[1][0] == 1:
            args = (args[0], [self._count, *args[1][1:]], *args[2:])
        return super().call_function(target, args, kwargs)


def _download_bytes(program: ExportedNetwork) -> int:
    compressor, total = zlib.compressobj(DEFLATE_LEVEL), 0
    exported = program.exported
    tensors = {**exported.state_dict, **exported.constants}
    for name in sorted(tensors):
        tensor = tensors[name]
        if not isinstance(tensor, torch.Tensor) or prod(tensor.shape) == 0:
            continue
        if tensor.is_floating_point() and tensor.dim() > 1:
            scale = symmetric_scale(tensor.detach()).reshape(-1, *[1] * (tensor.dim() - 1))
            tensor = (tensor.detach() / scale).round().clamp(-WEIGHT_MAX, WEIGHT_MAX).to(torch.int8)
        total += len(compressor.compress(tensor.detach().contiguous().numpy().tobytes()))
    return total + len(compressor.flush())
