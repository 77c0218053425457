"""A learnable data set in miniature, networks for it, and the Training that passes get."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from sdkgen.compress.network import Network, Training
from sdkgen.compress.training.data import LabelledData, labelled_data
from sdkgen.spec.check import configured
from sdkgen.spec.values import TeacherSpec, TrainingSpec

SHAPE = (3, 12, 12)
CLASSES = 4


class Squares:
    """Noisy pictures with a bright square in one of four corners; the corner is the label."""

    def __init__(self, count: int, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        self.labels = torch.arange(count) % CLASSES
        self.pictures = 0.5 * torch.randn(count, *SHAPE, generator=generator)
        for picture, label in zip(self.pictures, self.labels.tolist(), strict=True):
            row, column = 6 * (label // 2), 6 * (label % 2)
            picture[:, row : row + 6, column : column + 6] += 1.0

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self.pictures[index], int(self.labels[index])


class Varied(Squares):
    """Each time another brightness and another noise, drawn from every generator that is at hand without asking."""

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        picture, label = super().__getitem__(index)
        noise = torch.from_numpy(np.random.standard_normal(SHAPE).astype(np.float32))
        return picture * (0.5 + torch.rand(1)) + 0.1 * noise + 0.1 * random.random(), label


def data(training: int = 256, evaluation: int = 128, kind: type[Squares] = Squares) -> LabelledData:
    made = (kind(training, 1), kind(evaluation, 2))
    return labelled_data(made, shape=SHAPE, classes=CLASSES, origin="data:squares")


class Small(nn.Module):
    """Convolution, residual, concatenation, separable convolution; the corners survive the pooling to 2 × 2."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU())
        self.body = nn.Sequential(nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width))
        self.depthwise = nn.Conv2d(width, width, 3, stride=2, padding=1, groups=width)
        self.pointwise = nn.Sequential(nn.Conv2d(width, 2 * width, 1), nn.ReLU6(inplace=True))
        self.side = nn.Conv2d(width, width, 3, stride=2, padding=1)
        self.mix = nn.Conv2d(3 * width, width, 1)
        self.head = nn.Linear(width * 4, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x)
        x = torch.relu(self.body(x) + x)
        x = torch.cat([self.pointwise(self.depthwise(x)), torch.relu(self.side(x))], 1)
        x = torch.relu(self.mix(x))
        return self.head(torch.flatten(nn.functional.adaptive_avg_pool2d(x, 2), 1))


def settings(teacher: TeacherSpec | None = None, *, epochs: int = 2, seed: int = 5) -> TrainingSpec:
    return TrainingSpec(
        data="data:squares",
        arguments={},
        loss="cross_entropy",
        epochs=epochs,
        batch_size=32,
        threads=2,
        learning_rate=0.01,
        weight_decay=0.0,
        seed=seed,
        teacher=teacher,
    )


TEACHER = TeacherSpec(
    factory="model:teacher",
    arguments={},
    epochs=1,
    learning_rate=0.01,
    temperature=2.0,
    weight=0.5,
    hint=None,
    hint_weight=1.0,
)


def network(folder: Path, module: nn.Module, *, teacher: nn.Module | None = None, trains: bool = True) -> Network:
    """`module` between two passes, with training data when it `trains`."""
    labelled = data()
    calibration = tuple((labelled.train.dataset[index][0][None],) for index in range(16))
    training = Training(
        settings=settings(TEACHER if teacher is not None else None), data=labelled, teacher=teacher, folder=folder
    )
    return Network(
        module=module.eval().requires_grad_(False),
        example_inputs=(torch.randn(1, *SHAPE, generator=torch.Generator().manual_seed(1)),),
        calibration=calibration,
        training=training if trains else None,
    )


def applied(name: str) -> Any:
    """Runs the pass `name` with options as a spec has them: (network or program, options) to (result, report)."""
    return lambda state, options: configured(name, options).run(state)


def seeded_network(seed: int = 11, width: int = 16) -> nn.Module:
    torch.manual_seed(seed)
    return Small(width)
