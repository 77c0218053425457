"""Cross-layer equalisation: scales channels in the layers that write them and divides in the layers that read them.

Nagel et al., arXiv:1906.04721, section 4.1, with the ranges of the activations instead of those of the first layer's
weights, which have a scale per channel here (as in Meller et al., arXiv:1902.01917, and SmoothQuant, arXiv:2211.10438).
Convolutions and linear layers are scaled; additions, pooling and clamps between them pass the factors on. A clamp at 6
is not changed: a channel that reaches it on calibration samples is not scaled, every other only so far that it stays
below.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch.fx import GraphModule, Interpreter, Node

from sdkgen.compress.graphs.channel_groups import CLAMPS, ChannelGroup, clamp_bounds, input_groups
from sdkgen.compress.program import Inputs
from sdkgen.fx.nodes import constant, set_constant

HEADROOM = 1.5
"""Factor left between a scaled-up channel and its clamp's bound, because other pictures have larger values."""
SMALLEST_PART = 1e-5
"""Smallest measure, as a fraction of the largest channel or weight; 0, without information, counts as the largest."""


def equalise(
    graph_module: GraphModule, groups: list[ChannelGroup], samples: tuple[Inputs, ...], strength: float
) -> list[float]:
    """Scale the channels of every group in place.

    Args:
        samples: on which the ranges of the activations are taken.
        strength: the activations' share of the exponent, 0…1; the weights that read them have the rest, depthwise
            ones half of it.

    Returns:
        Per group the largest factor divided by the smallest.
    """
    ranges = _Ranges(graph_module, groups).of(samples)
    spans = []
    for group in groups:
        factors = _factors(graph_module, group, ranges, strength)
        _scale(graph_module, group, factors)
        spans.append(float(factors.max() / factors.min()))
    graph_module.recompile()
    return spans


@dataclass(frozen=True, kw_only=True)
class _Range:
    """(channels,) float64 extremes of a tensor."""

    low: torch.Tensor
    high: torch.Tensor

    @property
    def magnitude(self) -> torch.Tensor:
        return torch.maximum(-self.low, self.high)


class _Ranges(Interpreter):
    """The extremes per channel of the tensors of `groups`, and of the inputs of their clamps, over samples."""

    def __init__(self, graph_module: GraphModule, groups: list[ChannelGroup]) -> None:
        super().__init__(graph_module)
        self._wanted = {tensor for group in groups for tensor in group.tensors}
        self._found: dict[Node, _Range] = {}

    def of(self, samples: tuple[Inputs, ...]) -> dict[Node, _Range]:
        with torch.no_grad():
            for sample in samples:
                self.run(*sample)
        return self._found

    def run_node(self, n: Node) -> Any:
        value = super().run_node(n)
        if n in self._wanted:
            axes = [axis for axis in range(value.dim()) if axis != 1]
            low, high = value.amin(axes).double(), value.amax(axes).double()
            if n in self._found:
                low, high = torch.minimum(low, self._found[n].low), torch.maximum(high, self._found[n].high)
            self._found[n] = _Range(low=low, high=high)
        return value


def _factors(
    graph_module: GraphModule, group: ChannelGroup, ranges: Mapping[Node, _Range], strength: float
) -> torch.Tensor:
    """Return (channels,) float64, the factors of the channels; 1 leaves a channel unchanged."""
    values = _part_of_largest(
        [
            ranges[tensor].magnitude
            for tensor in group.tensors
            # A tensor that only a clamp reads is never stored: the layer and its clamp are one operator.
            if not (len(tensor.users) == 1 and next(iter(tensor.users)).target in CLAMPS)
        ]
    )
    weights = _part_of_largest([_columns(graph_module, layer) for layer in group.consumers])
    if all(input_groups(layer) == group.channels for layer in group.consumers):
        strength = (1 + strength) / 2  # each of these weights has its own scale and loses little
    factors = weights.pow(1 - strength) / values.pow(strength)
    factors = factors / (factors * values).max()  # the tensor's range does not change
    for clamp in group.clamps:
        source = clamp.args[0]
        assert isinstance(source, Node)
        bound_low, bound_high = clamp_bounds(clamp)
        for reached, bound in ((ranges[source].high, bound_high), (-ranges[source].low, -bound_low)):
            if bound <= 0:
                continue  # 0 stays 0 under any factor
            room = (bound / (HEADROOM * reached.clamp(min=bound * SMALLEST_PART))).clamp(min=1.0)
            factors = torch.where(reached >= bound, torch.ones_like(factors), torch.minimum(factors, room))
    return factors


def _part_of_largest(magnitudes: list[torch.Tensor]) -> torch.Tensor:
    """Return (channels,) the geometric mean of several measures, each as a fraction of its largest."""
    parts = [m / m.max() for m in magnitudes if float(m.max()) > 0] or [torch.ones_like(magnitudes[0])]
    known = [torch.where(part > 0, part, torch.ones_like(part)).clamp(min=SMALLEST_PART) for part in parts]
    mean = torch.stack(known).log().mean(0).exp()
    return mean / mean.max()


def _columns(graph_module: GraphModule, layer: Node) -> torch.Tensor:
    """Return (inputs,) float64: the largest weight that reads each input channel."""
    weight = constant(graph_module, layer.args[1])
    assert weight is not None
    groups, (outputs, inputs) = input_groups(layer), weight.shape[:2]
    return weight.detach().double().abs().reshape(groups, outputs // groups, inputs, -1).amax((1, 3)).reshape(-1)


def _scale(graph_module: GraphModule, group: ChannelGroup, factors: torch.Tensor) -> None:
    """Multiply the output channels of the producers, divide the input channels of the consumers, in float64."""
    for layer in group.producers:
        for argument in layer.args[1:3]:
            if (values := constant(graph_module, argument)) is not None:
                assert isinstance(argument, Node)
                scaled = values.detach().double() * factors.reshape(-1, *[1] * (values.dim() - 1))
                set_constant(graph_module, str(argument.target), scaled.to(values.dtype))
    for layer in group.consumers:
        argument = layer.args[1]
        values = constant(graph_module, argument)
        assert values is not None and isinstance(argument, Node)
        groups, (outputs, inputs) = input_groups(layer), values.shape[:2]
        per_row = factors.reshape(groups, 1, inputs).expand(groups, outputs // groups, inputs)
        scaled = values.detach().double() / per_row.reshape(outputs, inputs, *[1] * (values.dim() - 2))
        set_constant(graph_module, str(argument.target), scaled.to(values.dtype))
