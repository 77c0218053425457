"""Finds the layers of a module that passes work on."""

from collections.abc import Mapping

from torch import nn

from sdkgen.errors import CompressionError


def weighted_layers(module: nn.Module) -> dict[str, nn.Conv2d | nn.Linear]:
    """Return the convolutions and linear layers by their path, in the order of the module."""
    return {name: layer for name, layer in module.named_modules() if isinstance(layer, nn.Conv2d | nn.Linear)}


def require_layers(name: str, layers: Mapping[str, object]) -> None:
    """Raise CompressionError when the pass `name` found no layer to work on."""
    if not layers:
        raise CompressionError(
            f"pass {name} applies to no layer of the network: it has no suitable convolution or linear layer",
            remedy="Remove the pass from the spec.",
        )
