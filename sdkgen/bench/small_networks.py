"""Small networks, 28 × 28 to ten classes or so, whose operators the four large ones lack: what costs are fitted to.

Their widths are those that pruning leaves behind: most are no multiple of anything.
"""

from collections.abc import Callable, Mapping
from typing import Literal

import torch
from torch import nn

from sdkgen.bench.networks import seeded

SIDE = 28


def separable(widths: tuple[int, int, int], kernel: int = 3) -> nn.Module:
    """Depthwise-separable layers at 28, 14 and 7 rows."""
    first, second, third = widths
    return seeded(
        nn.Sequential(
            _convolution(3, first, 3),
            *_separable(first, second, kernel, 2),
            *_separable(second, second, kernel, 1),
            *_separable(second, third, kernel, 2),
            *_separable(third, third, kernel, 1),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(third, 10),
        )
    )


def plain(widths: tuple[int, int, int], kernel: int = 3, groups: int = 1) -> nn.Module:
    """Full convolutions between poolings, and a linear layer over the flattened map."""
    first, second, third = widths
    return seeded(
        nn.Sequential(
            _convolution(3, first, kernel),
            nn.MaxPool2d(2),
            _convolution(first, second, kernel, groups=groups),
            nn.AvgPool2d(3, 2, 1),
            _convolution(second, third, kernel, stride=2, groups=groups),
            nn.Flatten(),
            nn.Linear(third * 16, 50),
            nn.ReLU(),
            nn.Linear(50, 10),
            nn.Softmax(1),
        )
    )


class Mixed(nn.Module):
    """Residuals, concatenations and poolings; the result is scores, or the map before them, or that one flattened."""

    def __init__(self, width: int, result: Literal["scores", "map", "flat"]) -> None:
        super().__init__()
        self.stem = _convolution(3, width, 3, stride=2)
        self.body = _convolution(width, width, 3, activation=False)
        self.side = _convolution(width, width // 2, 1)
        self.wide = _convolution(width + width // 2, 2 * width, 3, stride=2)
        self.down = _convolution(width, 2 * width, 1, stride=2, activation=False)
        head: dict[str, list[nn.Module]] = {
            "scores": [nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(2 * width * 4, 100)],
            "map": [],
            "flat": [nn.Flatten()],
        }
        self.head = nn.Sequential(*head[result])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x)
        x = torch.relu(self.body(x) + x)
        x = self.wide(torch.cat([x, self.side(x)], 1)) + self.down(x)
        result: torch.Tensor = self.head(nn.functional.max_pool2d(torch.relu(x), 3, 2, 1))
        return result


NETWORKS: Mapping[str, Callable[[], nn.Module]] = {
    "separable_24": lambda: separable((24, 48, 96)),
    "separable_16": lambda: separable((16, 32, 64)),
    "separable_21": lambda: separable((21, 37, 77)),
    "separable_10_5x5": lambda: separable((10, 26, 50), kernel=5),
    "separable_24_5x5": lambda: separable((24, 40, 72), kernel=5),
    "separable_32_7x7": lambda: separable((32, 40, 64), kernel=7),
    "separable_12_7x7": lambda: separable((12, 30, 44), kernel=7),
    "separable_13": lambda: separable((13, 29, 51)),
    "plain_24": lambda: plain((24, 64, 96)),
    "plain_13": lambda: plain((13, 27, 45)),
    "plain_16_5x5": lambda: plain((16, 24, 40), kernel=5),
    "plain_24_5x5": lambda: plain((24, 30, 50), kernel=5),
    "plain_16_grouped": lambda: plain((16, 32, 48), groups=4),
    "plain_20_grouped": lambda: plain((20, 40, 60), groups=2),
    "plain_12_grouped": lambda: plain((12, 36, 60), groups=3),
    "mixed_24": lambda: seeded(Mixed(24, "scores")),
    "mixed_34": lambda: seeded(Mixed(34, "map")),
    "mixed_20": lambda: seeded(Mixed(20, "flat")),
    "mixed_40": lambda: seeded(Mixed(40, "flat")),
}


def _separable(channels: int, width: int, kernel: int, stride: int) -> list[nn.Module]:
    return [
        _convolution(channels, channels, kernel, stride=stride, groups=channels),
        _convolution(channels, width, 1),
    ]


def _convolution(
    channels: int, width: int, kernel: int, *, stride: int = 1, groups: int = 1, activation: bool = True
) -> nn.Module:
    convolution = nn.Conv2d(channels, width, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(width), *([nn.ReLU6()] if activation else []))
