"""PT2E quantizer for training: annotates the tensors that PTQ quantises, across BatchNorm, with fake quantisation."""

import torch
from torch.fx import Node

from sdkgen.compress.int8.fixed_fake_quantize import FixedFakeQuantize
from sdkgen.compress.int8.observers import ActivationObserver, PerChannelWeightObserver
from sdkgen.compress.int8.quantizer import ANNOTATION, Int8Quantizer
from sdkgen.compress.int8.ranges import ACTIVATION_MAX, ACTIVATION_MIN, WEIGHT_MAX
from sdkgen.plan.quantisable import fused, is_clamp, is_weighted

from torchao.quantization.pt2e import (  # isort: skip  # after the quantizer, which silences its import
    FakeQuantize,
    MovingAverageMinMaxObserver,
    MovingAveragePerChannelMinMaxObserver,
)
from torchao.quantization.pt2e.quantizer import QuantizationAnnotation, QuantizationSpec  # isort: skip

aten = torch.ops.aten
IMMEDIATELY = 1.0
"""Averaging constant of weight ranges: the range of a weight is that of the current step."""


class Int8TrainingQuantizer(Int8Quantizer):
    """Marks a graph for prepare_qat_pt2e.

    A convolution or linear layer, the BatchNorm after it and the clamp after that are one operator: its result alone is
    quantised, as on the device, where the BatchNorm is folded.

    Args:
        fixed: whether ranges are calibrated and then fixed, by FixedFakeQuantize; else activations have moving averages
            of the ranges of all steps, and weights the range of the step.
    """

    def __init__(self, *, fixed: bool) -> None:
        super().__init__(activation_range="mse", weight_range="mse")
        self._activation = QuantizationSpec(
            dtype=torch.int8,
            quant_min=ACTIVATION_MIN,
            quant_max=ACTIVATION_MAX,
            qscheme=torch.per_tensor_affine,
            observer_or_fake_quant_ctr=FixedFakeQuantize.with_args(observer=ActivationObserver, method="mse")
            if fixed
            else FakeQuantize.with_args(observer=MovingAverageMinMaxObserver),
        )
        self._weights = {axis: _weight(axis, fixed=fixed) for axis in (0, 1)}

    def _mark(self, node: Node, inputs: dict[Node, QuantizationSpec], emits_float: bool) -> None:
        chain = fused(node)
        norm = only_reader(node) if is_weighted(node) else None
        if norm is not None and norm.target is aten.batch_norm.default:
            clamp = only_reader(norm)
            chain = (node, norm) if clamp is None or not is_clamp(clamp) else (node, norm, clamp)
        for link in chain:
            link.meta[ANNOTATION] = QuantizationAnnotation(
                input_qspec_map=inputs if link is node else {},
                output_qspec=self._activation if link is chain[-1] and not emits_float else None,
                _annotated=True,
            )


def _weight(axis: int, *, fixed: bool) -> QuantizationSpec:
    """Return the specification for weights whose output channels are on `axis`."""
    return QuantizationSpec(
        dtype=torch.int8,
        quant_min=-WEIGHT_MAX,
        quant_max=WEIGHT_MAX,
        qscheme=torch.per_channel_symmetric,
        ch_axis=axis,
        # torchao keeps ch_axis from a constructor without "PerChannel" in its name.
        observer_or_fake_quant_ctr=FixedFakeQuantize.with_args(
            observer=PerChannelWeightObserver, method="mse", ch_axis=axis
        )
        if fixed
        else FakeQuantize.with_args(observer=MovingAveragePerChannelMinMaxObserver, averaging_constant=IMMEDIATELY),
    )


def only_reader(node: Node) -> Node | None:
    """Return the node that reads `node`, if there is exactly one."""
    readers = list(node.users)
    return readers[0] if len(readers) == 1 else None
