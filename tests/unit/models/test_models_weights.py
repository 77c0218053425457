"""Checkpoints: read without executing them, and refused with names when they do not fit or hold NaN."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from sdkgen.errors import ModelError
from sdkgen.files import sha256_file
from sdkgen.models.load import load
from sdkgen.spec.values import SdkSpec
from tests.unit.models.conftest import NETWORK

Project = Callable[..., SdkSpec]
PTH = 'weights = "weights.pth"'


class _Net(nn.Module):
    """The names and shapes of the network in conftest.py."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm, self.linear = nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Linear(8, 4)


@pytest.fixture
def state() -> dict[str, torch.Tensor]:
    torch.manual_seed(1)
    return dict(_Net().state_dict())


def _fails(spec: SdkSpec, *parts: str) -> None:
    with pytest.raises(ModelError) as caught:
        load(spec)
    for part in parts:
        assert part in str(caught.value)


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


@pytest.mark.parametrize(
    ("first", "second"),
    [("state_dict", "state_dict_ema"), ("model", "model_ema"), ("params", "params_ema"), ("net", "ema_state_dict")],
)
def test_two_networks_in_a_checkpoint_need_a_choice(
    first: str, second: str, state: dict[str, torch.Tensor], project: Project, tmp_path: Path
) -> None:
    averaged = {f"module.{name}": tensor + 1 for name, tensor in state.items()}
    content = {"epoch": 3, first: state, second: averaged, "optimizer": {"state": {0: {"m": torch.ones(1)}}}}
    torch.save(content, tmp_path / "weights.pth")
    _fails(project(model=PTH), f'holds 2 networks that fit: "{first}", "{second}"', f'weights_key = "{second}"')
    for key, tensors in ((first, state), (second, {name.removeprefix("module."): t for name, t in averaged.items()})):
        torch.save(content, tmp_path / "weights.pth")
        loaded = load(project(model=f'{PTH}\nweights_key = "{key}"')).module.state_dict()
        assert all(torch.equal(loaded[name], tensor) for name, tensor in tensors.items())


def test_the_only_network_that_fits_is_taken(state: dict[str, torch.Tensor], project: Project, tmp_path: Path) -> None:
    content = {"discriminator": {"a.weight": torch.ones(3)}, "generator": state, "loss": torch.tensor(0.5)}
    torch.save(content, tmp_path / "weights.pth")
    loaded = load(project(model=PTH)).module.state_dict()
    assert torch.equal(loaded["conv.weight"], state["conv.weight"])


def test_a_key_that_is_not_there(state: dict[str, torch.Tensor], project: Project, tmp_path: Path) -> None:
    model = f'{PTH}\nweights_key = "ema"'
    torch.save({"model": state, "model_ema": state}, tmp_path / "weights.pth")
    _fails(project(model=model), 'weights_key names "ema"', 'It holds "model", "model_ema".')
    torch.save(state, tmp_path / "weights.pth")
    _fails(project(model=model), "The file is a state dict itself: leave it out.")


