"""The train step in a process of its own, interrupted in the middle: it goes on, and ends with the same bytes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

ROOT = Path(__file__).resolve().parents[3]
SPEC = """
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
labels = ["a", "b", "c", "d"]

[data]
calibration = ["calibration.safetensors"]
evaluation = ["evaluation.safetensors"]

[training]
data = "data:squares"
epochs = 4
batch_size = 32

[training.teacher]
factory = "model:teacher"
epochs = 1

[[compress]]
pass = "int8_ptq"

[targets.android]
package = "com.example.corners"
"""
MODEL = """
from training_samples import Small
network = lambda: Small(16)
teacher = lambda: Small(24)
"""
# Slow enough to be caught in the middle of an epoch.
DATA = """
import time
from training_samples import Squares

class Slow(Squares):
    def __getitem__(self, index):
        time.sleep(0.002)
        return super().__getitem__(index)

squares = lambda: (Slow(256, 1), Squares(64, 2))
"""


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corners")
    helper = (Path(__file__).parent / "training_samples.py").read_text()
    for name, text in (("sdk.toml", SPEC), ("model.py", MODEL), ("data.py", DATA), ("training_samples.py", helper)):
        (folder / name).write_text(text)
    for name in ("calibration", "evaluation"):
        save_file({"picture": torch.zeros(1, 3, 12, 12)}, folder / f"{name}.safetensors")
    return folder / "sdk.toml"


def _start(spec: Path, folder: Path) -> subprocess.Popen[str]:
    arguments = [f"--{name}={folder / name}" for name in ("build", "host", "dist")]
    command = [sys.executable, "-m", "sdkgen", "train", f"--spec={spec}", *arguments]
    environment = {**os.environ, "SDKGEN_CACHE": str(folder / "cache")}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)


def _weights(folder: Path) -> list[bytes]:
    return [(folder / "build/train" / f"{role}.safetensors").read_bytes() for role in ("teacher", "network")]


@pytest.fixture(scope="module")
def uninterrupted(spec: Path, tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    folder = tmp_path_factory.mktemp("whole")
    _, said = (process := _start(spec, folder)).communicate(timeout=300)
    assert process.returncode == 0, said
    return _weights(folder)


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_at_most_one_epoch_is_lost(
    sent: signal.Signals, code: int, spec: Path, uninterrupted: list[bytes], tmp_path: Path
) -> None:
    with _start(spec, tmp_path) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "training the network: epoch 2/4 done" in line:
                break
        time.sleep(0.2)  # into the third epoch
        process.send_signal(sent)
        rest = process.stderr.read()
    assert process.returncode == code, rest
    assert "Traceback" not in rest
    assert ("interrupted; a training continues" in rest) == (sent is signal.SIGINT)
    assert not (tmp_path / "build/train/network.safetensors").exists()

    _, said = (process := _start(spec, tmp_path)).communicate(timeout=300)
    assert process.returncode == 0, said
    assert "epoch 3/4 done" in said
    assert "epoch 2/4 done" not in said and "training the teacher" not in said
    assert _weights(tmp_path) == uninterrupted
