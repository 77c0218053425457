"""Our quantizer for training: the same places as after training, with fake quantisation and BatchNorm in between."""

import torch
from torch.fx import GraphModule, Node

from sdkgen.compress.quantizer import ANNOTATION, CLAMPS, WEIGHTED, Int8Quantizer
from sdkgen.compress.ranges import ACTIVATION_MAX, ACTIVATION_MIN, WEIGHT_MAX

from torchao.quantization.pt2e import (  # isort: skip  # after the quantizer, which silences its import
    FakeQuantize,
    MovingAverageMinMaxObserver,
    MovingAveragePerChannelMinMaxObserver,
)
from torchao.quantization.pt2e.quantizer import QuantizationAnnotation, QuantizationSpec  # isort: skip

aten = torch.ops.aten
IMMEDIATELY = 1.0
"""Averaging constant of weight ranges: a weight's range is that of this step, not of the steps before."""


class Int8TrainingQuantizer(Int8Quantizer):
    """Marks a graph in training mode for prepare_qat_pt2e.

    A convolution or linear layer, the BatchNorm after it and the clamp after that are one operator: its result alone is
    quantised, as on the device, where the BatchNorm is folded.
    """

    def __init__(self) -> None:
        super().__init__(activation_range="min_max", weight_range="min_max")
        self._activation = QuantizationSpec(
            dtype=torch.int8,
            quant_min=ACTIVATION_MIN,
            quant_max=ACTIVATION_MAX,
            qscheme=torch.per_tensor_affine,
            observer_or_fake_quant_ctr=FakeQuantize.with_args(observer=MovingAverageMinMaxObserver),
        )
        self._weight = QuantizationSpec(
            dtype=torch.int8,
            quant_min=-WEIGHT_MAX,
            quant_max=WEIGHT_MAX,
            qscheme=torch.per_channel_symmetric,
            ch_axis=0,
            observer_or_fake_quant_ctr=FakeQuantize.with_args(
                observer=MovingAveragePerChannelMinMaxObserver, averaging_constant=IMMEDIATELY
            ),
        )

    def _mark(self, node: Node, inputs: dict[Node, QuantizationSpec], emits_float: bool) -> None:
        chain = [node]
        norm = only_reader(node, (aten.batch_norm.default,)) if node.target in WEIGHTED else None
        if norm is not None:
            chain.append(norm)
        clamp = only_reader(chain[-1], CLAMPS) if node.target in (*WEIGHTED, aten.add.Tensor) else None
        if clamp is not None:
            chain.append(clamp)
        for link in chain:
            link.meta[ANNOTATION] = QuantizationAnnotation(
                input_qspec_map=inputs if link is node else {},
                output_qspec=self._activation if link is chain[-1] and not emits_float else None,
                _annotated=True,
            )


def only_reader(node: Node, targets: tuple[object, ...]) -> Node | None:
    """The one node that reads `node`, if there is just one and it calls one of `targets`."""
    readers = list(node.users)
    return readers[0] if len(readers) == 1 and readers[0].target in targets else None


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
