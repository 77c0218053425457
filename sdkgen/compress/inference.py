"""Refuses what no inference in int8 can contain, by operator and layer: casts, random numbers, written buffers, NaN."""

from typing import Any

import torch
from torch.fx import GraphModule, Interpreter, Node

from sdkgen.compress.normalise import CASTS
from sdkgen.errors import CompressionError, ModelError
from sdkgen.fx.names import place_of
from sdkgen.fx.nodes import calls

aten = torch.ops.aten


def require_inference(graph_module: GraphModule) -> None:
    """Check a functional graph in the forms of `normalise`.

    Raises:
        ModelError: a float32 value is cast to another type, random numbers are drawn, or a buffer is written.
    """
    _refuse_casts(graph_module)
    _refuse_random(graph_module)
    _refuse_writes(graph_module)


def not_finite(graph_module: GraphModule, sample: tuple[torch.Tensor, ...], index: int) -> CompressionError:
    """Make the error for calibration sample `index`, for which an output is NaN or infinite: it names the cause."""
    recorder = _Recorder(graph_module)
    with torch.no_grad():
        recorder.run(*sample)
    (node,) = graph_module.graph.find_nodes(op="output")
    # Backwards: an infinity that a maximum or a clamp removes again is not the cause.
    while sources := [source for source in node.all_input_nodes if source in recorder.infinite]:
        node = sources[0]
    return CompressionError(
        f"{place_of(node)} gives NaN or infinity on calibration sample {index}, its inputs are finite",
        remedy="Bound the input of a logarithm, root or division, for example clamp(min=1e-6); else check the "
        "checkpoint, and mean and std of the input.",
    )


class _Recorder(Interpreter):
    """Records the computed values that hold NaN or infinity."""

    def __init__(self, graph_module: GraphModule) -> None:
        super().__init__(graph_module)
        self.infinite: set[Node] = set()

    def run_node(self, n: Node) -> Any:
        result = super().run_node(n)
        if n.op == "call_function" and isinstance(result, torch.Tensor) and not torch.isfinite(result).all():
            self.infinite.add(n)
        return result


def _refuse_casts(graph_module: GraphModule) -> None:
    for node in calls(graph_module, *CASTS):
        before, after = (n.meta["val"].dtype for n in (node.all_input_nodes[0], node))
        # A cast back to float32 is not the cause, and that of an argmax or a comparison has an operator before it.
        if before == torch.float32 and after != torch.float32:
            raise ModelError(
                f"{place_of(node)} casts float32 to {str(after).removeprefix('torch.')}, which changes the arithmetic",
                remedy="The SDK computes in int8 and float32: remove the cast from forward(), or torch.autocast, "
                "half() or bfloat16() around it.",
            )


def _refuse_random(graph_module: GraphModule) -> None:
    for node in filter(_draws, graph_module.graph.nodes):
        raise ModelError(
            f"{place_of(node)} draws random numbers in inference",
            remedy="Draw them in training only: F.dropout(x, p, training=self.training) or nn.Dropout, and noise "
            "under `if self.training`.",
        )


def _draws(node: Node) -> bool:
    if not isinstance(node.target, torch._ops.OpOverload) or torch.Tag.nondeterministic_seeded not in node.target.tags:
        return False
    schema = node.target._schema.arguments
    values = {a.name: a.default_value for a in schema} | dict(zip((a.name for a in schema), node.args, strict=False))
    values |= node.kwargs
    # RReLU and attention draw by an argument only, which is off in eval mode.
    return bool(values.get("training", True)) and values.get("dropout_p") != 0.0


def _refuse_writes(graph_module: GraphModule) -> None:
    for node in calls(graph_module, aten.copy_.default):
        written = node.args[0]
        if isinstance(written, Node) and written.op == "get_attr":
            layer, _, buffer = str(written.target).rpartition(".")
            raise ModelError(
                f"{f'layer {layer!r}' if layer else 'the network'} changes its buffer {buffer!r} in inference",
                remedy="Change it in training only, under `if self.training`; of a BatchNorm, pass "
                "training=self.training.",
            )
