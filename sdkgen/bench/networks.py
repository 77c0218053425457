"""The four networks that are measured, 224 x 224 RGB to 1000 classes, as PyTorch modules."""

from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import nn

from sdkgen import spec
from sdkgen.models.load import load

DEMO = Path(__file__).resolve().parents[2] / "sample_apps/photo_tagger/sdk.toml"
INPUT_SHAPE = (1, 3, 224, 224)
SEED = 20


def mobilenet_v2() -> nn.Module:
    """Sandler et al., arXiv:1801.04381: the network of the demo with its trained weights."""
    return load(spec.load(DEMO)).module


def mobilenet_v1() -> nn.Module:
    """Howard et al., arXiv:1704.04861, table 1, with ReLU6 as its authors released it."""
    widths = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]
    layers = [_convolution(3, 32, 3, stride=2, activation=nn.ReLU6)]
    channels = 32
    for width, stride in widths:
        layers.append(_convolution(channels, channels, 3, stride=stride, groups=channels, activation=nn.ReLU6))
        layers.append(_convolution(channels, width, 1, activation=nn.ReLU6))
        channels = width
    return seeded(nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 1000)))


def squeezenet_1_1() -> nn.Module:
    """Iandola et al., arXiv:1602.07360, in the version 1.1 of its authors' repository."""
    return seeded(
        nn.Sequential(
            nn.Conv2d(3, 64, 3, stride=2),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2),  # ceil_mode would change nothing: 111, 55 and 27 divide evenly
            _Fire(64, 16, 64),
            _Fire(128, 16, 64),
            nn.MaxPool2d(3, stride=2),
            _Fire(128, 32, 128),
            _Fire(256, 32, 128),
            nn.MaxPool2d(3, stride=2),
            _Fire(256, 48, 192),
            _Fire(384, 48, 192),
            _Fire(384, 64, 256),
            _Fire(512, 64, 256),
            nn.Conv2d(512, 1000, 1),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
        )
    )


def resnet_18() -> nn.Module:
    """He et al., arXiv:1512.03385, table 1."""
    layers: list[nn.Module] = [_convolution(3, 64, 7, stride=2, activation=nn.ReLU), nn.MaxPool2d(3, 2, padding=1)]
    channels = 64
    for width in (64, 128, 256, 512):
        layers += [_Residual(channels, width, stride=1 if width == 64 else 2), _Residual(width, width, stride=1)]
        channels = width
    return seeded(nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 1000)))


NETWORKS: Mapping[str, Callable[[], nn.Module]] = {
    "mobilenet_v2": mobilenet_v2,
    "mobilenet_v1": mobilenet_v1,
    "squeezenet_1_1": squeezenet_1_1,
    "resnet_18": resnet_18,
}


def inputs(count: int) -> list[tuple[torch.Tensor, ...]]:
    """Normally distributed inputs, the same in every run; their values do not change the executed instructions."""
    generator = torch.Generator().manual_seed(SEED)
    return [(torch.randn(INPUT_SHAPE, generator=generator),) for _ in range(count)]


class _Fire(nn.Module):
    """A 1x1 convolution to few channels, then 1x1 and 3x3 in parallel."""

    def __init__(self, channels: int, squeeze: int, expand: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, squeeze, 1)
        self.expand1 = nn.Conv2d(squeeze, expand, 1)
        self.expand3 = nn.Conv2d(squeeze, expand, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.squeeze(x))
        return torch.cat([torch.relu(self.expand1(x)), torch.relu(self.expand3(x))], 1)


class _Residual(nn.Module):
    """Two 3x3 convolutions with a shortcut, which is projected where its shape changes."""

    def __init__(self, channels: int, width: int, stride: int) -> None:
        super().__init__()
        self.first = _convolution(channels, width, 3, stride=stride, activation=nn.ReLU)
        self.second = _convolution(width, width, 3, activation=None)
        same = channels == width and stride == 1
        self.around = nn.Identity() if same else _convolution(channels, width, 1, stride=stride, activation=None)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.second(self.first(x)) + self.around(x))


def _convolution(
    channels: int, width: int, kernel: int, *, stride: int = 1, groups: int = 1, activation: type[nn.Module] | None
) -> nn.Module:
    convolution = nn.Conv2d(channels, width, kernel, stride, padding=kernel // 2, groups=groups, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(width), *([activation()] if activation else []))


def seeded(module: nn.Module) -> nn.Module:
    """Draw random weights (He et al., arXiv:1502.01852) and BatchNorm statistics that keep activations near one."""
    generator = torch.Generator().manual_seed(SEED)

    def normal(like: torch.Tensor, deviation: float) -> torch.Tensor:
        return torch.randn(like.shape, generator=generator) * deviation

    for part in module.modules():
        if isinstance(part, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            part.weight.data = normal(part.weight, (2 / part.weight[0].numel()) ** 0.5)
            if part.bias is not None:
                part.bias.data = normal(part.bias, 0.1)
        elif isinstance(part, nn.BatchNorm2d):
            assert part.running_mean is not None and part.running_var is not None
            part.running_mean = normal(part.running_mean, 0.2)
            part.running_var = 0.7 + 0.6 * torch.rand(part.running_var.shape, generator=generator)
            part.weight.data = 0.8 + 0.4 * torch.rand(part.weight.shape, generator=generator)
            part.bias.data = normal(part.bias, 0.2)
    return module.eval().requires_grad_(False)
