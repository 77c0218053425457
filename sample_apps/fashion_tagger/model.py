"""The networks of the sample: a small depthwise-separable one for the phone, and a larger one that teaches it."""

import torch
from torch import nn


def _convolution(channels_in: int, channels_out: int, kernel: int, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    return [
        nn.Conv2d(channels_in, channels_out, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU6(inplace=True),
    ]


def _separable(channels_in: int, channels_out: int, stride: int = 1) -> list[nn.Module]:
    return [
        *_convolution(channels_in, channels_in, 3, stride, groups=channels_in),
        *_convolution(channels_in, channels_out, 1),
    ]


def student(width: float = 1.0, depth: int = 1) -> nn.Module:
    """A small network after MobileNetV1 (arXiv:1704.04861) for RGB pictures of 28×28, ten classes.

    Args:
        width: multiplies every number of channels.
        depth: separable layers per resolution beside the one that halves it.
    """
    first, second, third = (max(8, int(channels * width) // 8 * 8) for channels in (24, 48, 96))
    return nn.Sequential(
        *_convolution(3, first, 3),
        *_separable(first, second, stride=2),
        *(layer for _ in range(depth) for layer in _separable(second, second)),
        *_separable(second, third, stride=2),
        *(layer for _ in range(depth) for layer in _separable(third, third)),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(third, 10),
    )


class _Residual(nn.Module):
    def __init__(self, channels_in: int, channels_out: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *_convolution(channels_in, channels_out, 3, stride), *_convolution(channels_out, channels_out, 3)[:2]
        )
        self.shortcut = (
            nn.Identity()
            if stride == 1 and channels_in == channels_out
            else nn.Sequential(*_convolution(channels_in, channels_out, 1, stride)[:2])
        )
        self.clamp = nn.ReLU(inplace=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.clamp(self.body(x) + self.shortcut(x))


def teacher() -> nn.Module:
    """A residual network (arXiv:1512.03385) with more than eight times the student's parameters."""
    return nn.Sequential(
        *_convolution(3, 24, 3, stride=2),
        _Residual(24, 24, 1),
        _Residual(24, 64, 2),
        _Residual(64, 96, 1),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Dropout(0.2),
        nn.Linear(96, 10),
    )
