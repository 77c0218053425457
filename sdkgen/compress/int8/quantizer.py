"""Our PT2E quantizer: which tensors become int8, which share parameters, and where none are needed."""

from collections.abc import Callable
from typing import Any

import torch
from torch.fx import GraphModule, Node

from sdkgen.compress.int8.activation_ranges import PERCENTILE
from sdkgen.compress.int8.observers import ActivationObserver, PerChannelWeightObserver
from sdkgen.compress.int8.ranges import ACTIVATION_MAX, ACTIVATION_MIN, WEIGHT_MAX
from sdkgen.compress.operators import (
    AVERAGES,
    CLAMPS,
    POINTWISE,
    VALUE_KEEPING,
    WEIGHTED,
    activations,
    float_results,
    fused,
    is_clamp,
    is_pointwise,
    is_product,
    is_spatial_mean,
    is_sum,
    keeps_values,
)
from sdkgen.fx.nodes import channel_axis, constant, groups

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

    What the runtime computes in one step (`operators.fused`: a convolution and its clamp, functions of one element
    that follow each other) is not quantised within. Concatenation shares one scale among its inputs and its result;
    max pooling, reshaping, slicing, padding, shuffling and resizing to the nearest keep their input's. The weighted
    or averaging operator that produces an output of the network is not quantised behind: it emits float32, as does a
    softmax after it. What the int8 runtime cannot express is left without annotation.

    Args:
        activation_range, percentile: see ActivationObserver.
        weight_range, weight_granularity: see PerChannelWeightObserver.
    """

    def __init__(
        self,
        *,
        activation_range: str,
        weight_range: str,
        percentile: float = PERCENTILE,
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
        # By the axis of the weight that counts output channels.
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
        annotators: dict[object, Callable[[Node, bool], None]] = {
            **dict.fromkeys(POINTWISE, self._annotate_arithmetic),
            **dict.fromkeys(CLAMPS, self._annotate_arithmetic),
            **dict.fromkeys(WEIGHTED, self._annotate_weighted),
            **dict.fromkeys(AVERAGES, self._annotate_average),
            **dict.fromkeys(VALUE_KEEPING, self._annotate_value_keeping),
            aten.upsample_bilinear2d.vec: self._annotate_arithmetic,
            aten.prelu.default: self._annotate_arithmetic,
            aten.cat.default: self._annotate_concat,
        }
        for node in model.graph.nodes:
            annotate = annotators.get(node.target) if node.op == "call_function" else None
            if annotate is not None and ANNOTATION not in node.meta:
                annotate(node, node in emit_float)
        return model

    def validate(self, model: GraphModule) -> None:
        """Nothing to check: `annotate` marks only what the runtime can express."""

    def _annotate_weighted(self, node: Node, emits_float: bool) -> None:
        source, weight = node.args[:2]
        graph_module = node.graph.owning_module
        assert graph_module is not None
        if not isinstance(source, Node) or not isinstance(weight, Node) or constant(graph_module, weight) is None:
            return
        if channel_axis(node) == 1 and groups(node) != 1:
            return  # its weight has no axis of output channels
        self._mark(node, {source: self._activation, weight: self._weights[channel_axis(node)]}, emits_float)

    def _annotate_arithmetic(self, node: Node, emits_float: bool) -> None:
        """Whatever reads int8 tensors, if in this form, and writes one with parameters of its own."""
        known = is_pointwise(node) or is_clamp(node) or is_sum(node) or is_product(node)
        if known or node.target in (aten.prelu.default, aten.upsample_bilinear2d.vec):
            self._mark(node, dict.fromkeys(activations(node), self._activation), emits_float)

    def _annotate_average(self, node: Node, emits_float: bool) -> None:
        if node.target is aten.mean.dim and not is_spatial_mean(node):
            return
        source = node.args[0]
        assert isinstance(source, Node)
        self._mark(node, {source: self._activation}, emits_float)

    def _annotate_value_keeping(self, node: Node, emits_float: bool) -> None:
        source = node.args[0]
        assert isinstance(source, Node)
        if emits_float or not keeps_values(node):
            return
        shared = SharedQuantizationSpec((source, node))
        node.meta[ANNOTATION] = QuantizationAnnotation(
            input_qspec_map={source: self._activation}, output_qspec=shared, _annotated=True
        )

    def _annotate_concat(self, node: Node, emits_float: bool) -> None:
        sources = node.args[0]
        assert isinstance(sources, (list, tuple))
        first, *others = dict.fromkeys(source for source in sources if isinstance(source, Node))
        shared = SharedQuantizationSpec((first, node))
        node.meta[ANNOTATION] = QuantizationAnnotation(
            input_qspec_map={first: self._activation, **dict.fromkeys(others, shared)},
            output_qspec=shared,
            _annotated=True,
        )

    def _mark(self, node: Node, inputs: dict[Node, Any], emits_float: bool) -> None:
        """Annotate `node`; the quantisation of its result moves behind what joins it."""
        chain = fused(node)
        for part in chain:
            part.meta[ANNOTATION] = QuantizationAnnotation(
                input_qspec_map=inputs if part is node else {},
                output_qspec=None if emits_float or part is not chain[-1] else self._activation,
                _annotated=True,
            )
