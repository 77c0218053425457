"""Errors for operators that cannot be lowered: operator, name of the layer in the user's module, remedy."""

from typing import TYPE_CHECKING

from sdkgen.errors import ExportError
from sdkgen.fx.names import base_name, place_of

if TYPE_CHECKING:
    from torch.fx import Node

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
    "argmax": "Return the scores: the SDK's classify() sorts them, and an app takes the largest of tensors itself.",
    "argmin": "Return the values, and take the smallest in the app.",
    "topk": "Return the scores: the SDK's classify() sorts them, and an app takes the largest of tensors itself.",
    "sort": "Return the values, and sort them in the app.",
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


def rejected(node: "Node", what: str, *, remedy: str = "") -> ExportError:
    """Make the error for a use of a supported operator that cannot be lowered."""
    return ExportError(f"{place_of(node)} {what}", remedy=remedy)


def unsupported(node: "Node") -> ExportError:
    """Make the error for an operator that the plan does not have."""
    key = base_name(node).removeprefix("_").split("_with_")[0]
    known = max((word for word in _REMEDIES if key.startswith(word)), key=len, default="")
    return ExportError(
        f"{place_of(node)} is not supported by the int8 runtime", remedy=_REMEDIES.get(known, _DEFAULT_REMEDY)
    )
