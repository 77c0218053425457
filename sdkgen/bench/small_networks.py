"""Small networks, 28 × 28 to about ten classes, with operators that the four large ones lack; costs are fitted to them.

Their widths are such as pruning leaves: most are no multiple of the panels.
"""

from collections.abc import Callable, Mapping
from typing import Literal

import torch
from torch import nn

from sdkgen.bench.networks import seeded

SIDE = 28


def separable(widths: tuple[int, int, int], kernel: int = 3, dilation: int = 1) -> nn.Module:
    """Depthwise-separable layers at 28, 14 and 7 rows."""
    first, second, third = widths
    return seeded(
        nn.Sequential(
            _convolution(3, first, 3),
            *_separable(first, second, kernel, 2, dilation=dilation),
            *_separable(second, second, kernel, 1, dilation=dilation),
            *_separable(second, third, kernel, 2, dilation=dilation),
            *_separable(third, third, kernel, 1, dilation=dilation),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(third, 10),
        )
    )


def plain(widths: tuple[int, int, int], kernel: int = 3, groups: int = 1, dilation: int = 1) -> nn.Module:
    """Full convolutions between poolings, and a linear layer over the flattened map."""
    first, second, third = widths
    return seeded(
        nn.Sequential(
            _convolution(3, first, kernel),
            nn.MaxPool2d(2),
            _convolution(first, second, kernel, groups=groups, dilation=dilation),
            nn.AvgPool2d(3, 2, 1),
            _convolution(second, third, kernel, stride=2, groups=groups, dilation=dilation),
            nn.Flatten(),
            nn.Linear(third * 16, 50),
            nn.ReLU(),
            nn.Linear(50, 10),
            nn.Softmax(1),
        )
    )


