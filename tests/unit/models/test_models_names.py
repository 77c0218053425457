"""The network in a checkpoint: which of several is meant, names without prefixes, and types that lose nothing."""

from pathlib import Path

import pytest
import torch

from sdkgen.models.load import load
from tests.unit.models.conftest import NETWORK, PTH, Net, Project, fails


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
    fails(project(model=PTH), f'holds 2 networks that fit: "{first}", "{second}"', f'weights_key = "{second}"')
    for key, tensors in ((first, state), (second, {name.removeprefix("module."): t for name, t in averaged.items()})):
        torch.save(content, tmp_path / "weights.pth")
        loaded = load(project(model=f'{PTH}\nweights_key = "{key}"')).module.state_dict()
        assert all(torch.equal(loaded[name], tensor) for name, tensor in tensors.items())


def test_the_only_network_that_fits_is_taken(state: dict[str, torch.Tensor], project: Project, tmp_path: Path) -> None:
    content = {"discriminator": {"a.weight": torch.ones(3)}, "generator": state, "loss": torch.tensor(0.5)}
    torch.save(content, tmp_path / "weights.pth")
    loaded = load(project(model=PTH)).module.state_dict()
    assert torch.equal(loaded["conv.weight"], state["conv.weight"])


def test_a_second_network_beside_the_tensors_of_the_first(
    state: dict[str, torch.Tensor], project: Project, tmp_path: Path
) -> None:
    torch.save({**state, "ema": {name: tensor + 1 for name, tensor in state.items()}}, tmp_path / "weights.pth")
    fails(project(model=PTH), 'holds 2 networks that fit: "ema" and at its top level', 'weights_key = "ema"')


def test_a_key_that_is_not_there(state: dict[str, torch.Tensor], project: Project, tmp_path: Path) -> None:
    model = f'{PTH}\nweights_key = "ema"'
    torch.save({"model": state, "model_ema": state}, tmp_path / "weights.pth")
    fails(project(model=model), 'weights_key names "ema"', 'It holds "model", "model_ema".')
    torch.save(state, tmp_path / "weights.pth")
    fails(project(model=model), "The file is a state dict itself: leave it out.")


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
    fails(project(model=PTH), 'holds 2 networks that fit: "student.*", "teacher.*"', "the one that is meant")


def test_a_network_that_has_the_prefix_itself_keeps_it(project: Project, tmp_path: Path) -> None:
    code = NETWORK.replace("return Net(**arguments)", "return Outer()") + (
        "\n\nclass Outer(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.model = Net()\n\n    def forward(self, x):\n        return self.model(x)\n"
    )
    tensors = {f"model.{name}": tensor + 1 for name, tensor in Net().state_dict().items()}
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
    fails(project(model=PTH), f'weights.pth: the tensor "{name}" {kinds}', "Save the float32 weights")
