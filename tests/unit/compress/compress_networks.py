"""Small seeded networks and the spec that compresses them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import nn

from sdkgen.models.sources.torch_factory import TorchFactory
from sdkgen.spec.values import Budgets, DataSpec, PassSpec, SdkSpec, TensorInput
from sdkgen.targets.android import AndroidTarget
from sdkgen.tasks.tensor import TensorTask
from sdkgen.types import JsonValue

FOLD = ("fold_batch_norm", {})
PTQ = ("int8_ptq", {})


def spec(*passes: tuple[str, Mapping[str, JsonValue]]) -> SdkSpec:
    return SdkSpec(
        origin=Path("sdk.toml"),
        name="sample",
        version="1.0.0",
        description="",
        vendor="",
        license="",
        model=TorchFactory(factory="model:make", arguments={}, weights=None, weights_sha256=None),
        inputs=(TensorInput(name="image", shape=(1, 3, 16, 16)),),
        task=TensorTask(outputs=("scores",)),
        data=DataSpec(calibration=(), evaluation=(), calibration_crops=1, evaluation_crops=1),
        passes=tuple(PassSpec(name=name, options=options) for name, options in passes),
        budgets=Budgets(download_bytes=None, min_snr_db=None, min_top1_agreement=None),
        targets={"android": AndroidTarget(package="com.example", min_sdk=26, abis=("arm64-v8a",))},
    )


def samples(count: int, *shape: int) -> list[tuple[torch.Tensor, ...]]:
    generator = torch.Generator().manual_seed(7)
    return [(torch.randn(1, *shape, generator=generator),) for _ in range(count)]


def seeded(module: nn.Module) -> nn.Module:
    """Random weights and BatchNorm statistics that keep the activations at the size of one."""
    generator = torch.Generator().manual_seed(3)
    for part in module.modules():
        if isinstance(part, (nn.Conv2d, nn.Linear)):
            fan_in = part.weight[0].numel()
            part.weight.data = torch.randn(part.weight.shape, generator=generator) * (2 / fan_in) ** 0.5
            if part.bias is not None:
                part.bias.data = torch.randn(part.bias.shape, generator=generator) * 0.1
        if isinstance(part, (nn.BatchNorm1d, nn.BatchNorm2d)):
            size = part.running_mean.shape
            part.running_mean = torch.randn(size, generator=generator) * 0.3
            part.running_var = torch.rand(size, generator=generator) + 0.5
            if part.weight is not None:
                part.weight.data = torch.rand(size, generator=generator) + 0.5
                part.bias.data = torch.randn(size, generator=generator) * 0.2
    return module.eval()


def conv_norm(inputs: int, outputs: int, *, groups: int = 1, kernel: int = 3, clamp: bool = True) -> nn.Sequential:
    layers: Sequence[nn.Module] = (
        nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        *([nn.ReLU6(inplace=True)] if clamp else []),
    )
    return nn.Sequential(*layers)


class Bottlenecks(nn.Module):
    """MobileNetV2 in small: inverted residual, dropout, linear classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = conv_norm(3, 8)
        self.block = nn.Sequential(
            conv_norm(8, 16, kernel=1), conv_norm(16, 16, groups=16), conv_norm(16, 8, kernel=1, clamp=False)
        )
        self.dropout = nn.Dropout(0.2)
        self.classifier = nn.Linear(8, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x)
        x = x + self.block(x)
        x = nn.functional.adaptive_avg_pool2d(x, (1, 1))
        return self.classifier(self.dropout(torch.flatten(x, 1)))


class Residual(nn.Module):
    """ResNet in small: addition and ReLU as one, a projection on the shortcut, max pooling."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 7, stride=2, padding=3, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.conv = nn.Conv2d(8, 16, 3, stride=2, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(16)
        self.shortcut = nn.Sequential(nn.Conv2d(8, 16, 1, stride=2, bias=False), nn.BatchNorm2d(16))
        self.fc = nn.Linear(16, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = nn.functional.max_pool2d(torch.relu(self.norm(self.stem(x))), 3, 2, 1)
        x = self.norm2(self.conv(x)) + self.shortcut(x)
        return torch.softmax(self.fc(torch.relu_(x).mean((2, 3))), dim=1)


class Fire(nn.Module):
    """SqueezeNet in small: concatenated branches, max pooling, a convolution as classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(3, 4, 1)
        self.left = nn.Conv2d(4, 8, 1)
        self.right = nn.Conv2d(4, 8, 3, padding="same")
        self.classifier = nn.Conv2d(16, 6, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.squeeze(x))
        x = torch.cat([torch.relu(self.left(x)), torch.relu(self.right(x))], 1)
        x = nn.functional.max_pool2d(x, 3, 2, ceil_mode=True)
        x = torch.relu(self.classifier(nn.functional.dropout(x, training=self.training)))
        return torch.flatten(nn.functional.adaptive_avg_pool2d(x, (1, 1)), 1)
