"""Factories: found beside the spec, called with its arguments, and reported with the user's own line when they fail."""

import sys
from collections.abc import Callable

import pytest
import torch

from sdkgen.errors import ModelError
from sdkgen.models.load import load
from sdkgen.spec.values import SdkSpec

Project = Callable[..., SdkSpec]
HEAD = "import torch\nfrom torch import nn\n"


def _fails(spec: SdkSpec, *parts: str) -> ModelError:
    with pytest.raises(ModelError) as caught:
        load(spec)
    for part in parts:
        assert part in str(caught.value)
    assert caught.value.exit_code == 3
    return caught.value


def test_loads(project: Project) -> None:
    before = list(sys.path)
    loaded = load(project())
    assert sys.path == before
    assert not loaded.module.training
    assert sum(p.numel() for p in loaded.module.parameters()) == 3 * 8 * 9 + 8 + 8 + 8 + 8 * 4 + 4
    assert not any(p.requires_grad for p in loaded.module.parameters())
    assert [tuple(tensor.shape) for tensor in loaded.example_inputs] == [(1, 3, 8, 8)]
    assert loaded.example_inputs[0].dtype == torch.float32
    assert loaded.module(*loaded.example_inputs).shape == (1, 4)


def test_example_inputs_are_the_same_in_every_run(project: Project) -> None:
    first, second = load(project()), load(project())
    assert torch.equal(first.example_inputs[0], second.example_inputs[0])


def test_each_spec_gets_its_own_module_and_helpers(project: Project) -> None:
    code = HEAD + "import helper\ndef build():\n    return helper.net()\n"
    for channels in (4, 4, 2):
        spec = project(code)
        folder = spec.origin.parent
        (folder / "helper.py").write_text(
            HEAD + f"def net():\n    return nn.Sequential(nn.Conv2d(3, {channels}, 8), nn.Flatten())\n",
            encoding="utf-8",
        )
        if channels == 4:
            assert sum(p.numel() for p in load(spec).module.parameters()) == 3 * 64 * 4 + 4
        else:
            _fails(spec, "2 scores", "has 4 labels")


def test_arguments_reach_the_factory(project: Project) -> None:
    wrong = project(model="arguments = {classes = 5}")
    _fails(wrong, "the network gives 5 scores", "has 4 labels", "one label per output")


def test_module_missing(project: Project) -> None:
    _fails(project(factory="modle:build"), 'the module "modle"', "neither in", 'Did you mean "model"?')
    _fails(project(factory="nets.small:build"), 'the module "nets.small"', "neither in")


def test_dependency_of_the_module_missing(project: Project) -> None:
    error = _fails(project("import no_such_package_here\n"), "ModuleNotFoundError", "model.py:1")
    assert 'Install what provides "no_such_package_here"' in error.remedy


def test_function_missing(project: Project) -> None:
    _fails(project(factory="model:biuld"), 'no function "biuld"', 'Did you mean "build"?')
    _fails(project("build = 3\n"), "a value of type int, not a function")


def test_module_with_a_syntax_error(project: Project) -> None:
    _fails(project("def build(:\n"), "SyntaxError", "model.py:1")


def test_module_named_like_one_of_python(project: Project) -> None:
    spec = project(factory="random:build")
    (spec.origin.parent / "random.py").write_text("", encoding="utf-8")
    _fails(spec, "a module of Python itself")


def test_factory_raises(project: Project) -> None:
    code = HEAD + "def build():\n    return inner()\ndef inner():\n    return nn.Linear('a', 2)\n"
    error = _fails(project(code), 'the factory "model:build" raised TypeError', "model.py:6")
    assert isinstance(error.__cause__, TypeError)
    _fails(project(model="arguments = {colour = 1}"), "raised TypeError", "colour")
    _fails(project("import sys\ndef build():\n    sys.exit(5)\n"), "raised SystemExit: 5", "model.py:3")


@pytest.mark.parametrize(
    ("result", "said"),
    [("None", "returned None"), ("nn.ReLU", "the class ReLU"), ("{'a': 1}", "a value of type dict")],
)
def test_factory_returns_no_module(result: str, said: str, project: Project) -> None:
    _fails(project(HEAD + f"def build():\n    return {result}\n"), said, "not a torch.nn.Module")


