"""Rewrites pooling with ceil_mode, whose last windows Core ML averages, and sometimes counts, otherwise than PyTorch.

PyTorch divides an average by the elements of the window inside the input (with count_include_pad: inside the input and
its padding); what ceil_mode lets a window overhang never counts. Core ML divides by the whole kernel there (reported as
apple/coremltools#2772). PyTorch drops a last window that begins after the input; by the description of the operators
(coremltools, MIL `avg_pool`) Core ML does so only where there is padding.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.fx import GraphModule, Node

aten = torch.ops.aten

_AVERAGE = {aten.avg_pool1d.default: 1, aten.avg_pool2d.default: 2, aten.avg_pool3d.default: 3}
_MAXIMUM = {
    aten.max_pool1d.default: 1,
    aten.max_pool2d.default: 2,
    aten.max_pool2d_with_indices.default: 2,
    aten.max_pool3d.default: 3,
}
"""Number of spatial axes of each operator."""


@dataclass(frozen=True, kw_only=True)
class _Axis:
    """The windows along one axis, as PyTorch places them.

    Attributes:
        extent: of the input.
        kernel: extent of a window, with dilation.
        padding: zeros before the input, and as many after it.
        count: of windows.
    """

    extent: int
    kernel: int
    stride: int
    padding: int
    count: int

    @property
    def end(self) -> int:
        """Where the last window ends, counted from the beginning of the padding."""
        return (self.count - 1) * self.stride + self.kernel

    @property
    def overhang(self) -> int:
        """What the last window lacks behind the padding."""
        return max(self.end - self.extent - 2 * self.padding, 0)

    @property
    def core_ml_count(self) -> int:
        """The number of windows with ceil_mode by the description of MIL's pooling operators."""
        padded = self.extent + 2 * self.padding
        count = math.ceil((padded - self.kernel) / self.stride) + 1
        return count - (self.padding > 0 and (count - 1) * self.stride >= self.extent + self.padding)

    def divisors(self, count_include_pad: bool) -> torch.Tensor:
        """Return how many elements of each window PyTorch counts."""
        first = 0 if count_include_pad else self.padding
        end = self.extent + 2 * self.padding - first
        begins = torch.arange(self.count, dtype=torch.float64) * self.stride
        return (begins + self.kernel).clamp(max=end) - begins.clamp(min=first)


def complete_windows(program: GraphModule) -> dict[Node, Node]:
    """Remove ceil_mode from every pooling that Core ML would execute otherwise than PyTorch.

    An average whose windows overhang becomes a padding with zeros, an average without padding, and a product with a
    constant that corrects the divisor per position. Without overhang ceil_mode changes nothing and is dropped.

    Returns:
        the last node of each average that was rewritten, and the node that had its value before.
    """
    rewritten: dict[Node, Node] = {}
    for node in list(program.graph.nodes):
        if node.op != "call_function" or node.target not in (*_AVERAGE, *_MAXIMUM):
            continue
        arguments = _arguments(node)
        if not arguments["ceil_mode"]:
            continue
        axes = _axes(node, arguments)
        if not any(axis.overhang for axis in axes):
            _set(node, arguments | {"ceil_mode": False})
        elif node.target in _MAXIMUM:
            _crop(program, node, axes)
        elif arguments.get("divisor_override") is None:  # else coremltools refuses it
            rewritten[_average(program, node, arguments, axes)] = node
    return rewritten


def _arguments(node: Node) -> dict[str, Any]:
    """Return the arguments by their names in the schema, with its defaults; a stride that is left out is the kernel."""
    assert isinstance(node.target, torch._ops.OpOverload)
    schema = node.target._schema.arguments
    given = dict(zip((argument.name for argument in schema), node.args, strict=False))
    arguments = {argument.name: argument.default_value for argument in schema} | given | dict(node.kwargs)
    return arguments | {"stride": arguments["stride"] or arguments["kernel_size"]}


def _set(node: Node, arguments: dict[str, Any]) -> None:
    node.args, node.kwargs = tuple(arguments.values()), {}


def _axes(node: Node, arguments: dict[str, Any]) -> list[_Axis]:
    target: Any = node.target
    rank = {**_AVERAGE, **_MAXIMUM}[target]

    def each(name: str) -> tuple[int, ...]:
        values = arguments.get(name, 1)
        values = list(values) if isinstance(values, Sequence) else [values]
        return tuple(values * rank if len(values) == 1 else values)

    result = node.meta["val"]
    counts = (result[0] if isinstance(result, Sequence) else result).shape[-rank:]
    extents = arguments["self"].meta["val"].shape[-rank:]
    return [
        _Axis(extent=int(e), kernel=d * (k - 1) + 1, stride=s, padding=p, count=int(c))
        for e, k, s, p, d, c in zip(
            extents, each("kernel_size"), each("stride"), each("padding"), each("dilation"), counts, strict=True
        )
    ]


def _crop(program: GraphModule, node: Node, axes: Sequence[_Axis]) -> None:
    """Remove the rows and columns behind the last window, so that Core ML adds no window there."""
    for dimension, axis in enumerate(axes, start=-len(axes)):
        if axis.core_ml_count != axis.count:
            with program.graph.inserting_before(node):
                cropped = program.graph.call_function(aten.slice.Tensor, (node.args[0], dimension, 0, axis.end))
            _keep_layer(cropped, node)
            node.update_arg(0, cropped)


def _average(program: GraphModule, node: Node, arguments: dict[str, Any], axes: Sequence[_Axis]) -> Node:
    """Insert padding before the average and the factor after it."""
    rank = len(axes)
    sides = [side for axis in reversed(axes) for side in (axis.padding, axis.padding + axis.overhang)]
    divisors = torch.ones((), dtype=torch.float64)
    for axis in axes:
        divisors = divisors.unsqueeze(-1) * axis.divisors(bool(arguments["count_include_pad"]))
    factor = math.prod(axis.kernel for axis in axes) / divisors
    name = f"{node.name}_divisor_factor"
    program.register_buffer(name, factor.to(torch.float32).reshape(1, 1, *factor.shape))
    with program.graph.inserting_before(node):
        padded = program.graph.call_function(aten.pad.default, (arguments["self"], sides, "constant", 0.0))
    with program.graph.inserting_after(node):
        factors = program.graph.get_attr(name)
    with program.graph.inserting_after(factors):
        corrected = program.graph.call_function(aten.mul.Tensor, (node, factors))
    node.replace_all_uses_with(corrected, delete_user_cb=lambda user: user is not corrected)
    _set(node, arguments | {"self": padded, "padding": [0] * rank, "ceil_mode": False, "count_include_pad": True})
    _keep_layer(padded, node)
    corrected.meta = dict(node.meta)
    return corrected


def _keep_layer(added: Node, node: Node) -> None:
    """Let messages about an added node name the layer of the pooling."""
    added.meta["nn_module_stack"] = node.meta.get("nn_module_stack")
