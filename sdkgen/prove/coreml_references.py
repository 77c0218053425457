"""Reference outputs for a Core ML program: PyTorch computes them from the compress stage's programs."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch.fx import Graph, GraphModule, Interpreter, Node
from torch.utils._pytree import tree_map

from sdkgen.errors import ProofError
from sdkgen.prove.comparison import Outputs
from sdkgen.prove.layers import operator
from sdkgen.runtime import ByteImage
from sdkgen.samples import Sample
from sdkgen.spec.values import ImageInput

Tensor = torch.Tensor

_QUANTIZE = "quantized_decomposed.quantize_per_tensor"
_DEQUANTIZE = "quantized_decomposed.dequantize_per_tensor"
_DEQUANTIZE_WEIGHTS = "quantized_decomposed.dequantize_per_channel"
_WEIGHTED = ("aten.conv2d", "aten.conv_transpose2d", "aten.linear")


class Recording(Interpreter):
    """Runs a graph in float32 and keeps the values of chosen nodes, by name."""

    def __init__(self, graph_module: GraphModule, chosen: Collection[str] = ()) -> None:
        super().__init__(graph_module)
        self._chosen = frozenset(chosen)
        self.recorded: dict[str, np.ndarray[Any, Any]] = {}

    def outputs(self, sample: Sample) -> Outputs:
        """Return float32 outputs; fill `recorded`."""
        return self.evaluate([torch.from_numpy(array) for array in sample.inputs])

    def evaluate(self, inputs: Sequence[Tensor]) -> Outputs:
        """Return the outputs as float32 for inputs of any float dtype."""
        self.recorded = {}
        with torch.no_grad():
            answer = self.run(*inputs)
        tensors = answer if isinstance(answer, (tuple, list)) else (answer,)
        return tuple(tensor.to(torch.float32).numpy() for tensor in tensors)

    def run_node(self, n: Node) -> Any:
        value = super().run_node(n)
        if n.name in self._chosen:
            self.recorded[n.name] = value.detach().numpy()
        return value


class WeightsOnly(Recording):
    """The quantised program without the rounding of its activations: int8 weights, corrected biases.

    Args:
        float_layers: nodes whose weight and bias are those of the float program.
    """

    def __init__(
        self,
        graph_module: GraphModule,
        float_module: GraphModule,
        float_layers: Collection[str],
        chosen: Collection[str] = (),
    ) -> None:
        super().__init__(graph_module, chosen)
        layers, originals = (
            [n for n in g.graph.nodes if operator(n) in _WEIGHTED] for g in (graph_module, float_module)
        )
        pairs = zip(layers, originals, strict=True) if float_layers else ()
        self._replaced = {n: _constants(float_module, o) for n, o in pairs if n.name in float_layers}

    def call_function(self, target: Any, args: Any, kwargs: Any) -> Any:
        if str(target).rpartition(".")[0] in (_QUANTIZE, _DEQUANTIZE):
            return args[0]
        return super().call_function(target, args, kwargs)

    def fetch_args_kwargs_from_env(self, n: Node) -> tuple[tuple[Any, ...], dict[str, Any]]:
        arguments, keywords = super().fetch_args_kwargs_from_env(n)
        if n in self._replaced:
            weight, bias = self._replaced[n]
            arguments = (arguments[0], weight, bias, *arguments[3:])
        return tuple(arguments), dict(keywords)


class HalfParameters(Recording):
    """The quantised program as a float16 program can carry it, free of any other rounding.

    Scales, biases and constants are rounded to float16, which is all that Core ML stores of them; int8 values and zero
    points are the program's own; sums are in float64. A difference larger than a rounding tie is a mistake in the
    graph or the weights.
    """

    def in_float64(self, sample: Sample) -> Outputs:
        """Return the outputs for inputs in float64."""
        return self.evaluate([torch.from_numpy(array).to(torch.float64) for array in sample.inputs])

    def call_function(self, target: Any, args: Any, kwargs: Any) -> Any:
        name = str(target).rpartition(".")[0]
        if name == _QUANTIZE:
            x, scale, zero_point, low, high, *_ = args
            return (torch.round(x / half(scale)) + zero_point).clamp(low, high)
        if name == _DEQUANTIZE:
            x, scale, zero_point, *_ = args
            return (x - zero_point) * half(scale)
        if name == _DEQUANTIZE_WEIGHTS:
            x, scales, _, axis, *_ = args
            shape = [-1 if i == axis else 1 for i in range(x.dim())]
            return x.to(torch.float64) * half(scales).reshape(shape)
        return super().call_function(target, *tree_map(_half_number, (args, kwargs)))

    def get_attr(self, target: Any, args: Any, kwargs: Any) -> Any:
        value = super().get_attr(target, args, kwargs)
        return half(value.detach()) if value.is_floating_point() else value


def half(value: Any) -> Tensor:
    """Round to float16; return float64."""
    return torch.as_tensor(value, dtype=torch.float64).to(torch.float16).to(torch.float64)


def _half_number(value: Any) -> Any:
    return float(half(value)) if isinstance(value, float) else value


def half_normalised(spec: ImageInput, picture: ByteImage) -> Tensor:
    """Compute (pixel - 255 mean) / (255 std) of a picture of the network's size in float64, with float16 constants."""
    channels = picture if spec.colour_order == "rgb" else picture[:, :, ::-1]
    pixels = torch.from_numpy(np.ascontiguousarray(channels.transpose(2, 0, 1)[None])).to(torch.float64)
    mean, factor = (
        half(values).reshape(1, 3, 1, 1) for values in ([255 * m for m in spec.mean], [1 / (255 * s) for s in spec.std])
    )
    return (pixels - mean) * factor


def softmax(outputs: Sequence[Outputs]) -> list[Outputs]:
    """Return the first output of each run after softmax over its last axis."""
    return [(torch.softmax(torch.from_numpy(first), -1).numpy(), *others) for first, *others in outputs]


def _constants(graph_module: GraphModule, node: Node) -> tuple[Tensor, Tensor | None]:
    weight, bias = (_constant(graph_module, argument) for argument in (*node.args, None)[1:3])
    if weight is None:
        raise ProofError(f"{node.name} of the float program has no constant weight")
    return weight, bias


def _constant(graph_module: GraphModule, node: object) -> Tensor | None:
    if not isinstance(node, Node) or node.op != "get_attr":
        return None
    value: object = graph_module
    for name in str(node.target).split("."):
        value = getattr(value, name)
    return value.detach() if isinstance(value, Tensor) else None


def quantisers(graph: Graph) -> Mapping[str, tuple[Node, int]]:
    """Map the name of each quantised node to its quantise operator and zero point."""
    return {
        node.args[0].name: (node, int(node.args[2]))
        for node in graph.nodes
        if operator(node) == _QUANTIZE and isinstance(node.args[0], Node)
    }
