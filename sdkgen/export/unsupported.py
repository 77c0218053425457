"""Words for what cannot be lowered: the operator, the layer's name in the user's module, and what can be done."""

import torch

from sdkgen.errors import ExportError

_REMEDIES = {
    "batch_norm": "Fold BatchNorm first: add the pass fold_batch_norm before the quantisation.",
    "group_norm": "Use BatchNorm, which folds into the convolution before it, and train anew.",
    "layer_norm": "Use BatchNorm, which folds into the convolution before it, and train anew.",
    "instance_norm": "Use BatchNorm, which folds into the convolution before it, and train anew.",
    "native_group_norm": "Use BatchNorm, which folds into the convolution before it, and train anew.",
    "native_layer_norm": "Use BatchNorm, which folds into the convolution before it, and train anew.",
    "matmul": "Attention is not supported: use a convolutional network.",
    "bmm": "Attention is not supported: use a convolutional network.",
    "mm": "Attention is not supported: use a convolutional network.",
    "scaled_dot_product_attention": "Attention is not supported: use a convolutional network.",
    "upsample_bicubic": 'Use mode="bilinear" or "nearest".',
    "upsample_nearest_exact": 'Use mode="nearest".',
    "upsample": 'Use nn.Upsample or interpolate of a 4-D tensor, mode="nearest" or "bilinear".',
    "pad": 'Pad with a constant: mode="constant", or the convolution\'s own padding.',
    "reflection_pad": "Pad with a constant: nn.ZeroPad2d, or the convolution's own padding.",
    "replication_pad": "Pad with a constant: nn.ZeroPad2d, or the convolution's own padding.",
    "pixel_unshuffle": "Use a strided convolution, or take slices x[:, :, 0::2, 0::2] … and concatenate them.",
    "maximum": "Use ReLU or clamp for the maximum with a number; of two tensors use their sum.",
    "glu": "Write it as a.chunk(2, 1) and a[0] * torch.sigmoid(a[1]).",
    "chunk": "Capture the network with sdkgen's own compression, which turns it into slices.",
    "split": "Capture the network with sdkgen's own compression, which turns it into slices.",
}
_DEFAULT_REMEDY = (
    "Replace the layer by operators of docs/operators.md (convolutions, linear, add and multiply, concatenation, any "
    "function of one element, pooling, resizing, slices, channel shuffle, views, softmax), or move it out of the "
    "network into the app."
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
    known = max((word for word in _REMEDIES if key.startswith(word)), key=len, default="")
    return ExportError(
        f"{_place(node)} is not supported by the int8 runtime", remedy=_REMEDIES.get(known, _DEFAULT_REMEDY)
    )


def _place(node: torch.fx.Node) -> str:
    layer = layer_of(node)
    where = f"layer {layer!r}" if layer else "the network's forward()"
    return f"operator {operator_name(node)} in {where} (node {node.name!r})"
