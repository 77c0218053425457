"""Weights that forward computes from parameters are constants of the program: parametrisations and scales."""

import operator
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize

from sdkgen.compress.program import capture, graph_of, run
from sdkgen.compress.run import compress
from sdkgen.plan.quantisable import weighted_layers
from sdkgen.types import JsonValue
from tests.unit.compress.compress_networks import FOLD, PTQ, samples, seeded, spec
from tests.unit.compress.training_samples import network, seeded_network

DATA = samples(4, 3, 16, 16)


class Symmetric(nn.Module):
    """A parametrisation of one's own."""

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        return weight + weight.flip(-1)


class Scaled(nn.Module):
    """A convolution with a weight of integers and a scale, multiplied in forward()."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("integers", torch.arange(-108, 108).reshape(8, 3, 3, 3))
        self.scale = nn.Parameter(torch.tensor(0.01))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.conv2d(x, self.integers.float() * self.scale)


def _own(layer: nn.Module) -> nn.Module:
    parametrize.register_parametrization(layer, "weight", Symmetric())
    return layer


def _conv() -> nn.Conv2d:
    torch.manual_seed(3)
    return nn.Conv2d(3, 8, 3)


LAYERS: dict[str, Callable[[], nn.Module]] = {
    "weight_norm": lambda: parametrizations.weight_norm(_conv()),
    "spectral_norm": lambda: parametrizations.spectral_norm(_conv()),
    "orthogonal": lambda: parametrizations.orthogonal(_conv()),
    "own": lambda: _own(_conv()),
    "scaled": Scaled,
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_computed_weight_is_quantised_like_any_other(name: str) -> None:
    module = nn.Sequential(LAYERS[name](), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 4, 1)).eval()
    program = capture(module, DATA[0], DATA)
    calls = [node.target for node in program.exported.graph.nodes if node.op == "call_function"]
    names = [str(target).split(".")[1] for target in calls if target is not operator.getitem]
    assert names == ["conv2d", "_native_batch_norm_legit_no_training", "relu", "conv2d"]
    model = compress(spec(FOLD, PTQ), module, DATA[0], DATA)
    assert len(model.weights) == 2
    with torch.no_grad():
        expected = module(*DATA[3])
    torch.testing.assert_close(run(graph_of(model.float_program), DATA[3])[0], expected, atol=1e-5, rtol=1e-4)
    noise = run(graph_of(model.quantised_program), DATA[3])[0] - expected
    assert float(10 * torch.log10(expected.square().sum() / noise.square().sum())) > 20


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("structured_pruning", {"macs_fraction": 0.7, "iterations": 1}),
        ("magnitude_pruning", {}),
        ("cluster_weights", {}),
        ("low_rank", {"rank_fraction": 0.3}),
    ],
)
def test_passes_on_the_module_work_on_the_computed_weights(
    name: str, options: dict[str, JsonValue], tmp_path: Path
) -> None:
    plain, computed = seeded_network(), seeded_network()
    computed.side = parametrizations.weight_norm(computed.side)
    computed.depthwise = _own(computed.depthwise)
    with torch.no_grad():
        plain.depthwise.weight.copy_(computed.depthwise.weight)
        plain.side.weight.copy_(computed.side.weight)
    programs = []
    for module in (plain, computed):
        given = network(tmp_path, module)
        passes = ((name, options), FOLD, PTQ)
        model = compress(spec(*passes), given.module, given.example_inputs, given.calibration)
        programs.append(run(graph_of(model.quantised_program), given.calibration[0])[0])
    assert torch.equal(*programs)
    assert hasattr(computed.side, "parametrizations"), "the caller's module has changed"


def test_a_network_without_computed_weights_keeps_its_parameters() -> None:
    module = seeded(nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU()))
    program = capture(module, DATA[0], DATA).exported
    assert set(program.state_dict) == {name for name in module.state_dict() if "num_batches" not in name}
    assert len(list(weighted_layers(graph_of(program)))) == 1