@pytest.mark.parametrize(
    "hook",
    [
        "from torch.nn.utils import prune; prune.l1_unstructured(net[0], 'weight', amount=0.5)",
        "net[0].register_forward_hook(lambda layer, inputs, output: setattr(layer, 'kept', output))",
    ],
)
def test_a_tensor_that_a_hook_assigns(hook: str, project: Project) -> None:
    code = (
        HEAD + f"def build():\n    net = nn.Sequential(nn.Conv2d(3, 4, 8), nn.Flatten())\n    {hook}\n    return net\n"
    )
    _fails(project(code), "torch.export cannot trace the network: The tensor attribute", "make a weight permanent")


@pytest.mark.parametrize(
    "setting",
    [
        "torch.set_default_device('meta')",
        "torch.set_default_dtype(torch.float64)",
        "torch.set_grad_enabled(False)",
        "torch.set_autocast_enabled('cpu', True)",
    ],
)
@pytest.mark.parametrize("where", ["in the factory", "at import"])
def test_settings_of_torch_that_the_users_code_leaves_behind(where: str, setting: str, project: Project) -> None:
    def settings() -> tuple[object, ...]:
        return (
            *(torch.zeros(1).device, torch.zeros(1).dtype),
            *(torch.is_grad_enabled(), torch.is_autocast_enabled("cpu")),
        )

    before = settings()
    made = "    net = nn.Sequential(nn.Conv2d(3, 4, 8), nn.Flatten())\n"
    code = (
        HEAD + f"def build():\n{made}    {setting}\n    return net\n"
        if where == "in the factory"
        else HEAD + f"with torch.device('cpu'):\n{made}{setting}\ndef build():\n    return net\n"
    )
    try:
        loaded = load(project(code))
        assert settings() == before
        assert loaded.module(*loaded.example_inputs).dtype == torch.float32
    finally:
        torch.set_default_device(None)
        torch.set_default_dtype(torch.float32)
        torch.set_grad_enabled(True)
        torch.set_autocast_enabled("cpu", False)


def _net(body: str) -> str:
    return (
        HEAD + f"class Net(nn.Module):\n    def forward(self, x):\n        {body}\n\ndef build():\n    return Net()\n"
    )


def test_forward_fails(project: Project) -> None:
    _fails(project(_net("return x @ torch.ones(3, 3)")), "forward on an input of [1, 3, 8, 8] raised", "model.py:5")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return x.mean((2, 3))", "the network gives 3 scores"),
        ("return x", "returned [1, 3, 8, 8]; a classification needs one tensor [1, 4]"),
        ("return x.mean((2, 3)), x", "returned [1, 3], [1, 3, 8, 8]; a classification needs"),
        ("return x.mean((2, 3)).argmax(1)", "returned torch.int64 [1], expected torch.float32"),
        ("return x.mean((2, 3)).half()", "torch.float16"),
        ("return {'scores': x}", "returned a dict"),
        ("return None", "returned a NoneType"),
    ],
)
def test_outputs_do_not_fit_a_classification(body: str, said: str, project: Project) -> None:
    _fails(project(_net(body)), said)


def test_outputs_of_a_tensor_task(project: Project) -> None:
    task = 'kind = "tensor"\noutputs = ["mean", "image"]'
    load(project(_net("return x.mean((2, 3)), x"), task=task))
    _fails(project(_net("return x"), task=task), "has 1 outputs, the spec names 2: mean, image", "[1, 3, 8, 8]")
    _fails(project(_net("return x.mean((2, 3)), x.flatten(2)"), task=task), 'the output "image" is [1, 3, 64]')


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("return x[x > 0].reshape(1, -1)[:, :4]", "aten.index.Tensor"),
        ("return torch.zeros(1, 4) if x.sum() > 0 else torch.ones(1, 4)", "model.py:5"),
        ("n = int(x.abs().sum().item()) % 7 + 1; return x[:, :, :n].mean((2, 3)) @ torch.ones(3, 4)", "model.py:5"),
    ],
)
def test_shapes_that_depend_on_data(body: str, place: str, project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    _fails(project(_net(body)), "depends on the values of its input", place, "plans its memory at build time")
    assert capfd.readouterr() == ("", "")
