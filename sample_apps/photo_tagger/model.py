"""The network of the demo: torchvision's MobileNetV2, without weights."""

import torch
from torch import nn

# torch.library forgets what it registered when this object goes.
_operators = torch.library.Library("torchvision", "FRAGMENT")


def mobilenet_v2() -> nn.Module:
    """MobileNetV2 for 1000 classes: float32 (N, 3, 224, 224) RGB, normalised, to float32 logits (N, 1000)."""
    _declare_missing_operators()
    from torchvision.models import mobilenet_v2 as architecture

    return architecture(weights=None)


def _declare_missing_operators() -> None:
    """Let torchvision be imported where its compiled operators do not load.

    torchvision's PyPI wheel is built against the CUDA build of torch. Beside the CPU build it imports only if the two
    operators it describes at import exist. MobileNetV2 calls neither, so their schemas are enough.
    """
    try:
        import torchvision  # noqa: F401  # only to see whether it imports
    except RuntimeError as error:
        if "torchvision::nms does not exist" not in str(error):
            raise
        for name in ("nms", "qnms"):
            _operators.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
