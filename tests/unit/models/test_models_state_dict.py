"""What torch's own load_state_dict takes: hooks, extra state, ties, lazy and meta modules, sparse tensors."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_model
from torch import nn

from sdkgen.models.load import load
from sdkgen.spec.values import SdkSpec
from tests.unit.models.conftest import NETWORK, PTH, Project, fails

HEAD = "import torch\nfrom torch import nn\n"
NORMED = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 4, 8))

    def forward(self, x):
        return self.conv(x).flatten(1)
"""
RENAMED = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 8)

    def _load_from_state_dict(self, state, prefix, *rest):
        for end in ("weight", "bias"):
            if f"{prefix}old.{end}" in state:
                state[f"{prefix}conv.{end}"] = state.pop(f"{prefix}old.{end}")
        super()._load_from_state_dict(state, prefix, *rest)

    def forward(self, x):
        return self.conv(x).flatten(1)
"""
EXTRA = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.factor = nn.Conv2d(3, 4, 8), 1.0

    def get_extra_state(self):
        return {"factor": self.factor}

    def set_extra_state(self, value):
        self.factor = value["factor"]

    def forward(self, x):
        return self.factor * self.conv(x).flatten(1)
"""
TIED = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 3, 1), nn.Conv2d(3, 3, 1)
        self.second.weight = self.first.weight
        self.conv = nn.Conv2d(3, 4, 8)

    def forward(self, x):
        return self.conv(self.second(self.first(x))).flatten(1)
"""
LAZY = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.LazyConv2d(4, 8), nn.LazyBatchNorm2d()

    def forward(self, x):
        return self.norm(self.conv(x)).flatten(1)
"""
BUILD = "\ndef build():\n    return Net()\n"


def _module(code: str) -> nn.Module:
    scope: dict[str, Any] = {"__name__": "twin"}
    exec(HEAD + code + BUILD, scope)
    torch.manual_seed(5)
    made = scope["build"]()
    assert isinstance(made, nn.Module)
    return made.eval()


def _same_answers(spec: SdkSpec, trained: nn.Module) -> None:
    loaded = load(spec)
    with torch.no_grad():
        torch.testing.assert_close(loaded.module(*loaded.example_inputs), trained(*loaded.example_inputs))


def test_names_of_an_older_parametrisation(project: Project, tmp_path: Path) -> None:
    trained = _module(NORMED)
    new = "conv.parametrizations.weight.original"
    names = {f"{new}0": "conv.weight_g", f"{new}1": "conv.weight_v"}
    torch.save({names.get(name, name): t for name, t in trained.state_dict().items()}, tmp_path / "weights.pth")
    _same_answers(project(HEAD + NORMED + BUILD, model=PTH), trained)


def test_names_that_a_load_hook_changes(project: Project, tmp_path: Path) -> None:
    trained = _module(RENAMED)
    state = {name.replace("conv", "old"): tensor for name, tensor in trained.state_dict().items()}
    torch.save(state, tmp_path / "weights.pth")
    _same_answers(project(HEAD + RENAMED + BUILD, model=PTH), trained)
    torch.save({"state_dict": state, "ema": state}, tmp_path / "weights.pth")
    fails(project(HEAD + RENAMED + BUILD, model=PTH), 'holds 2 networks that fit: "state_dict", "ema"')


def test_a_load_hook_that_raises(state: dict[str, torch.Tensor], project: Project, tmp_path: Path) -> None:
    code = RENAMED.replace('for end in ("weight", "bias"):', 'for end in (state["version"],):')
    torch.save(_module(RENAMED).state_dict(), tmp_path / "weights.pth")
    fails(project(HEAD + code + BUILD, model=PTH), "load_state_dict of the network raised KeyError: 'version'")


def test_extra_state(project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trained = _module(EXTRA)
    trained.factor = 3.0
    state = trained.state_dict()
    torch.save(state, tmp_path / "weights.pth")
    _same_answers(project(HEAD + EXTRA + BUILD, model=PTH), trained)
    assert capsys.readouterr().err == ""
    del state["_extra_state"]
    torch.save(state, tmp_path / "weights.pth")
    load(project(HEAD + EXTRA + BUILD, model=PTH))
    assert 'without "_extra_state", kept as the factory made it' in capsys.readouterr().err


def test_tied_tensors_that_safetensors_saves_once(project: Project, tmp_path: Path) -> None:
    trained = _module(TIED)
    save_model(trained, str(tmp_path / "weights.safetensors"))
    _same_answers(project(HEAD + TIED + BUILD, model='weights = "weights.safetensors"'), trained)


def test_lazy_modules(project: Project, tmp_path: Path) -> None:
    trained = _module(LAZY)
    trained(torch.zeros(1, 3, 8, 8))
    torch.save(trained.state_dict(), tmp_path / "weights.pth")
    _same_answers(project(HEAD + LAZY + BUILD, model=PTH), trained)
    loaded = load(project(HEAD + LAZY + BUILD))
    assert [tuple(p.shape) for p in loaded.module.parameters()] == [(4, 3, 8, 8), (4,), (4,), (4,)]
    assert not any(p.requires_grad for p in loaded.module.parameters())


def test_a_network_on_meta_takes_the_tensors_of_the_file(
    state: dict[str, torch.Tensor], project: Project, tmp_path: Path
) -> None:
    code = NETWORK.replace("return Net(**arguments)", "with torch.device('meta'):\n        return Net(**arguments)")
    torch.save(state, tmp_path / "weights.pth")
    loaded = load(project(code, model=PTH)).module.state_dict()
    assert torch.equal(loaded["norm.running_var"], state["norm.running_var"])
    fails(project(code), 'the weights "conv.weight" are on the device meta, without values', "name a checkpoint")


@pytest.mark.parametrize("sparse", [torch.Tensor.to_sparse, torch.Tensor.to_sparse_csr], ids=["coo", "csr"])
@pytest.mark.filterwarnings("ignore:Sparse CSR tensor support")
def test_sparse_tensors_are_made_dense(
    sparse: Callable[[torch.Tensor], torch.Tensor], state: dict[str, torch.Tensor], project: Project, tmp_path: Path
) -> None:
    torch.save(state | {"linear.weight": sparse(state["linear.weight"])}, tmp_path / "weights.pth")
    loaded = load(project(model=PTH)).module.state_dict()
    assert torch.equal(loaded["linear.weight"], state["linear.weight"])


@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor")
def test_tensors_without_float_values_are_refused(
    state: dict[str, torch.Tensor], project: Project, tmp_path: Path
) -> None:
    quantised = torch.quantize_per_tensor(state["conv.weight"], 0.1, 0, torch.qint8)
    for tensor, said in ((quantised, "is quantised"), (state["conv.weight"].to("meta"), "is on the device meta")):
        torch.save(state | {"conv.weight": tensor}, tmp_path / "weights.pth")
        fails(project(model=PTH), f'weights.pth: the tensor "conv.weight" {said}', "Save the float32 weights")


def test_names_that_are_no_strings(state: dict[str, torch.Tensor], project: Project, tmp_path: Path) -> None:
    numbered = dict(enumerate(state.values()))
    for content in (numbered, {"state_dict": numbered}, {**state, 7: torch.zeros(1)}):
        torch.save(content, tmp_path / "weights.pth")
        fails(project(model=PTH), "in the state dict is a int, not a string", "model.state_dict()")
