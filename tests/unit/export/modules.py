"""Modules around a function under test: behind one convolution, behind two, or with layers of its own."""

import torch
from torch import nn

IMAGE = (1, 3, 13, 10)


class Then(nn.Module):
    """A convolution, then whatever is under test, so that its input is an int8 activation."""

    def __init__(self, function: object, *, channels: int = 12) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, channels, 3, padding=1)
        self.function = function

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.function(self.stem(x))  # type: ignore[operator]


class Branches(nn.Module):
    """Two convolutions of one input, joined by a function."""

    def __init__(self, function: object, *, channels: tuple[int, int] = (8, 8)) -> None:
        super().__init__()
        self.left = nn.Conv2d(3, channels[0], 3, padding=1)
        self.right = nn.Conv2d(3, channels[1], 1)
        self.function = function

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.function(self.left(x), self.right(x))  # type: ignore[operator]


class Network(nn.Module):
    """Wraps a function of the input into a module."""

    def __init__(self, function: object, **layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.ModuleDict(layers)
        self.function = function

    def forward(self, *inputs: torch.Tensor) -> object:
        return self.function(self.layers, *inputs)  # type: ignore[operator]
