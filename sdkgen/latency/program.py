"""The operators that an exported network will be lowered to, read from its graph: before it is quantised, too.

It follows sdkgen/export/operators as far as kinds and extents go; tests hold the two together. torch is not imported.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

from sdkgen.latency.operators import Extents, OperatorShape

Node = Any  # torch.fx.Node
_TAKES_A_CLAMP = ("gemm", "conv", "dwconv", "conv_transpose", "add", "mul", "prelu", "lut")
Pair = tuple[int, int]

_IDENTITIES = frozenset({
    "alias", "alias_copy", "clone", "contiguous", "detach", "detach_copy", "dropout", "feature_dropout",
    "lift_fresh_copy", "getitem",
    "batch_norm", "native_batch_norm", "_native_batch_norm_legit_no_training",  # folded into the convolution before it
    "quantize_per_tensor", "dequantize_per_tensor", "quantize_per_channel", "dequantize_per_channel",
})  # fmt: skip
_VIEWS = frozenset({
    "view", "view_copy", "_unsafe_view", "reshape", "flatten", "unflatten", "squeeze", "squeeze_copy", "unsqueeze",
    "unsqueeze_copy",
})  # fmt: skip
_FUNCTIONS = frozenset({
    "abs", "celu", "cos", "elu", "erf", "exp", "gelu", "hardsigmoid", "hardswish", "leaky_relu", "log", "log1p",
    "log_sigmoid", "mish", "neg", "pow", "reciprocal", "rsqrt", "selu", "sigmoid", "silu", "sin", "softplus", "sqrt",
    "square", "tanh", "threshold", "div", "rsub", "sub",
})  # fmt: skip
"""Of one element: a table of 256 results, and one for several in a row."""
_CLAMPS = frozenset(["relu", "relu6", "hardtanh", "clamp", "clamp_min", "clamp_max"])


@dataclass(frozen=True, kw_only=True)
class _Value:
    """Of an activation: (n, h, w, c) as computed, and what computed it, such as "conv", or "input"."""

    extents: Extents
    maker: str


def operators_of(exported: Any) -> tuple[OperatorShape, ...]:
    """In order of execution; what is no operator of the plan keeps its ATen name as kind.

    Args:
        exported: a torch.export.ExportedProgram, batch size 1, of shapes that are fixed.
    """
    inputs = set(exported.graph_signature.user_inputs)
    walk = _Walk()
    for node in exported.graph.nodes:
        if node.op == "placeholder" and node.name in inputs:
            extents = _nhwc(_shape(node))
            walk.values[node] = _Value(extents=extents, maker="input")
            walk.add("quantize", extents, extents)
        elif node.op == "call_function":
            walk.call(node)
        elif node.op == "output":
            for result in node.args[0]:
                walk.result(result)
    return tuple(walk.operators)


@dataclass(kw_only=True)
class _Walk:
    values: dict[Node, _Value] = field(default_factory=dict)
    operators: list[OperatorShape] = field(default_factory=list)

    def add(self, kind: str, source: Extents, output: Extents, **window: Any) -> None:
        self.operators.append(OperatorShape(kind=kind, input=source, output=output, **window))

    def call(self, node: Node) -> None:
        name = _name(node)
        source = self._source(node)
        if source is None:
            return  # computes on constants, as the dequantisation of weights does
        if name in _IDENTITIES or name in _VIEWS:
            self.values[node] = source
        elif name in _CLAMPS:
            self._clamp(node, source)
        else:
            try:
                self.values[node] = _HANDLERS.get(name, _other)(self, node, source)
            except (IndexError, KeyError, TypeError, ValueError):
                # In a form that no operator of the plan has, such as a concatenation with a constant: unknown.
                self.values[node] = _other(self, node, source)

    def result(self, node: Node) -> None:
        """An output of the network is float32: some operators write it straight away."""
        value = self.values.get(node)
        if value is None or value.maker == "softmax":
            return
        n, h, w, c = value.extents
        if value.maker in ("gemm", "conv", "conv_transpose", "avg_pool") and (h * w == 1 or c == 1):
            return
        flat = (n, 1, 1, c * h * w)
        if len(_shape(node)) == 2 and h * w > 1:
            self.add("to_nchw", value.extents, flat)
            value = _Value(extents=flat, maker="to_nchw")
        self.add("dequantize", value.extents, value.extents)

    def inputs(self, node: Node) -> list[Node]:
        """The operands that are activations; x + x has two."""
        return [operand for operand in node.args[:2] if not isinstance(operand, int | float) and operand in self.values]

    def _source(self, node: Node) -> _Value | None:
        first = node.args[0] if node.args else None
        if isinstance(first, list | tuple):
            first = first[0] if first else None
        try:
            return self.values.get(first)
        except TypeError:  # a number, or a list of them
            return None

    def _clamp(self, node: Node, source: _Value) -> None:
        if source.maker not in _TAKES_A_CLAMP or not _joins(node):
            self.add("rescale", source.extents, source.extents)
        self.values[node] = _Value(extents=source.extents, maker="lut" if source.maker == "lut" else "rescale")


def _joins(node: Node) -> bool:
    """Whether `node` may be part of the operator before it, as fused (sdkgen/compress/operators.py) has it."""
    before = node.args[0]
    return len(before.users) == 1 and _name(before) not in _VIEWS | {"dequantize_per_tensor"}


def _convolution(walk: _Walk, node: Node, source: _Value) -> _Value:
    _, weight, _, stride, padding, dilation, groups = _arguments(node, (None, 1, 0, 1, 1))
    kernel, stride, dilation = _pair(_shape(weight)[2:]), _pair(stride), _pair(dilation)
    output = _nhwc(_shape(node))
    plain = kernel == stride == (1, 1) and groups == 1 and padding in ("same", "valid", 0, [0, 0], (0, 0), [0], (0,))
    depthwise = 1 < groups == source.extents[3] == output[3]
    kind = "gemm" if plain else "dwconv" if depthwise else "conv"
    if plain:
        walk.add(kind, source.extents, output)
    else:
        walk.add(kind, source.extents, output, kernel=kernel, stride=stride, dilation=dilation, groups=groups)
    return _Value(extents=output, maker=kind)


def _linear(walk: _Walk, node: Node, source: _Value) -> _Value:
    outputs = _shape(node.args[1])[0]
    n, h, w, _ = source.extents
    output = (n, 1, 1, outputs)
    if h * w == 1:
        walk.add("gemm", source.extents, output)
        return _Value(extents=output, maker="gemm")
    walk.add("conv", source.extents, output, kernel=(h, w))
    return _Value(extents=output, maker="conv")


def _sum(walk: _Walk, node: Node, source: _Value) -> _Value:
    """With a constant it is a table."""
    if len(walk.inputs(node)) < 2:
        return _function(walk, node, source)
    walk.add("add", source.extents, source.extents)
    return _Value(extents=source.extents, maker="add")


def _product(walk: _Walk, node: Node, source: _Value) -> _Value:
    """One factor may have a value per channel; with a constant it is a table."""
    factors = [walk.values[factor].extents for factor in walk.inputs(node)]
    if len(factors) < 2:
        return _function(walk, node, source)
    larger = max(factors, key=prod)
    walk.add("mul", larger, larger, per_channel=prod(min(factors, key=prod)) < prod(larger))
    return _Value(extents=larger, maker="mul")


def _function(walk: _Walk, node: Node, source: _Value) -> _Value:
    if source.maker != "lut" or not _joins(node):
        walk.add("lut", source.extents, source.extents)
    return _Value(extents=source.extents, maker="lut")


def _prelu(walk: _Walk, node: Node, source: _Value) -> _Value:
    walk.add("prelu", source.extents, source.extents)
    return _Value(extents=source.extents, maker="prelu")


def _padded(walk: _Walk, node: Node, source: _Value) -> _Value:
    """Negative amounts, which cut, are a slice."""
    amounts = [int(amount) for amount in node.args[1]]
    left, right, top, bottom = (*amounts, 0, 0, 0, 0)[:4]
    n, h, w, c = source.extents
    cut = (n, h + min(0, top) + min(0, bottom), w + min(0, left) + min(0, right), c)
    output = _nhwc(_shape(node))
    maker = source.maker
    if cut != source.extents:
        walk.add("slice", source.extents, cut)
        maker = "slice"
    if cut != output or maker != "slice":
        walk.add("pad", cut, output)
        maker = "pad"
    return _Value(extents=output, maker=maker)


def _part(walk: _Walk, node: Node, source: _Value) -> _Value:
    """A slice or, of one index, a selection, which drops the dimension."""
    shape = _shape(node.args[0])
    axis = int(node.args[1]) % len(shape)
    kept, step = 1, 1
    if _name(node).startswith("slice"):
        kept, step = _shape(node)[axis], int(node.args[4]) if len(node.args) > 4 else 1
    if shape[axis] == kept == 1:
        return source
    n, h, w, c = source.extents
    extents = [c, h, w]
    # Dimensions of one element come and go by views; the others tell which is which.
    place = [index for index, extent in enumerate(extents) if extent > 1]
    along = place[sum(extent > 1 for extent in shape[1:axis])]
    steps = [1, 1, 1]
    extents[along], steps[along] = kept, step
    output = (n, extents[1], extents[2], extents[0])
    walk.add("slice", source.extents, output, stride=(steps[1], steps[2]), channel_step=steps[0])
    return _Value(extents=output, maker="slice")


def _shuffled(walk: _Walk, node: Node, source: _Value) -> _Value:
    """Spelled out it is a transposition of (N, groups, C / groups, H, W), with a view before and behind."""
    shape = _shape(node.args[0])
    groups = shape[1] if len(shape) > 4 else int(node.args[1])
    walk.add("channel_shuffle", source.extents, source.extents, groups=groups)
    return _Value(extents=source.extents, maker="channel_shuffle")


def _resized(rule: str) -> "_Handler":
    def resize(walk: _Walk, node: Node, source: _Value) -> _Value:
        output = _nhwc(_shape(node))
        walk.add("resize", source.extents, output, bilinear=rule == "bilinear")
        return _Value(extents=output, maker=f"resize_{rule}")

    return resize


def _transposed(walk: _Walk, node: Node, source: _Value) -> _Value:
    arguments = _arguments(node, (None, 1, 0, 0, 1, 1))
    output, kernel = _nhwc(_shape(node)), _pair(_shape(arguments[1])[2:])
    walk.add("conv_transpose", source.extents, output, kernel=kernel, stride=_pair(arguments[3]))
    return _Value(extents=output, maker="conv_transpose")


def _pixel_shuffle(walk: _Walk, node: Node, source: _Value) -> _Value:
    factor, output = int(node.args[1]), _nhwc(_shape(node))
    walk.add("conv_transpose", source.extents, output, kernel=(factor, factor), stride=(factor, factor))
    return _Value(extents=output, maker="pixel_shuffle")


def _concatenation(walk: _Walk, node: Node, source: _Value) -> _Value:
    output = _nhwc(_shape(node))
    for part in node.args[0]:
        walk.add("rescale", walk.values[part].extents, output)
    return _Value(extents=output, maker="rescale")


def _window(kind: str) -> "_Handler":
    def pool(walk: _Walk, node: Node, source: _Value) -> _Value:
        kernel, stride = _arguments(node, ([],))[1:3]
        output = _nhwc(_shape(node))
        walk.add(kind, source.extents, output, kernel=_pair(kernel), stride=_pair(stride or kernel))
        return _Value(extents=output, maker=kind)

    return pool


def _average(walk: _Walk, node: Node, source: _Value) -> _Value:
    n, h, w, c = source.extents
    shape = _shape(node)
    if len(shape) == 4:
        output = _nhwc(shape)
    else:  # mean((2, 3)) without keepdim, mostly
        rows, columns = (1, 1) if len(shape) == 2 else (h, w)
        output = (n, rows, columns, c)
    walk.add("avg_pool", source.extents, output)
    return _Value(extents=output, maker="avg_pool")


def _softmax(walk: _Walk, node: Node, source: _Value) -> _Value:
    walk.result(node.args[0])  # reads float32, as an output does
    extents = (source.extents[0], 1, 1, prod(source.extents[1:]))
    walk.add("softmax", extents, extents)
    return _Value(extents=extents, maker="softmax")


def _other(walk: _Walk, node: Node, source: _Value) -> _Value:
    output = _nhwc(_shape(node))
    walk.add(_name(node), source.extents, output)
    return _Value(extents=output, maker=_name(node))


_Handler = Callable[[_Walk, Node, _Value], _Value]
_HANDLERS: Mapping[str, _Handler] = {
    "conv2d": _convolution,
    "linear": _linear,
    "add": _sum,
    "mul": _product,
    "prelu": _prelu,
    **dict.fromkeys(["constant_pad_nd", "pad"], _padded),
    **dict.fromkeys(["slice", "slice_copy", "select", "select_copy"], _part),
    **dict.fromkeys(["channel_shuffle", "transpose", "transpose_copy", "permute", "permute_copy"], _shuffled),
    "upsample_nearest2d": _resized("nearest"),
    "upsample_bilinear2d": _resized("bilinear"),
    "conv_transpose2d": _transposed,
    "pixel_shuffle": _pixel_shuffle,
    **dict.fromkeys(_FUNCTIONS, _function),
    "cat": _concatenation,
    "concat": _concatenation,
    "max_pool2d": _window("max_pool"),
    "max_pool2d_with_indices": _window("max_pool"),
    "avg_pool2d": _window("avg_pool"),
    "adaptive_avg_pool2d": _average,
    "_adaptive_avg_pool2d": _average,
    "mean": _average,
    "softmax": _softmax,
    "_softmax": _softmax,
}


def _name(node: Node) -> str:
    """ "conv2d" for aten.conv2d.default."""
    parts = str(node.target).split(".")
    return parts[1] if parts[0] in ("aten", "quantized_decomposed") else getattr(node.target, "__name__", parts[-1])


def _shape(node: Node) -> tuple[int, ...]:
    value = node.meta["val"]
    tensor = value[0] if isinstance(value, list | tuple) else value
    return tuple(int(extent) for extent in tensor.shape)


def _nhwc(shape: Sequence[int]) -> Extents:
    """Of NCHW or (N, C); what lies behind the channels of another rank counts as a row."""
    n, c, h, w = (*shape, 1, 1, 1, 1)[:4]
    return n, h, w, c


def _pair(value: Any) -> Pair:
    values = list(value) if isinstance(value, Sequence) else [value]
    return int(values[0]), int(values[-1])


def _arguments(node: Node, defaults: tuple[Any, ...]) -> tuple[Any, ...]:
    """The positional arguments, the first two as they are, completed by the schema's defaults."""
    return (*node.args, *defaults[len(node.args) - 2 :])
