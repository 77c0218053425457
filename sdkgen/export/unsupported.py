"""Words for what cannot be lowered: the operator, the layer's name in the user's module, and what can be done."""

import torch

from sdkgen.errors import ExportError

_REMEDIES = {
    "hardswish": "Use ReLU or ReLU6 instead of Hardswish and fine-tune.",
    "silu": "Use ReLU or ReLU6 instead of SiLU and fine-tune.",
    "gelu": "Use ReLU or ReLU6 instead of GELU and fine-tune.",
    "sigmoid": "Leave the sigmoid out of the network and apply it to the outputs in the app.",
    "hardsigmoid": "Leave out the squeeze-and-excitation block, or the sigmoid behind the last layer.",
    "batch_norm": "Fold BatchNorm first: add the pass fold_batch_norm before the quantisation.",
    "mul": "Leave out the multiplication, or fold a constant factor into the layer before it.",
    "leaky_relu": "Use ReLU instead of LeakyReLU and fine-tune.",
    "prelu": "Use ReLU instead of PReLU and fine-tune.",
    "matmul": "Attention is not supported: use a convolutional network.",
    "bmm": "Attention is not supported: use a convolutional network.",
    "conv_transpose": "Transposed convolutions are not supported; end the network at the lower resolution.",
    "upsample": "Upsampling is not supported; end the network at the lower resolution and resize in the app.",
}
_DEFAULT_REMEDY = (
    "Replace the layer by convolution, linear, add, concatenation, ReLU/ReLU6/clamp, max/average/adaptive pooling, "
    "mean over height and width, flatten or softmax, or move it out of the network into the app."
)


def operator_name(node: torch.fx.Node) -> str:
    """ATen name without the in-place underscore: "aten.relu.default", in the ATen and in the edge dialect."""
    target = node.target
    name = target.name() if hasattr(target, "name") and callable(target.name) else str(target)
    namespace, _, rest = name.partition("::")
    base, _, overload = rest.partition(".")
    return f"{namespace}.{base.removesuffix('_')}.{overload or 'default'}" if rest else name


def layer_of(node: torch.fx.Node) -> str:
    """Path of the module that the node came from, such as "features.3.conv.0.0"; "" for the network itself."""
    stack = node.meta.get("nn_module_stack") or {}
    paths = [str(entry[0]) for entry in stack.values() if isinstance(entry, tuple)]
    return paths[-1].removeprefix("L['self']").removeprefix("L__self__").lstrip(".") if paths else ""


def rejected(node: torch.fx.Node, what: str, *, remedy: str = "") -> ExportError:
    """The error for a use of a supported operator that cannot be lowered."""
    return ExportError(f"{_place(node)} {what}", remedy=remedy)


def unsupported(node: torch.fx.Node) -> ExportError:
    """The error for an operator that the plan does not have."""
    base = operator_name(node).split(".")[1] if "." in operator_name(node) else operator_name(node)
    key = base.removeprefix("_").split("_with_")[0]
    known = next((text for word, text in sorted(_REMEDIES.items()) if key == word or key.startswith(word)), None)
    return ExportError(f"{_place(node)} is not supported by the int8 runtime", remedy=known or _DEFAULT_REMEDY)


def _place(node: torch.fx.Node) -> str:
    layer = layer_of(node)
    where = f"layer {layer!r}" if layer else "the network's forward()"
    return f"operator {operator_name(node)} in {where} (node {node.name!r})"
