"""PT2E quantizer for the int8 runtime: which tensors become int8, and which share scale and zero point."""

from collections.abc import Callable
from typing import Any

import torch
from torch.fx import GraphModule, Node

from sdkgen.compress.int8.observers import ActivationObserver, PerChannelWeightObserver
from sdkgen.compress.int8.ranges import ACTIVATION_MAX, ACTIVATION_MIN, WEIGHT_MAX
from sdkgen.fx.nodes import activations
from sdkgen.plan.aten import QParams
from sdkgen.plan.quantisable import channel_axis, float_results, fused, is_weighted, qparams_of

from torchao.quantization.pt2e.quantizer import (  # isort: skip  # after observers, which silences its import
    QuantizationAnnotation,
    QuantizationSpec,
    Quantizer,
    SharedQuantizationSpec,
)

aten = torch.ops.aten
ANNOTATION = "quantization_annotation"


class Int8Quantizer(Quantizer):
    """Per-channel symmetric int8 weights (-127..127), per-tensor affine int8 activations (-128..127).

    A fused operator (`operators.fused`: a convolution and its clamp, consecutive functions of one element) is not
    quantised within. Concatenation shares one scale among its inputs and its result;
    max pooling, reshaping, slicing, padding, shuffling and nearest-neighbour resizing keep their input's. The result of
    the weighted or averaging operator that produces an output of the network is not quantised: it emits float32, as
    does a softmax after it. Operators that the int8 runtime cannot express are not annotated.

    Args:
        activation_range, percentile: see ActivationObserver.
        weight_range, weight_granularity: see PerChannelWeightObserver.
    """

    def __init__(
        self,
        *,
        activation_range: str,
        weight_range: str,
        percentile: float = 100.0,
        weight_granularity: str = "channel",
    ) -> None:
        super().__init__()
        self._activation = QuantizationSpec(
            dtype=torch.int8,
            quant_min=ACTIVATION_MIN,
            quant_max=ACTIVATION_MAX,
            qscheme=torch.per_tensor_affine,
            observer_or_fake_quant_ctr=ActivationObserver.with_args(method=activation_range, percentile=percentile),
        )
        # By the output-channel axis of the weight.
        self._weights = {
            axis: QuantizationSpec(
                dtype=torch.int8,
                quant_min=-WEIGHT_MAX,
                quant_max=WEIGHT_MAX,
                qscheme=torch.per_channel_symmetric,
                ch_axis=axis,
                observer_or_fake_quant_ctr=PerChannelWeightObserver.with_args(
                    method=weight_range, granularity=weight_granularity
                ),
            )
            for axis in (0, 1)
        }

    def annotate(self, model: GraphModule) -> GraphModule:
        """Write the annotations of every supported operator into the graph's metadata."""
        emit_float = float_results(model)
        annotators: dict[QParams, Callable[[Node, bool], None]] = {
            QParams.OWN: self._annotate_own,
            QParams.SHARED: self._annotate_shared,
        }
        for node in model.graph.nodes:
            annotate = annotators.get(qparams_of(node))
            if annotate is not None and ANNOTATION not in node.meta:
                annotate(node, node in emit_float)
        return model

    def validate(self, model: GraphModule) -> None:
        """Accept every graph: `annotate` marks only operators that the runtime can express."""

    def _annotate_own(self, node: Node, emits_float: bool) -> None:
        """Annotate an operator that reads int8 tensors and writes one with its own parameters."""
        if not is_weighted(node):
            self._mark(node, dict.fromkeys(activations(node), self._activation), emits_float)
            return
        source, weight = node.args[:2]
        assert isinstance(source, Node) and isinstance(weight, Node)
        self._mark(node, {source: self._activation, weight: self._weights[channel_axis(node)]}, emits_float)

    def _annotate_shared(self, node: Node, emits_float: bool) -> None:
        """Annotate an operator whose result has values of its inputs only, such as a view or a slice.

        Of several inputs, as of a concatenation, all take the parameters of the first.
        """
        if emits_float:
            return
        sources = node.args[0] if isinstance(node.args[0], (list, tuple)) else [node.args[0]]
        first, *others = dict.fromkeys(source for source in sources if isinstance(source, Node))
        shared = SharedQuantizationSpec((first, node))
        node.meta[ANNOTATION] = QuantizationAnnotation(
            input_qspec_map={first: self._activation, **dict.fromkeys(others, shared)},
            output_qspec=shared,
            _annotated=True,
        )

    def _mark(self, node: Node, inputs: dict[Node, Any], emits_float: bool) -> None:
        """Annotate `node`; its result is quantised after the operators that are fused with it."""
        chain = fused(node)
        for part in chain:
            part.meta[ANNOTATION] = QuantizationAnnotation(
                input_qspec_map=inputs if part is node else {},
                output_qspec=None if emits_float or part is not chain[-1] else self._activation,
                _annotated=True,
            )