class Mixed(nn.Module):
    """Residuals, concatenations and poolings; the result is scores, the map before them, or the flattened map."""

    def __init__(self, width: int, result: Literal["scores", "map", "flat"]) -> None:
        super().__init__()
        self.stem = _convolution(3, width, 3, stride=2)
        self.body = _convolution(width, width, 3, activation=None)
        self.side = _convolution(width, width // 2, 1)
        self.wide = _convolution(width + width // 2, 2 * width, 3, stride=2)
        self.down = _convolution(width, 2 * width, 1, stride=2, activation=None)
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


class Squeezed(nn.Module):
    """Inverted bottlenecks with hardswish, squeeze and excitation: a small MobileNetV3 at 28, 14 and 7 rows."""

    def __init__(self, widths: tuple[int, int, int], squeezed: int) -> None:
        super().__init__()
        first, second, third = widths
        self.stem = _convolution(3, first, 3, activation=nn.Hardswish)
        self.blocks = nn.Sequential(
            _SqueezeExcitation(first, squeezed),
            *_separable(first, second, 3, 2, activation=nn.Hardswish),
            _SqueezeExcitation(second, squeezed),
            *_separable(second, third, 5, 2, activation=nn.Hardswish),
            _SqueezeExcitation(third, squeezed),
        )
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(third, 40), nn.Hardswish())
        self.scores = nn.Linear(40, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.scores(self.head(self.blocks(self.stem(x))))
        return result


class Upsampled(nn.Module):
    """A small U-Net: down to 7 rows and up to 112, by transposed convolutions and both modes of resizing."""

    def __init__(self, width: int, *, kernel: int, first: Literal["nearest", "bilinear"]) -> None:
        super().__init__()
        self.first, self.second = first, "bilinear" if first == "nearest" else "nearest"
        self.top = _convolution(3, width, 3)
        self.middle = _convolution(width, 2 * width, 3, stride=2)
        self.bottom = _convolution(2 * width, 3 * width, 3, stride=2)
        padding = (kernel - 1) // 2
        self.up = nn.ConvTranspose2d(3 * width, width, kernel, 2, padding, output_padding=kernel % 2)
        self.merged = _convolution(3 * width, width, 1)
        self.out = nn.ConvTranspose2d(2 * width, 6, kernel, 2, padding, output_padding=kernel % 2)
        self.wide = nn.ConvTranspose2d(6, 3, 2, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        top = self.top(x)
        middle = self.middle(top)
        low = self.bottom(middle)
        x = self.merged(torch.cat([torch.relu(self.up(low)), middle], 1))
        x = torch.cat([self._resized(x, self.first, 28), top], 1)
        x = x + self._resized(self._resized(x, self.second, 19), self.first, 28)
        result: torch.Tensor = self.wide(torch.relu(self.out(x)))
        return nn.functional.interpolate(result, (56, 56), mode=self.second)

    @staticmethod
    def _resized(x: torch.Tensor, mode: str, side: int) -> torch.Tensor:
        return nn.functional.interpolate(x, (side, side), mode=mode)


class Shuffled(nn.Module):
    """Grouped convolutions and shuffles of the first ShuffleNet, slices and shuffles of the second."""

    def __init__(self, width: int, groups: int) -> None:
        super().__init__()
        self.kept, self.groups = width * groups // 2, groups
        channels = width * groups
        self.stem = _convolution(12, channels, 3)
        self.grouped = _convolution(channels, channels, 1, groups=groups)
        self.spatial = _convolution(channels, channels, 3, groups=channels, activation=None)
        self.branch = nn.Sequential(*_separable(channels - self.kept, channels - self.kept, 3, 1))
        self.down = _convolution(channels, 2 * channels, 3, stride=2, groups=groups)
        self.scores = nn.Linear(channels, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        corners = [x[:, :, row::2, column::2] for row in (0, 1) for column in (0, 1)]
        x = self.stem(torch.cat(corners, 1))
        x = self.spatial(nn.functional.channel_shuffle(self.grouped(x), self.groups)) + x
        x = torch.cat([x[:, : self.kept], self.branch(x[:, self.kept :])], 1)
        x = nn.functional.channel_shuffle(self.down(nn.functional.channel_shuffle(x, 2)), self.groups)
        x = x[:, ::2, 1:, :-1]
        result: torch.Tensor = self.scores(x.mean((2, 3)))
        return result


class Gated(nn.Module):
    """PReLU, padding on one side before a stride, products of two maps."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.stem = _convolution(3, width, 3, activation=None)
        self.first = nn.PReLU(width)
        self.down = nn.Conv2d(width, 2 * width, 3, 2)
        self.second = nn.PReLU()
        self.gate = nn.Conv2d(2 * width, 2 * width, 1)
        self.further = nn.Conv2d(2 * width, 3 * width, 3, 2)
        self.third = nn.PReLU(3 * width)
        self.scores = nn.Linear(3 * width, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.first(self.stem(x))
        x = self.second(self.down(nn.functional.pad(x, (0, 1, 0, 1))))
        x = x * torch.sigmoid(self.gate(x))
        x = self.third(self.further(nn.functional.pad(x, (1, 2, 1, 2))))
        result: torch.Tensor = self.scores((x * x).mean((2, 3)))
        return result


NETWORKS: Mapping[str, Callable[[], nn.Module]] = {
    "separable_24": lambda: separable((24, 48, 96)),
    "separable_16": lambda: separable((16, 32, 64)),
    "separable_21": lambda: separable((21, 37, 77)),
    "separable_10_5x5": lambda: separable((10, 26, 50), kernel=5),
    "separable_24_5x5": lambda: separable((24, 40, 72), kernel=5),
    "separable_32_7x7": lambda: separable((32, 40, 64), kernel=7),
    "separable_12_7x7": lambda: separable((12, 30, 44), kernel=7),
    "separable_20_7x7": lambda: separable((20, 36, 52), kernel=7),
    "separable_14_dilated": lambda: separable((14, 22, 42), dilation=2),
    "separable_13": lambda: separable((13, 29, 51)),
    "plain_24": lambda: plain((24, 64, 96)),
    "plain_13": lambda: plain((13, 27, 45)),
    "plain_16_5x5": lambda: plain((16, 24, 40), kernel=5),
    "plain_24_5x5": lambda: plain((24, 30, 50), kernel=5),
    "plain_16_grouped": lambda: plain((16, 32, 48), groups=4),
    "plain_20_grouped": lambda: plain((20, 40, 60), groups=2),
    "plain_12_grouped": lambda: plain((12, 36, 60), groups=3),
    "plain_14_dilated": lambda: plain((14, 20, 36), dilation=2),
    "plain_18_dilated": lambda: plain((18, 30, 40), dilation=2),
    "mixed_24": lambda: seeded(Mixed(24, "scores")),
    "mixed_34": lambda: seeded(Mixed(34, "map")),
    "mixed_20": lambda: seeded(Mixed(20, "flat")),
    "mixed_40": lambda: seeded(Mixed(40, "flat")),
    "squeezed_16": lambda: seeded(Squeezed((16, 24, 40), 8)),
    "squeezed_11": lambda: seeded(Squeezed((11, 27, 45), 7)),
    "squeezed_20": lambda: seeded(Squeezed((20, 32, 64), 12)),
    "squeezed_25": lambda: seeded(Squeezed((25, 48, 70), 16)),
    "upsampled_8": lambda: seeded(Upsampled(8, kernel=2, first="nearest")),
    "upsampled_9": lambda: seeded(Upsampled(9, kernel=3, first="bilinear")),
    "upsampled_13": lambda: seeded(Upsampled(13, kernel=4, first="nearest")),
    "upsampled_16": lambda: seeded(Upsampled(16, kernel=4, first="bilinear")),
    "shuffled_2": lambda: seeded(Shuffled(18, 2)),
    "shuffled_3": lambda: seeded(Shuffled(14, 3)),
    "shuffled_4": lambda: seeded(Shuffled(16, 4)),
    "shuffled_5": lambda: seeded(Shuffled(6, 5)),
    "shuffled_6": lambda: seeded(Shuffled(8, 6)),
    "shuffled_8": lambda: seeded(Shuffled(7, 8)),
    "gated_16": lambda: seeded(Gated(16)),
    "gated_21": lambda: seeded(Gated(21)),
    "gated_18": lambda: seeded(Gated(18)),
    "gated_24": lambda: seeded(Gated(24)),
}


class _SqueezeExcitation(nn.Module):
    """Hu et al., arXiv:1709.01507, with the hardsigmoid of MobileNetV3."""

    def __init__(self, channels: int, squeezed: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, squeezed, 1)
        self.excite = nn.Conv2d(squeezed, channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        factors = self.excite(torch.relu(self.squeeze(x.mean((2, 3), keepdim=True))))
        return x * nn.functional.hardsigmoid(factors)


def _separable(
    channels: int,
    width: int,
    kernel: int,
    stride: int,
    *,
    dilation: int = 1,
    activation: type[nn.Module] | None = nn.ReLU6,
) -> list[nn.Module]:
    spatial = {"stride": stride, "groups": channels, "dilation": dilation}
    return [
        _convolution(channels, channels, kernel, **spatial, activation=activation),
        _convolution(channels, width, 1, activation=activation),
    ]


def _convolution(
    channels: int,
    width: int,
    kernel: int,
    *,
    stride: int = 1,
    groups: int = 1,
    dilation: int = 1,
    activation: type[nn.Module] | None = nn.ReLU6,
) -> nn.Module:
    padding = kernel // 2 * dilation
    convolution = nn.Conv2d(channels, width, kernel, stride, padding, dilation, groups, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(width), *([activation()] if activation else []))
