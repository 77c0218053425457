"""Equalisation: the float outputs stay, badly scaled channels are mended, and clamps are respected."""

import pytest
import torch
from torch import nn

from sdkgen.compress.graphs.channel_groups import channel_groups
from sdkgen.compress.passes.equalise import Equalise
from sdkgen.compress.program import ExportedNetwork, capture, graph_of, run
from sdkgen.compress.run import compress
from sdkgen.errors import CompressionError, SpecError
from sdkgen.fx.nodes import calls, constant
from tests.unit.compress.compress_networks import (
    FOLD,
    PTQ,
    Bottlenecks,
    Fire,
    Residual,
    conv_norm,
    samples,
    seeded,
    spec,
)

aten = torch.ops.aten
EQUALISE = ("equalise", {})
DATA = samples(8, 3, 16, 16)


def captured(module: nn.Module) -> ExportedNetwork:
    return capture(module, DATA[0], DATA)


def outputs(program: ExportedNetwork, data: list[tuple[torch.Tensor, ...]]) -> torch.Tensor:
    graph = graph_of(program.exported)
    return torch.stack([run(graph, sample)[0] for sample in data])


class Separable(nn.Module):
    """MobileNetV1 in small: a stem, then depthwise and pointwise layers in turn."""

    def __init__(self, clamp: type[nn.Module]) -> None:
        super().__init__()
        layers = [
            nn.Conv2d(3, 16, 3, padding=1),
            nn.Conv2d(16, 16, 3, padding=1, groups=16),
            nn.Conv2d(16, 32, 1),
            nn.Conv2d(32, 32, 3, padding=1, groups=32),
            nn.Conv2d(32, 32, 1),
        ]
        self.layers = nn.Sequential(*(part for layer in layers for part in (layer, clamp())))
        self.classifier = nn.Linear(32, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier(self.layers(x).mean((2, 3)))


def badly_scaled(module: Separable, *, decades: float, seed: int = 5) -> Separable:
    """The same function, each hidden channel multiplied by up to 10^decades and divided in the layer that reads it."""
    generator = torch.Generator().manual_seed(seed)
    layers = [part for part in module.layers if isinstance(part, nn.Conv2d)]
    readers = [*layers[1:], module.classifier]
    with torch.no_grad():
        for layer, reader in zip(layers, readers, strict=True):
            factors = 10 ** ((torch.rand(layer.out_channels, generator=generator) - 0.5) * decades)
            layer.weight *= factors.reshape(-1, 1, 1, 1)
            layer.bias *= factors
            depthwise = isinstance(reader, nn.Conv2d) and reader.groups > 1
            across = factors.reshape((-1, 1, 1, 1) if depthwise else (1, -1, *[1] * (reader.weight.dim() - 2)))
            reader.weight /= across
    return module


def signal_to_noise(module: nn.Module, *passes: tuple[str, dict[str, object]]) -> float:
    model = compress(spec(*passes), module, DATA[0], DATA)
    unseen = samples(12, 3, 16, 16)[8:]
    expected, actual = (
        torch.stack([run(graph_of(program), sample)[0] for sample in unseen])
        for program in (model.float_program, model.quantised_program)
    )
    return float(10 * torch.log10(expected.square().sum() / (actual - expected).square().sum()))


@pytest.mark.parametrize("make", [Bottlenecks, Residual])
def test_outputs_stay(make: type[nn.Module]) -> None:
    model = compress(spec(FOLD, EQUALISE, PTQ), seeded(make()), DATA[0], DATA)
    plain = compress(spec(FOLD, PTQ), seeded(make()), DATA[0], DATA)
    for sample in DATA:
        (expected,), (actual,) = (run(graph_of(m.float_program), sample) for m in (plain, model))
        assert torch.allclose(actual, expected, atol=1e-4 * float(expected.abs().max()))
    assert any("groups of tensors scaled" in note for note in model.reports[1].notes)


def test_without_clamps_at_a_bound_outputs_stay_on_all_data() -> None:
    program = captured(seeded(Separable(nn.ReLU)))
    equalised, _ = Equalise().run(program)
    unseen = [(sample[0] * 50,) for sample in samples(3, 3, 16, 16)]
    expected = outputs(program, unseen)
    assert torch.allclose(outputs(equalised, unseen), expected, atol=1e-4 * float(expected.abs().max()))


def test_bad_scales_are_mended() -> None:
    good = signal_to_noise(seeded(Separable(nn.ReLU)), PTQ)
    bad = signal_to_noise(badly_scaled(seeded(Separable(nn.ReLU)), decades=4), PTQ)
    mended = signal_to_noise(badly_scaled(seeded(Separable(nn.ReLU)), decades=4), EQUALISE, PTQ)
    assert bad < good - 10
    assert mended > bad + 0.9 * (good - bad)


def test_a_channel_that_reaches_the_clamp_keeps_its_scale() -> None:
    module = seeded(Separable(nn.ReLU6))
    module.layers[0].bias.data[3] = 20.0  # always above 6
    module.layers[0].weight.data[4] *= 0.01
    module.layers[0].bias.data[4] = 0.01
    program = captured(module)
    equalised, report = Equalise().run(program)
    before, after = (
        constant(graph, layer.args[1]).detach()
        for graph in (graph_of(program.exported), graph_of(equalised.exported))
        for layer in list(calls(graph, aten.conv2d.default))[:1]
    )
    factors = (after / before).flatten(1)[:, 0]
    assert float(factors[3]) == 1.0
    assert float(factors[4]) > 2
    assert any("under a clamp" in note for note in report.notes)


def test_groups_follow_additions_and_stop_at_concatenations() -> None:
    def members(module: nn.Module) -> list[tuple[int, int, int]]:
        groups = channel_groups(graph_of(captured(module).exported))
        return [(group.channels, len(group.producers), len(group.consumers)) for group in groups]

    model = compress(spec(FOLD, PTQ), seeded(Bottlenecks()), DATA[0], DATA)
    found = [
        (group.channels, len(group.producers), len(group.consumers))
        for group in channel_groups(graph_of(model.float_program))
    ]
    # Stem and the block's end are added, and read by the block's start and the classifier.
    assert found == [(8, 2, 2), (16, 1, 1), (16, 1, 1)]
    # Of SqueezeNet's module only what is squeezed; the concatenated branches are left alone.
    assert members(seeded(Fire())) == [(4, 1, 2)]


class Alone(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(x)


def test_mistakes() -> None:
    with pytest.raises(CompressionError, match="no two layers between which"):
        Equalise().run(captured(Alone()))
    with pytest.raises(SpecError, match="pass equalise: power: unknown key"):
        compress(spec(("equalise", {"power": 1})), Separable(nn.ReLU), DATA[0], DATA)
    with pytest.raises(CompressionError, match='Put "equalise" before "int8_ptq"'):
        compress(spec(PTQ, EQUALISE), seeded(Separable(nn.ReLU)), DATA[0], DATA)


def test_a_dead_channel_asks_for_nothing() -> None:
    module = seeded(nn.Sequential(conv_norm(3, 8), nn.Conv2d(8, 4, 1)))
    module[0][0].weight.data[2] = 0.0
    module[0][1].bias.data[2] = module[0][1].running_mean[2] = 0.0
    model = compress(spec(FOLD, EQUALISE, PTQ), module, DATA[0], DATA)
    assert all(bool(torch.isfinite(t).all()) for t in model.float_program.state_dict.values())
