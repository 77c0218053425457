"""Checkpoints: read without executing them, and refused with names when they do not fit or hold NaN."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from sdkgen.files import sha256_file
from sdkgen.models.load import load
from sdkgen.spec.values import SdkSpec
from tests.unit.models.conftest import PTH, fails

Project = Callable[..., SdkSpec]


def _wrappers() -> list[Callable[[dict[str, torch.Tensor]], Any]]:
    return [
        lambda state: state,
        lambda state: {"state_dict": state, "epoch": 3},
        lambda state: {"model": state, "optimizer": {"lr": 0.1}},
        lambda state: {f"module.{name}": tensor for name, tensor in state.items()},
        lambda state: {name: tensor for name, tensor in state.items() if "num_batches" not in name},
        lambda state: {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in state.items()},
    ]


@pytest.mark.parametrize("wrap", _wrappers())
def test_torch_checkpoint(
    wrap: Callable[..., Any], state: dict[str, torch.Tensor], project: Project, tmp_path: Path
) -> None:
    torch.save(wrap(state), tmp_path / "weights.pth")
    loaded = load(project(model=PTH))
    assert loaded.module.state_dict()["conv.weight"].dtype == torch.float32
    torch.testing.assert_close(loaded.module.state_dict()["conv.weight"], state["conv.weight"], rtol=1e-3, atol=1e-3)


def test_safetensors_and_hash(state: dict[str, torch.Tensor], project: Project, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    save_file(state, path)
    digest = sha256_file(path)
    loaded = load(project(model=f'weights = "weights.safetensors"\nweights_sha256 = "{digest}"'))
    assert torch.equal(loaded.module.state_dict()["linear.weight"], state["linear.weight"])


class _Bomb:
    """Unpickling it would make a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("save", ["zip", "legacy", "pickle 2", "pickle 4"])
def test_pickle_bomb_is_refused_and_not_executed(
    save: str, state: dict[str, torch.Tensor], project: Project, tmp_path: Path
) -> None:
    touched = tmp_path / "touched"
    checkpoint = {"state_dict": state, "extra": _Bomb(touched)}
    path = tmp_path / "weights.pth"
    if save.startswith("pickle"):
        path.write_bytes(pickle.dumps(_Bomb(touched), protocol=int(save[-1])))
    else:
        torch.save(checkpoint, path, _use_new_zipfile_serialization=save == "zip")
    spec = project(model=PTH)
    # torch's safe reader does not know protocol 4 at all, so it cannot say what the file holds.
    said = "not a readable torch checkpoint" if save == "pickle 4" else "refused, because the checkpoint holds Python"
    fails(spec, f"weights.pth: {said}", "nothing in it was executed", "model.state_dict()")
    assert not touched.exists()
    assert spec.model.weights is not None
    if save.startswith("pickle"):
        pickle.loads(spec.model.weights.read_bytes())
    else:
        torch.load(spec.model.weights, weights_only=False)
    assert touched.exists(), "the bomb is no bomb: the test proves nothing"


def test_hash_is_checked_before_the_file_is_read(project: Project, tmp_path: Path) -> None:
    (tmp_path / "weights.pth").write_bytes(b"not a checkpoint at all")
    fails(project(model=f'{PTH}\nweights_sha256 = "{"0" * 64}"'), "not the file that the spec pins", "sha256 found")


@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
def test_damaged_file(suffix: str, state: dict[str, torch.Tensor], project: Project, tmp_path: Path) -> None:
    path = tmp_path / f"weights.{suffix}"
    if suffix == "pth":
        torch.save(state, path)
    else:
        save_file(state, path)
    whole = path.read_bytes()
    for content in (b"", b"x", whole[: len(whole) // 2], b"hello, world, this is text\n" * 9):
        path.write_bytes(content)
        fails(project(model=f'weights = "weights.{suffix}"'), f"weights.{suffix}: not a readable")


@pytest.mark.parametrize(
    ("checkpoint", "said"),
    [([1, 2], "holds no state dict but a list"), ({}, "an empty dict"), ({"a": 1}, '"a" is a int, not a tensor')],
)
def test_no_state_dict(checkpoint: Any, said: str, project: Project, tmp_path: Path) -> None:
    torch.save(checkpoint, tmp_path / "weights.pth")
    fails(project(model=PTH), said)


def test_names_that_do_not_match(state: dict[str, torch.Tensor], project: Project, tmp_path: Path) -> None:
    renamed = {name.replace("linear.", "linaer."): tensor for name, tensor in state.items()}
    torch.save(renamed, tmp_path / "weights.pth")
    fails(
        project(model=PTH),
        'missing in the file (2): "linear.weight" (like "linaer.weight"?)',
        'not in the network (2): "linaer.weight" (like "linear.weight"?)',
    )


def test_another_network(project: Project, tmp_path: Path) -> None:
    torch.save({f"layer{i}.weight": torch.zeros(1) for i in range(9)}, tmp_path / "weights.pth")
    fails(project(model=PTH), 'not in the network (9): "layer0.weight"', "and 4 more", "missing in the file (8)")


def test_other_shapes(state: dict[str, torch.Tensor], project: Project, tmp_path: Path) -> None:
    torch.save(state | {"linear.weight": torch.zeros(7, 8)}, tmp_path / "weights.pth")
    fails(project(model=PTH), 'other shapes (1): "linear.weight" is [7, 8] in the file, [4, 8] in the network')


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("name", ["conv.weight", "norm.running_var"])
def test_values_that_are_not_finite(
    name: str, value: float, state: dict[str, torch.Tensor], project: Project, tmp_path: Path
) -> None:
    state[name].view(-1)[1] = value
    torch.save(state, tmp_path / "weights.pth")
    fails(project(model=PTH), f'the weights "{name}" have 1 NaN or infinite values')
