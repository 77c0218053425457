"""Folding BatchNorm keeps every output, keeps the user's names, and refuses what it cannot keep."""

import pytest
import torch
from torch import nn

from sdkgen.compress.passes.fold_batch_norm import FoldBatchNorm
from sdkgen.compress.program import ExportedNetwork, capture, graph_of, run
from sdkgen.compress.run import compress
from sdkgen.errors import CompressionError, SpecError
from tests.unit.compress.compress_networks import Bottlenecks, Residual, conv_norm, samples, seeded, spec

SHAPE = (3, 16, 16)


def folded(module: nn.Module, count: int = 4, shape: tuple[int, ...] = SHAPE):
    data = samples(count, *shape)
    program = capture(seeded(module), data[0], data)
    return program, *FoldBatchNorm().run(program)


@pytest.mark.parametrize("make", [Bottlenecks, Residual])
def test_outputs_stay_and_batch_norms_go(make: type[nn.Module]) -> None:
    program, result, report = folded(make())
    assert report.before["batch_norms"] == sum(isinstance(m, nn.BatchNorm2d) for m in make().modules())
    assert report.after["batch_norms"] == 0
    assert report.after["macs"] == report.before["macs"]
    for sample in samples(6, *SHAPE):
        (expected,), (actual,) = run(graph_of(program.exported), sample), run(graph_of(result.exported), sample)
        torch.testing.assert_close(actual, expected, atol=1e-5, rtol=1e-5)


def test_names_of_the_users_module_stay() -> None:
    _, result, _ = folded(Bottlenecks())
    assert {"stem.0.weight", "stem.0.bias", "block.1.0.weight", "classifier.bias"} <= set(result.exported.state_dict)
    assert not any("running" in name for name in result.exported.state_dict)


def test_the_users_module_is_not_changed() -> None:
    module = seeded(Bottlenecks()).train()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    folded(module.train())
    assert all(torch.equal(before[name], tensor) for name, tensor in module.state_dict().items())


def test_linear_without_bias_and_batch_norm_without_affine() -> None:
    module = nn.Sequential(nn.Linear(6, 4, bias=False), nn.BatchNorm1d(4, affine=False), nn.ReLU())
    program, result, report = folded(module, shape=(6,))
    assert report.after["batch_norms"] == 0
    sample = samples(1, 6)[0]
    torch.testing.assert_close(run(graph_of(result.exported), sample), run(graph_of(program.exported), sample))


def test_a_convolution_used_twice_gets_weights_of_its_own() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 3, 3, padding=1)
            self.first, self.second = nn.BatchNorm2d(3), nn.BatchNorm2d(3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.second(self.conv(torch.relu(self.first(self.conv(x)))))

    program, result, report = folded(Twice())
    assert report.after["batch_norms"] == 0
    sample = samples(1, *SHAPE)[0]
    torch.testing.assert_close(
        run(graph_of(result.exported), sample), run(graph_of(program.exported), sample), atol=1e-5, rtol=1e-5
    )


def same_outputs(program: ExportedNetwork, result: ExportedNetwork, shape: tuple[int, ...]) -> None:
    sample = samples(1, *shape)[0]
    (expected,), (actual,) = run(graph_of(program.exported), sample), run(graph_of(result.exported), sample)
    torch.testing.assert_close(actual, expected, atol=1e-5, rtol=1e-5)


def test_without_a_layer_before_it_becomes_a_depthwise_convolution() -> None:
    module = nn.Sequential()
    module.add_module("entry", nn.BatchNorm2d(3))
    module.add_module("body", conv_norm(3, 4))
    program, result, report = folded(module)
    assert report.after["batch_norms"] == 0
    assert any("depthwise" in note and "entry" in note for note in report.notes)
    same_outputs(program, result, SHAPE)


def test_what_cannot_be_folded_is_named() -> None:
    module = nn.Sequential()
    module.add_module("entry", nn.BatchNorm1d(3))
    module.add_module("body", nn.Linear(3, 4))
    _, _, report = folded(module, shape=(3,))
    assert report.after["batch_norms"] == 1
    assert any("left in place" in note and "entry" in note for note in report.notes)


def test_a_convolution_that_others_read_is_left_alone() -> None:
    class Branch(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.norm = nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = self.conv(x)
            return self.norm(x) + x

    program, result, report = folded(Branch())
    assert report.after["batch_norms"] == 0 and report.after["macs"] == report.before["macs"] + 3 * 16 * 16
    same_outputs(program, result, SHAPE)


@pytest.mark.parametrize("groups", [1, 2])
def test_a_transposed_convolution_is_scaled_along_its_output_channels(groups: int) -> None:
    module = nn.Sequential(nn.ConvTranspose2d(6, 4, 3, 2, groups=groups), nn.BatchNorm2d(4))
    program, result, report = folded(module, shape=(6, 5, 4))
    assert report.after["batch_norms"] == 0
    assert any("depthwise" in note for note in report.notes) == (groups > 1)  # of several groups it is left as it is
    same_outputs(program, result, (6, 5, 4))


def test_a_fold_that_changes_the_outputs_is_refused() -> None:
    module = seeded(conv_norm(3, 4, clamp=False))
    # The convolution's mean of 1e7 is subtracted exactly only before it meets the huge factor 1 / sqrt(1e-5).
    module[0].bias = nn.Parameter(torch.full((4,), 1e7))
    module[1].running_mean = torch.full((4,), 1e7 + 0.5, dtype=torch.float64).float()
    module[1].running_var = torch.zeros(4)
    data = samples(2, *SHAPE)
    program = capture(module, data[0], data)
    with pytest.raises(CompressionError, match="a calibration sample differs"):
        FoldBatchNorm().run(program)


def test_it_takes_no_options() -> None:
    data = samples(1, *SHAPE)
    with pytest.raises(SpecError, match="pass fold_batch_norm: eps: unknown key"):
        compress(spec(("fold_batch_norm", {"eps": 1})), seeded(Bottlenecks()), data[0], data)