@pytest.mark.parametrize(
    ("prefix", "note"),
    [
        ("module.", 'names without the prefix "module."'),
        ("_orig_mod.", 'names without "_orig_mod"'),
        ("module._orig_mod.", 'names without the prefix "module."'),
        ("_orig_mod.module.", 'names without the prefix "module."'),
        ("model.", 'names without the prefix "model."'),
        ("model._orig_mod.", 'names without the prefix "model."'),
        ("_fsdp_wrapped_module.net.", 'names without the prefix "net."'),
        ("task.backbone.", 'names without the prefix "task.backbone."'),
    ],
)
@pytest.mark.parametrize("key", [None, "state_dict"])
def test_prefixes_of_wrappers_are_stripped_with_a_note(
    key: str | None,
    prefix: str,
    note: str,
    state: dict[str, torch.Tensor],
    project: Project,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    prefixed = {prefix + name: tensor for name, tensor in state.items()}
    torch.save(prefixed if key is None else {key: prefixed, "epoch": 1}, tmp_path / "weights.pth")
    loaded = load(project(model=PTH)).module.state_dict()
    assert all(torch.equal(loaded[name], tensor) for name, tensor in state.items())
    said = capsys.readouterr().err
    assert "note: " in said and f"weights.pth: {note}\n" in said


def test_a_checkpoint_without_prefix_is_loaded_without_a_note(
    state: dict[str, torch.Tensor], project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.save(state, tmp_path / "weights.pth")
    load(project(model=PTH))
    assert capsys.readouterr() == ("", "")


def test_a_part_of_the_network_that_was_compiled(
    state: dict[str, torch.Tensor], project: Project, tmp_path: Path
) -> None:
    torch.save({name.replace(".", "._orig_mod."): tensor for name, tensor in state.items()}, tmp_path / "weights.pth")
    loaded = load(project(model=PTH)).module.state_dict()
    assert torch.equal(loaded["conv.weight"], state["conv.weight"])


@pytest.mark.parametrize(
    ("prefix", "more", "left"),
    [("module.", "n_averaged", '"n_averaged"'), ("model.", "criterion.weight", '"criterion.weight"')],
)
def test_what_trained_beside_the_network_is_left_out_with_a_note(
    prefix: str,
    more: str,
    left: str,
    state: dict[str, torch.Tensor],
    project: Project,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    prefixed = {prefix + name: tensor for name, tensor in state.items()}
    torch.save({"state_dict": {more: torch.tensor(4.0), **prefixed}}, tmp_path / "weights.pth")
    loaded = load(project(model=PTH)).module.state_dict()
    assert torch.equal(loaded["conv.weight"], state["conv.weight"])
    assert f"1 outside of it left out: {left}" in capsys.readouterr().err


def test_two_networks_under_two_prefixes(state: dict[str, torch.Tensor], project: Project, tmp_path: Path) -> None:
    both = {f"{prefix}.{name}": tensor for prefix in ("student", "teacher") for name, tensor in state.items()}
    torch.save({"state_dict": both}, tmp_path / "weights.pth")
    _fails(project(model=PTH), 'holds 2 networks that fit: "student.*", "teacher.*"', "the one that is meant")


def test_a_network_that_has_the_prefix_itself_keeps_it(project: Project, tmp_path: Path) -> None:
    code = NETWORK.replace("return Net(**arguments)", "return Outer()") + (
        "\n\nclass Outer(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.model = Net()\n\n    def forward(self, x):\n        return self.model(x)\n"
    )
    tensors = {f"model.{name}": tensor + 1 for name, tensor in _Net().state_dict().items()}
    torch.save(tensors, tmp_path / "weights.pth")
    loaded = load(project(code, model=PTH)).module.state_dict()
    assert torch.equal(loaded["model.linear.bias"], tensors["model.linear.bias"])


@pytest.mark.parametrize(
    ("name", "dtype", "kinds"),
    [
        ("conv.weight", torch.complex64, "is complex64 in the file, float32 in the network"),
        ("conv.weight", torch.int8, "is int8 in the file, float32 in the network"),
        ("linear.bias", torch.bool, "is bool in the file, float32 in the network"),
    ],
)
def test_a_cast_that_loses_values_is_refused(
    name: str, dtype: torch.dtype, kinds: str, state: dict[str, torch.Tensor], project: Project, tmp_path: Path
) -> None:
    torch.save(state | {name: state[name].to(dtype)}, tmp_path / "weights.pth")
    _fails(project(model=PTH), f'weights.pth: the tensor "{name}" {kinds}', "Save the float32 weights")


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
    _fails(spec, f"weights.pth: {said}", "nothing in it was executed", "model.state_dict()")
    assert not touched.exists()
    assert spec.model.weights is not None
    if save.startswith("pickle"):
        pickle.loads(spec.model.weights.read_bytes())
    else:
        torch.load(spec.model.weights, weights_only=False)
    assert touched.exists(), "the bomb is no bomb: the test proves nothing"


def test_hash_is_checked_before_the_file_is_read(project: Project, tmp_path: Path) -> None:
    (tmp_path / "weights.pth").write_bytes(b"not a checkpoint at all")
    _fails(project(model=f'{PTH}\nweights_sha256 = "{"0" * 64}"'), "not the file that the spec pins", "sha256 found")


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
        _fails(project(model=f'weights = "weights.{suffix}"'), f"weights.{suffix}: not a readable")


@pytest.mark.parametrize(
    ("checkpoint", "said"),
    [([1, 2], "holds no state dict but a list"), ({}, "an empty dict"), ({"a": 1}, '"a" is a int, not a tensor')],
)
def test_no_state_dict(checkpoint: Any, said: str, project: Project, tmp_path: Path) -> None:
    torch.save(checkpoint, tmp_path / "weights.pth")
    _fails(project(model=PTH), said)


def test_names_that_do_not_match(state: dict[str, torch.Tensor], project: Project, tmp_path: Path) -> None:
    renamed = {name.replace("linear.", "linaer."): tensor for name, tensor in state.items()}
    torch.save(renamed, tmp_path / "weights.pth")
    _fails(
        project(model=PTH),
        'missing in the file (2): "linear.weight" (like "linaer.weight"?)',
        'not in the network (2): "linaer.weight" (like "linear.weight"?)',
    )


def test_another_network(project: Project, tmp_path: Path) -> None:
    torch.save({f"layer{i}.weight": torch.zeros(1) for i in range(9)}, tmp_path / "weights.pth")
    _fails(project(model=PTH), 'not in the network (9): "layer0.weight"', "and 4 more", "missing in the file (8)")


def test_other_shapes(state: dict[str, torch.Tensor], project: Project, tmp_path: Path) -> None:
    torch.save(state | {"linear.weight": torch.zeros(7, 8)}, tmp_path / "weights.pth")
    _fails(project(model=PTH), 'other shapes (1): "linear.weight" is [7, 8] in the file, [4, 8] in the network')


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("name", ["conv.weight", "norm.running_var"])
def test_values_that_are_not_finite(
    name: str, value: float, state: dict[str, torch.Tensor], project: Project, tmp_path: Path
) -> None:
    state[name].view(-1)[1] = value
    torch.save(state, tmp_path / "weights.pth")
    _fails(project(model=PTH), f'the weights "{name}" have 1 NaN or infinite values')
