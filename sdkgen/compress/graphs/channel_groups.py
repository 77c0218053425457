"""Finds groups of tensors that can share scale factors per channel: only weights and clamps depend on the scale."""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch.fx import GraphModule, Node

from sdkgen.fx.nodes import constant, is_shared

aten = torch.ops.aten

LAYERS = (aten.conv2d.default, aten.linear.default)
CLAMPS = (aten.relu.default, aten.relu6.default, aten.hardtanh.default, aten.clamp.default, aten.clamp_min.default)
# Every channel of the result depends on the same channel of the input, and scales with it if the factor is positive.
_HOMOGENEOUS = (
    aten.adaptive_avg_pool2d.default,
    aten.avg_pool2d.default,
    aten.max_pool2d.default,
    aten.mean.dim,
    aten.view.default,
    aten.reshape.default,
    aten.flatten.using_ints,
    aten.squeeze.dims,
)


@dataclass(kw_only=True)
class ChannelGroup:
    """Tensors that share one factor per channel.

    Attributes:
        tensors: (N, C, H, W) or (N, C), in graph order.
        producers: convolutions and linear layers whose output channels these are.
        consumers: convolutions and linear layers that read them.
        clamps: clamps among `tensors` with a bound other than 0 and infinity.
    """

    tensors: list[Node] = field(default_factory=list)
    producers: list[Node] = field(default_factory=list)
    consumers: list[Node] = field(default_factory=list)
    clamps: list[Node] = field(default_factory=list)

    @property
    def channels(self) -> int:
        return int(self.tensors[0].meta["val"].shape[1])


def channel_groups(graph_module: GraphModule) -> list[ChannelGroup]:
    """Return the groups between at least two layers, in graph order; nothing else reads or makes their tensors."""
    finder = _Finder(graph_module)
    for node in graph_module.graph.nodes:
        finder.visit(node)
    return finder.groups()


def clamp_bounds(node: Node) -> tuple[float, float]:
    """Return the bounds of a clamp."""
    if node.target is aten.relu6.default:
        return 0.0, 6.0
    defaults: tuple[Any, ...] = (-1.0, 1.0) if node.target is aten.hardtanh.default else (None, None)
    if node.target is aten.relu.default:
        defaults = (0.0, None)
    low, high = (*node.args[1:], *defaults[len(node.args) - 1 :])[:2]
    return (-torch.inf if low is None else float(low)), (torch.inf if high is None else float(high))


def input_groups(layer: Node) -> int:
    """Return the number of groups of a layer's input channels: a convolution's groups, 1 for a linear layer."""
    groups = layer.args[6] if layer.target is aten.conv2d.default and len(layer.args) > 6 else 1
    assert isinstance(groups, int)
    return groups


class _Finder:
    """Union-find over activation nodes."""

    def __init__(self, graph_module: GraphModule) -> None:
        self._graph_module = graph_module
        self._parent: dict[Node, Node] = {}
        self._frozen: set[Node] = set()
        self._readers: list[tuple[Node, Node]] = []  # (tensor, layer)

    def visit(self, node: Node) -> None:
        if node.op == "get_attr":
            return
        sources = [n for n in node.all_input_nodes if n.op != "get_attr"]
        value = node.meta.get("val")
        self._parent[node] = node
        if node.op != "call_function" or not isinstance(value, torch.Tensor) or value.dim() not in (2, 4):
            self._frozen.update((node, *sources))
        elif node.target in LAYERS:
            self._visit_layer(node, sources)
        elif self._keeps_channels(node, sources):
            for source in sources:
                self._parent[self._root(node)] = self._root(source)
        else:
            self._frozen.update((node, *sources))

    def _visit_layer(self, node: Node, sources: list[Node]) -> None:
        weight = node.args[1]
        bias = node.args[2] if len(node.args) > 2 else None
        own = [c for c in (weight, bias) if isinstance(c, Node)]
        fixed = all(constant(self._graph_module, c) is not None for c in own)
        shared = any(is_shared(self._graph_module, c) for c in own)
        if not fixed or shared or sources[0].meta["val"].dim() not in (2, 4):
            self._frozen.update((node, *sources))
        else:
            self._readers.append((sources[0], node))

    def _keeps_channels(self, node: Node, sources: list[Node]) -> bool:
        shape: torch.Size = node.meta["val"].shape
        shapes: list[torch.Size] = [source.meta["val"].shape for source in sources]
        if node.target is aten.add.Tensor:
            plain = len(sources) == 2 and node.kwargs.get("alpha", 1) == 1
            return bool(plain and all(s == shape for s in shapes))
        if node.target in CLAMPS:
            low, high = clamp_bounds(node) if _numbers(node) else (torch.nan, torch.nan)
            return low <= 0 <= high
        if node.target not in _HOMOGENEOUS or len(shapes[0]) != 4:
            return False
        # With one pixel left, (N, C, 1, 1) and (N, C) hold the same channels.
        kept = shape[:2] if len(shape) == 4 else shape
        return bool(kept == shapes[0][:2])

    def groups(self) -> list[ChannelGroup]:
        frozen = {self._root(node) for node in self._frozen}
        found: dict[Node, ChannelGroup] = {}
        for node in self._parent:
            if (root := self._root(node)) not in frozen:
                group = found.setdefault(root, ChannelGroup())
                group.tensors.append(node)
                if node.target in LAYERS:
                    group.producers.append(node)
                if node.target in CLAMPS and not {*clamp_bounds(node)} <= {0.0, torch.inf, -torch.inf}:
                    group.clamps.append(node)
        for tensor, layer in self._readers:
            if (group_read := found.get(self._root(tensor))) is not None:
                group_read.consumers.append(layer)
        return [group for group in found.values() if group.producers and group.consumers]

    def _root(self, node: Node) -> Node:
        while self._parent[node] is not node:
            node = self._parent[node]
        return node


def _numbers(clamp: Node) -> bool:
    return all(isinstance(bound, int | float | None) for bound in clamp.args[1:])
