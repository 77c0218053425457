"""Our PT2E quantizer: which tensors become int8, which share parameters, and where none are needed."""

from collections.abc import Callable
from functools import partial
from math import prod

import torch
from torch.fx import GraphModule, Node

from sdkgen.compress.activation_ranges import PERCENTILE
from sdkgen.compress.observers import ActivationObserver, PerChannelWeightObserver
from sdkgen.compress.program import constant
from sdkgen.compress.ranges import ACTIVATION_MAX, ACTIVATION_MIN, WEIGHT_MAX

from torchao.quantization.pt2e.quantizer import (  # isort: skip  # after observers, which silences its import
    QuantizationAnnotation,
    QuantizationSpec,
    Quantizer,
    SharedQuantizationSpec,
)

aten = torch.ops.aten
ANNOTATION = "quantization_annotation"

WEIGHTED = (aten.conv2d.default, aten.linear.default)
CLAMPS = (aten.relu.default, aten.relu6.default, aten.hardtanh.default, aten.clamp.default, aten.clamp_min.default)
AVERAGES = (aten.adaptive_avg_pool2d.default, aten.avg_pool2d.default, aten.mean.dim)
# The result holds values of the input only, so it keeps the input's scale and zero point.
VALUE_KEEPING = (
    aten.max_pool2d.default,
    aten.view.default,
    aten.reshape.default,
    aten.flatten.using_ints,
    aten.squeeze.default,
    aten.squeeze.dim,
    aten.squeeze.dims,
    aten.unsqueeze.default,
)
# May stand between the last int8 operator and an output of the network, on float32.
FLOAT_TAIL = (aten.softmax.int, aten._softmax.default, *VALUE_KEEPING[1:])


class Int8Quantizer(Quantizer):
    """Per-channel symmetric int8 weights (-127..127), per-tensor affine int8 activations (-128..127).

    A convolution, linear layer or addition and the clamp after it are one operator: nothing is quantised between
    them. Concatenation shares one scale among its inputs and its result, max pooling and reshaping keep their
    input's. The weighted or averaging operator that produces an output of the network is not quantised behind: it
    emits float32, as does a softmax after it. What the int8 runtime cannot express is left without annotation.

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
        self._weight = QuantizationSpec(
            dtype=torch.int8,
            quant_min=-WEIGHT_MAX,
            quant_max=WEIGHT_MAX,
            qscheme=torch.per_channel_symmetric,
            ch_axis=0,
            observer_or_fake_quant_ctr=PerChannelWeightObserver.with_args(
                method=weight_range, granularity=weight_granularity
            ),
        )

    def annotate(self, model: GraphModule) -> GraphModule:
        """Write the annotations of every supported operator into the graph's metadata."""
        float_results = _float_results(model)
        annotators: dict[object, Callable[[Node, bool], None]] = {
            **dict.fromkeys(WEIGHTED, partial(self._annotate_weighted, model)),
            **dict.fromkeys(AVERAGES, self._annotate_average),
            **dict.fromkeys(VALUE_KEEPING, self._annotate_value_keeping),
            **dict.fromkeys(CLAMPS, self._annotate_clamp),
            aten.add.Tensor: self._annotate_add,
            aten.cat.default: self._annotate_concat,
        }
        for node in model.graph.nodes:
            annotate = annotators.get(node.target) if node.op == "call_function" else None
            if annotate is not None and ANNOTATION not in node.meta:
                annotate(node, node in float_results)
        return model

    def validate(self, model: GraphModule) -> None:
        """Nothing to check: `annotate` marks only what the runtime can express."""

    def _annotate_weighted(self, model: GraphModule, node: Node, emits_float: bool) -> None:
        source, weight = node.args[:2]
        if not isinstance(source, Node) or not isinstance(weight, Node) or constant(model, weight) is None:
            return
        self._mark(node, {source: self._activation, weight: self._weight}, emits_float)

    def _annotate_add(self, node: Node, emits_float: bool) -> None:
        terms = [term for term in node.args if isinstance(term, Node)]
        if len(terms) != 2 or node.kwargs.get("alpha", 1) != 1:
            return
        if any(term.meta["val"].shape != node.meta["val"].shape for term in terms):
            return
        self._mark(node, dict.fromkeys(terms, self._activation), emits_float)

    def _annotate_average(self, node: Node, emits_float: bool) -> None:
        if node.target is aten.mean.dim and not _is_spatial_mean(node):
            return
        source = node.args[0]
        assert isinstance(source, Node)
        self._mark(node, {source: self._activation}, emits_float)

    def _annotate_clamp(self, node: Node, emits_float: bool) -> None:
        source = node.args[0]
        assert isinstance(source, Node)
        if not all(isinstance(bound, (int, float, type(None))) for bound in node.args[1:]):
            return
        self._mark(node, {source: self._activation}, emits_float)

    def _annotate_value_keeping(self, node: Node, emits_float: bool) -> None:
        source = node.args[0]
        assert isinstance(source, Node)
        if emits_float:
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

    def _mark(self, node: Node, inputs: dict[Node, QuantizationSpec], emits_float: bool) -> None:
        """Annotate `node`; the quantisation of its result moves behind a clamp that alone reads it."""
        clamp = fused_clamp(node)
        output = None if emits_float or clamp is not None else self._activation
        node.meta[ANNOTATION] = QuantizationAnnotation(input_qspec_map=inputs, output_qspec=output, _annotated=True)
        if clamp is not None:
            clamp.meta[ANNOTATION] = QuantizationAnnotation(output_qspec=self._activation, _annotated=True)


def fused_clamp(node: Node) -> Node | None:
    """The clamp that the runtime applies together with `node`, or None.

    It must be the only reader of a convolution, linear layer or addition, with constant bounds.
    """
    if node.target not in (*WEIGHTED, aten.add.Tensor) or len(node.users) != 1:
        return None
    (user,) = node.users
    if user.target not in CLAMPS or not all(isinstance(bound, (int, float, type(None))) for bound in user.args[1:]):
        return None
    return user


def _is_spatial_mean(node: Node) -> bool:
    source, axes = node.args[:2]
    assert isinstance(source, Node) and isinstance(axes, (list, tuple))
    spatial = sorted(int(a) % 4 for a in axes) == [2, 3]  # type: ignore[arg-type]  # an fx argument is typed as anything
    return source.meta["val"].dim() == 4 and spatial


def _float_results(model: GraphModule) -> set[Node]:
    """The nodes on the way to an output that stay float32, back to and including the operator that emits it."""
    found: set[Node] = set()
    for output in model.graph.find_nodes(op="output"):
        for node in output.all_input_nodes:
            tail: list[Node] = []
            while node.target in FLOAT_TAIL and len(node.users) == 1 and isinstance(node.args[0], Node):
                tail.append(node)
                node = node.args[0]
            if _can_emit_float(node):
                found.update(tail, (node,))
    return found


def _can_emit_float(node: Node) -> bool:
    if node.target not in (*WEIGHTED, *AVERAGES) or len(node.users) != 1:
        return False
    shape = node.meta["val"].shape
    if len(shape) == 4 and prod(shape[2:]) > 1 and shape[1] > 1:
        return False  # the runtime writes float32 as NHWC, which is NCHW only for one pixel or one channel
    if node.target is aten.conv2d.default:
        groups = node.args[6] if len(node.args) > 6 else 1
        return bool(groups == 1 or groups != shape[1])  # depthwise kernels write int8 only
    return True
