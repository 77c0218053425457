"""Writes small projects (sdk.toml and model.py) and loads their specs."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from sdkgen import spec
from sdkgen.errors import ModelError
from sdkgen.models.load import load
from sdkgen.spec.values import SdkSpec

SPEC = """
[sdk]
name = "tiny"
version = "1.0.0"

[model]
factory = "{factory}"
{model}

[input]
kind = "tensor"
tensors = [{{name = "x", shape = [1, 3, 8, 8]}}]

[task]
{task}

[data]
calibration = ["a.safetensors"]
evaluation = ["b.safetensors"]

[[compress]]
pass = "int8_ptq"

[targets.android]
package = "com.example.tiny"
"""
CLASSIFICATION = 'kind = "classification"\nlabels = ["cat", "dog", "bird", "fish"]'
NETWORK = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, classes=4):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.norm = nn.BatchNorm2d(8)
        self.linear = nn.Linear(8, classes)

    def forward(self, x):
        x = torch.relu(self.norm(self.conv(x))).mean((2, 3))
        return self.linear(x)


def build(**arguments):
    return Net(**arguments)
"""

Project = Callable[..., SdkSpec]
PTH = 'weights = "weights.pth"'


class Net(nn.Module):
    """The names and shapes of the network in NETWORK."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm, self.linear = nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Linear(8, 4)


@pytest.fixture
def state() -> dict[str, torch.Tensor]:
    torch.manual_seed(1)
    return dict(Net().state_dict())


def fails(spec: SdkSpec, *parts: str) -> None:
    with pytest.raises(ModelError) as caught:
        load(spec)
    for part in parts:
        assert part in str(caught.value)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Write model.py and sdk.toml into a new folder, and load the spec."""
    count = 0

    def write(
        code: str = NETWORK, *, factory: str = "model:build", model: str = "", task: str = CLASSIFICATION
    ) -> SdkSpec:
        nonlocal count
        count += 1
        folder = tmp_path / f"project{count}"
        folder.mkdir()
        for name in ("a.safetensors", "b.safetensors"):
            (folder / name).write_bytes(b"")
        for file in tmp_path.glob("weights.*"):
            file.rename(folder / file.name)
        (folder / "model.py").write_text(code, encoding="utf-8")
        (folder / "sdk.toml").write_text(SPEC.format(factory=factory, model=model, task=task), encoding="utf-8")
        return spec.load(folder / "sdk.toml")

    return write
