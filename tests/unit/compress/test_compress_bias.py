"""Biases of the reference program are exactly the integers that the device adds."""

import pytest
import torch
from torch import nn

from sdkgen.compress.int8.bias import LARGEST_BIAS, snap
from sdkgen.compress.program import graph_of, run
from sdkgen.compress.run import compress
from sdkgen.fx.nodes import constant
from tests.unit.compress.compress_networks import FOLD, PTQ, Bottlenecks, Residual, samples, seeded, spec


def layers(module: nn.Module):
    """(int8 weight, weight scale, input scale, bias) of every quantised layer, and the compressed model."""
    data = samples(3, 3, 16, 16)
    model = compress(spec(FOLD, PTQ), module, data[0], data)
    graph = graph_of(model.quantised_program)
    found = []
    for node in graph.graph.nodes:
        if node.target in (torch.ops.aten.conv2d.default, torch.ops.aten.linear.default):
            source, weight, bias = node.args[:3]
            found.append(
                (
                    constant(graph, weight.args[0]),
                    constant(graph, weight.args[1]),
                    source.args[1],
                    constant(graph, bias),
                )
            )
    return model, found


@pytest.mark.parametrize("make", [Bottlenecks, Residual])
def test_every_bias_is_on_the_int32_grid(make: type[nn.Module]) -> None:
    _, found = layers(seeded(make()))
    assert len(found) >= 4
    for _, weight_scale, input_scale, bias in found:
        assert torch.equal(snap(bias, input_scale, weight_scale), bias)
        integers = bias.double() / (weight_scale.double() * input_scale)
        assert float((integers - integers.round()).abs().max()) < 1e-3


def test_snapping_moves_a_bias_by_half_a_step_at_most() -> None:
    bias, scale = torch.tensor([0.3, -1.7, 0.0]), torch.tensor([0.01, 0.5, 1e-4])
    snapped = snap(bias, 0.25, scale)
    assert bool(((snapped - bias).abs() <= 0.5 * 0.25 * scale + 1e-7).all())
    assert float(snapped[1]) == -1.75


def test_a_dead_channel_keeps_its_bias_within_int32() -> None:
    module = seeded(Bottlenecks())
    module.stem[0].weight.data[2] *= 1e-20  # a channel that training switched off: only its bias is left
    module.stem[1].running_mean[2] = 0.0
    module.stem[1].bias.data[2] = 1.5
    model, found = layers(module)
    _, weight_scale, input_scale, bias = found[0]
    integers = (bias.double() / (weight_scale.double() * input_scale)).round()
    assert float(integers.abs().max()) <= LARGEST_BIAS * 1.001
    assert float(bias[2]) == pytest.approx(1.5, abs=1e-6)
    assert any("1 channels with vanishing weights" in note for note in model.reports[-1].notes)
    sample = samples(1, 3, 16, 16)[0]
    (expected,), (actual,) = (run(graph_of(p), sample) for p in (model.float_program, model.quantised_program))
    assert float((expected - actual).abs().max()) < 0.2 * float(expected.abs().max())


def test_correction_removes_the_mean_error_of_coarse_weights() -> None:
    class Coarse(nn.Module):
        """One huge weight per channel leaves few steps for the others; the input is never negative."""

        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 8, 3, padding=1, stride=2)
            self.conv.weight.data = torch.rand(8, 3, 3, 3, generator=torch.Generator().manual_seed(2)) * 0.03
            self.conv.weight.data[:, 0, 0, 0] = 4.0

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.conv(x).flatten(1)

    data = [(x.abs(),) for (x,) in samples(8, 3, 16, 16)]
    means = {}
    for corrected in (True, False):
        model = compress(spec(("int8_ptq", {"bias_correction": corrected})), Coarse(), data[0], data)
        float_graph, graph = graph_of(model.float_program), graph_of(model.quantised_program)
        errors = [run(graph, s)[0] - run(float_graph, s)[0] for s in data]
        means[corrected] = float(torch.stack(errors).reshape(8, 8, -1).mean((0, 2)).abs().max())
    assert means[True] < 0.25 * means[False]
