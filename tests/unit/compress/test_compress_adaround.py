"""Learned rounding: less error of the layer than rounding to nearest, and never another integer than the two beside."""

import pytest
import torch
from torch import nn

from sdkgen.compress.int8.adaround import correlations, round_to_inputs
from sdkgen.compress.int8.im2col import geometry_of, im2col, positions
from sdkgen.compress.program import graph_of, run
from sdkgen.compress.run import compress
from sdkgen.fx.nodes import calls, constant
from tests.unit.compress.compress_networks import FOLD, Bottlenecks, Residual, samples, seeded, spec

aten = torch.ops.aten
ADAROUND = ("int8_ptq", {"rounding": "adaround"})


def drawn(*shape: int, seed: int = 1) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def coarse_layer() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(steps, nearest, read): a layer of 12 outputs with inputs that depend on each other."""
    read = (drawn(500, 6) @ drawn(6, 24, seed=2))[None]
    steps = drawn(1, 12, 24, seed=3) * 3
    return steps, steps.round(), read


def test_the_error_of_the_layer_falls() -> None:
    steps, nearest, read = coarse_layer()
    learned, told = round_to_inputs(steps, nearest, correlations(read, centred=True))

    def error(integers: torch.Tensor) -> float:
        difference = torch.bmm(read, (integers - steps).transpose(1, 2))
        return float((difference - difference.mean(1, keepdim=True)).square().sum())

    assert error(learned) < 0.2 * error(nearest)
    assert told < 0.5


def test_integers_stay_beside_their_weight() -> None:
    steps, nearest, read = coarse_layer()
    learned, _ = round_to_inputs(steps, nearest, correlations(read, centred=True))
    assert torch.equal(learned, learned.round())
    assert float((learned - steps).abs().max()) < 1
    assert float((learned - nearest).abs().max()) == 1


def test_weights_beyond_the_grid_stay_within_it() -> None:
    steps = torch.tensor([[[300.0, -300.0, 126.6, -126.6, 0.4]]])
    learned, _ = round_to_inputs(steps, steps.round().clamp(-127, 127), correlations(drawn(1, 50, 5), centred=False))
    assert float(learned.abs().max()) <= 127
    assert learned[0, 0, :2].tolist() == [127, -127]


def test_inputs_that_never_vary_change_nothing() -> None:
    steps = drawn(1, 4, 6) * 3
    learned, told = round_to_inputs(steps, steps.round(), correlations(torch.ones(1, 50, 6), centred=True))
    assert torch.equal(learned, steps.round())
    assert told == 1.0


class Strided(nn.Module):
    def __init__(self, *, groups: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 8, (3, 2), stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=groups)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(x)


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_rows_times_weights_are_the_convolution(groups: int) -> None:
    module = Strided(groups=groups).eval()
    x = drawn(1, 4, 9, 7)
    graph = graph_of(torch.export.export(module, (x,)).run_decompositions({}))
    (layer,) = calls(graph, aten.conv2d.default)
    weight, bias = constant(graph, layer.args[1]).detach(), constant(graph, layer.args[2]).detach()
    form = geometry_of(layer, weight)
    chosen = positions(form, x, 10, torch.Generator().manual_seed(0))
    product = torch.bmm(im2col(form, x, chosen), weight.reshape(groups, 8 // groups, -1).transpose(1, 2))
    result = product.transpose(0, 1).reshape(10, 8) + bias
    expected = run(graph, (x,))[0][0].flatten(1)[:, chosen].T
    assert torch.allclose(result, expected, atol=1e-5)


@pytest.mark.parametrize("make", [Bottlenecks, Residual])
def test_only_neighbours_of_the_nearest_integers_are_deployed(make: type[nn.Module]) -> None:
    data = samples(6, 3, 16, 16)
    programs = [
        compress(spec(FOLD, passes), seeded(make()), data[0], data) for passes in (("int8_ptq", {}), ADAROUND, ADAROUND)
    ]
    nearest, learned, again = (
        [
            constant(graph, layer.args[1].args[0])
            for graph in [graph_of(program.quantised_program)]
            for layer in calls(graph, aten.conv2d.default, aten.linear.default)
        ]
        for program in programs
    )
    moved = [(a.int() - b.int()).abs() for a, b in zip(nearest, learned, strict=True)]
    assert max(int(m.max()) for m in moved) == 1
    assert all(torch.equal(a, b) for a, b in zip(learned, again, strict=True))
    assert any("rounding learned" in note for note in programs[1].reports[-1].notes)
