"""A folder with a toy that trains in a second: squares in four corners, a network of two widths, and [search]."""

from pathlib import Path

import pytest

SPEC = """\
[sdk]
name = "corners"
version = "1.0.0"

[model]
factory = "model:network"

[input]
kind = "tensor"
tensors = [{name = "picture", shape = [1, 3, 12, 12]}]

[task]
kind = "classification"
labels = "names/labels.txt"

[data]
calibration = ["calibration.safetensors"]
evaluation = ["evaluation.safetensors"]

[training]
data = "data:squares"
epochs = 2
batch_size = 32
learning_rate = 0.01

[[compress]]
pass = "fold_batch_norm"

[[compress]]
pass = "int8_ptq"

[search]
trials = 6
seed = 3

[search.arguments]
width = [8, 16]

[[search.passes]]
pass = "structured_pruning"
macs_fraction = {min = 0.4, max = 0.9}
importance = "taylor"
iterations = 1

[[search.passes]]
pass = "cluster_weights"
bits = [4, 6]
epochs = 0

[[search.passes]]
pass = "int8_ptq"
activation_range = "min_max"
weight_range = ["mse", "min_max"]

[targets.android]
package = "com.example.corners"
"""
MODEL = '''
"""The network of the toy."""

from torch import nn


def network(width=16):
    layers = [nn.Conv2d(3, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
    layers += [nn.Conv2d(width, 2 * width, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(2 * width), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(8 * width, 4))
'''
DATA = '''
"""Noisy pictures with a bright square in one of four corners; the corner is the label."""

import torch


class Squares:
    def __init__(self, count, seed):
        generator = torch.Generator().manual_seed(seed)
        self.labels = torch.arange(count) % 4
        self.pictures = torch.randn(count, 3, 12, 12, generator=generator)
        for picture, label in zip(self.pictures, self.labels.tolist(), strict=True):
            row, column = 6 * (label // 2), 6 * (label % 2)
            picture[:, row : row + 6, column : column + 6] += 0.6

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        # Drawn anew each time, as augmentation does: the same figures must come out in another process.
        return self.pictures[index] + 0.1 * torch.randn(3, 12, 12), int(self.labels[index])


def squares():
    return Squares(256, 1), Squares(200, 2)
'''


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sdk.toml, in a folder of its own; what is trained stays in this test's cache."""
    import numpy as np
    from safetensors.numpy import save_file

    monkeypatch.setenv("SDKGEN_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "toy"
    (folder / "names").mkdir(parents=True)
    (folder / "names" / "labels.txt").write_text("a\nb\nc\nd\n")
    generator = np.random.default_rng(0)
    for name in ("calibration", "evaluation"):
        picture = generator.standard_normal((1, 3, 12, 12)).astype(np.float32)
        save_file({"picture": picture}, folder / f"{name}.safetensors")
    (folder / "model.py").write_text(MODEL)
    (folder / "data.py").write_text(DATA)
    (folder / "sdk.toml").write_text(SPEC)
    return folder / "sdk.toml"
