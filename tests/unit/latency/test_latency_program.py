"""What the graph of a network says of its operators is what it is lowered to; the costs cover every kind of them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn
from torch.export import ExportedProgram

from sdkgen.bench import networks as bench_networks
from sdkgen.bench.plan_entries import entries
from sdkgen.compress.passes.fold_batch_norm import FoldBatchNorm
from sdkgen.compress.passes.int8_ptq import Int8Ptq
from sdkgen.compress.program import capture
from sdkgen.latency import OperatorShape, load, modelled
from sdkgen.latency.costs import TIERS
from sdkgen.latency.terms import family
from sdkgen.plan.lower import lower
from sdkgen.plan.operator_shape import Extents
from sdkgen.plan.operator_type import operator_types
from sdkgen.plan.reader import read_plan
from sdkgen.plan.unit_quantisation import lower_by_unit_quantisation
from sdkgen.plan.writer import write_plan
from tests.unit.compress.compress_networks import Bottlenecks, conv_norm, samples, seeded
from tests.unit.latency.latency_networks import NETWORKS, Newer, folded

QUICK = Int8Ptq(activation_range="min_max", weight_range="min_max", bias_correction=False)


FIGURES = {
    "squeezed": (122_654, 92_544, 90_363),
    "upsampled": (2_415_366, 2_006_173, 2_075_249),
    "shuffled": (167_935, 127_456, 126_847),
    "gated": (143_706, 102_679, 100_049),
    "newer": (4_862_738, 4_427_236, 1_753_699),
    "rearranged": (783_457, 673_085, 667_113),
    "bottlenecks": (94_714, 60_189, 59_518),
    "residual": (48_276, 31_251, 27_844),
    "fire": (94_804, 69_425, 70_283),
    "linear over a map": (405_142, 335_442, 332_849),
    "map": (405_639, 336_149, 335_880),
    "flattened map": (404_396, 334_905, 332_252),
}
"""Instructions on armv8.0, SDOT and SMMLA, as the model gave them when it read float graphs by rules of its own."""


BENCHMARK = {
    "mobilenet_v2": (81_138_989, 35_211_014, 27_218_900),  # the network of the demo
    "squeezenet_1_1": (82_811_593, 31_407_949, 21_224_051),
    "resnet_18": (391_071_385, 136_113_221, 84_363_901),
}


def operators_of(program: ExportedProgram) -> tuple[OperatorShape, ...]:
    graph = lower_by_unit_quantisation(program).graph
    return tuple(graph.shape(operator) for operator in graph.operators)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_graph_foretells_the_plan(name: str) -> None:
    program = folded(name)
    quantised, _ = QUICK.run(program)
    plan = read_plan(write_plan(lower(quantised.exported), fingerprint=1).data)
    lowered = sorted(map(str, (shape for entry in entries(plan) for shape in entry)))
    assert sorted(map(str, operators_of(program.exported))) == lowered
    assert sorted(map(str, operators_of(quantised.exported))) == lowered
    for exported in (program.exported, quantised.exported):
        estimate = modelled(exported)
        assert tuple(estimate.instructions[tier] for tier in TIERS) == FIGURES[name] and estimate.unknown == ()


def test_batch_norm_that_is_not_folded_yet_costs_nothing() -> None:
    inputs = samples(2, 3, 16, 16)
    raw = capture(seeded(Bottlenecks()), inputs[0], inputs)
    assert operators_of(raw.exported) == operators_of(folded("bottlenecks").exported)


def test_batch_norm_behind_an_activation_costs_a_depthwise_convolution() -> None:
    module = seeded(nn.Sequential(nn.Conv2d(3, 8, 3), nn.Tanh(), nn.BatchNorm2d(8), nn.ReLU()))
    raw = capture(module, *_inputs())
    folded_program, _ = FoldBatchNorm().run(raw)
    assert [shape.kind for shape in operators_of(raw.exported)] == ["quantize", "conv", "lut", "dwconv", "dequantize"]
    assert operators_of(raw.exported) == operators_of(folded_program.exported)


@pytest.mark.parametrize("name", BENCHMARK)
def test_the_networks_of_the_benchmark_have_the_figures_that_they_had(name: str) -> None:
    inputs = samples(1, 3, 224, 224)
    estimate = modelled(capture(bench_networks.NETWORKS[name](), inputs[0], inputs).exported)
    assert tuple(estimate.instructions[tier] for tier in TIERS) == BENCHMARK[name]


def test_fewer_channels_cost_less_on_every_tier() -> None:
    def of(width: int) -> dict[str, int]:
        module = seeded(nn.Sequential(conv_norm(3, width), conv_norm(width, width, kernel=1)))
        return dict(modelled(capture(module, *_inputs()).exported).instructions)

    wide, narrow = of(48), of(16)
    assert all(narrow[tier] < 0.8 * wide[tier] for tier in wide)
    assert wide["neoni8mm"] < wide["neondot"] < wide["neon"]


def _inputs() -> tuple[tuple[torch.Tensor, ...], list[tuple[torch.Tensor, ...]]]:
    inputs = samples(1, 3, 16, 16)
    return inputs[0], inputs


def test_an_operator_without_a_measured_cost_is_named() -> None:
    class Summed(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.cumsum(x, 1)

    estimate = modelled(capture(nn.Sequential(conv_norm(3, 8), Summed()).eval(), *_inputs()).exported)
    assert estimate.unknown == ("cumsum",)


def test_newer_operators_have_the_names_of_the_plan() -> None:
    found = operators_of(capture(Newer().eval(), *_inputs()).exported)
    kinds = " ".join(shape.kind for shape in found)
    assert kinds == (
        "quantize pad conv lut avg_pool gemm lut mul prelu channel_shuffle lut slice slice resize conv_transpose "
        "conv_transpose dequantize"
    )
    sizes = {shape.kind: shape.output for shape in found}
    assert sizes["mul"] == (1, 17, 17, 8)
    assert sizes["resize"] == (1, 32, 32, 8)
    assert sizes["conv_transpose"] == (1, 128, 128, 1)


MAP = {"input": (1, 8, 8, 8), "output": (1, 8, 8, 8)}
SHAPES = [
    *(OperatorShape(kind=kind, **MAP) for kind in operator_types()),
    *(OperatorShape(kind=kind, input=(1, 1, 1, 8), output=(1, 1, 1, 8)) for kind in ("gemm", "dequantize")),
    OperatorShape(kind="conv", kernel=(3, 3), **MAP),
    OperatorShape(kind="conv", input=(1, 8, 8, 3), output=(1, 8, 8, 8), kernel=(3, 3)),
    OperatorShape(kind="conv", kernel=(3, 3), groups=2, **MAP),
    *(
        OperatorShape(kind="dwconv", kernel=(size, size), stride=(stride, stride), groups=8, **MAP)
        for size in (3, 5, 7)
        for stride in (1, 2)
    ),
    OperatorShape(kind="mul", per_channel=True, **MAP),
    OperatorShape(kind="slice", channel_step=2, input=(1, 8, 8, 8), output=(1, 8, 8, 4)),
    *(OperatorShape(kind="channel_shuffle", groups=groups, **MAP) for groups in (2, 8)),
    OperatorShape(kind="resize", bilinear=True, **MAP),
    OperatorShape(kind="conv_transpose", input=(1, 8, 8, 8), output=(1, 16, 16, 8), kernel=(4, 4), stride=(2, 2)),
]
"""Of every kind of the plan, and of every family of loops."""


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: family(shape))
def test_there_are_costs_for_every_kind_of_operator(shape: OperatorShape) -> None:
    estimate = load().estimate([shape])
    assert estimate.unknown == (), "fit the costs again: python -m sdkgen.bench.fit_costs"
    assert all(instructions > 0 for instructions in estimate.instructions.values())


GROWING = [
    OperatorShape(kind="mul", input=(1, 14, 14, 24), output=(1, 14, 14, 24)),
    OperatorShape(kind="mul", input=(1, 14, 14, 24), output=(1, 14, 14, 24), per_channel=True),
    OperatorShape(kind="lut", input=(1, 14, 14, 24), output=(1, 14, 14, 24)),
    OperatorShape(kind="prelu", input=(1, 14, 14, 24), output=(1, 14, 14, 24)),
    OperatorShape(kind="pad", input=(1, 14, 14, 24), output=(1, 15, 15, 24)),
    OperatorShape(kind="slice", input=(1, 14, 14, 24), output=(1, 14, 14, 12)),
    OperatorShape(kind="slice", input=(1, 14, 14, 24), output=(1, 14, 14, 12), channel_step=2),
    OperatorShape(kind="channel_shuffle", input=(1, 14, 14, 24), output=(1, 14, 14, 24), groups=3),
    OperatorShape(kind="channel_shuffle", input=(1, 14, 14, 24), output=(1, 14, 14, 24), groups=6),
    OperatorShape(kind="resize", input=(1, 14, 14, 24), output=(1, 28, 28, 24)),
    OperatorShape(kind="resize", input=(1, 14, 14, 24), output=(1, 28, 28, 24), bilinear=True),
    OperatorShape(kind="conv_transpose", input=(1, 14, 14, 24), output=(1, 28, 28, 24), kernel=(3, 3), stride=(2, 2)),
]


@pytest.mark.parametrize("shape", GROWING, ids=lambda shape: family(shape))
def test_four_times_the_channels_cost_more_and_twice_the_rows_twice_as_much(shape: OperatorShape) -> None:
    def of(rows: int, channels: int) -> dict[str, int]:
        extents = {
            name: (n, rows * h, w, channels * c)
            for name, (n, h, w, c) in {"input": shape.input, "output": shape.output}.items()
        }
        return dict(load().estimate([replace(shape, **extents)]).instructions)

    small, wide, tall = of(1, 1), of(1, 4), of(2, 1)
    for tier, instructions in small.items():
        assert wide[tier] > 1.2 * instructions
        assert 1.7 < tall[tier] / instructions < 2.3


@pytest.mark.parametrize(
    ("kind", "slower", "faster", "output"),
    [
        ("channel_shuffle", {"groups": 6}, {"groups": 3}, (1, 14, 14, 48)),  # one by one, not in vectors
        ("slice", {"channel_step": 2}, {}, (1, 14, 14, 24)),
        ("resize", {"bilinear": True}, {}, (1, 28, 28, 48)),
    ],
)
def test_the_slower_of_two_loops_costs_twice_as_much(
    kind: str, slower: dict[str, Any], faster: dict[str, Any], output: Extents
) -> None:
    def of(fields: dict[str, Any]) -> dict[str, int]:
        shape = OperatorShape(kind=kind, input=(1, 14, 14, 48), output=output, **fields)
        return dict(load().estimate([shape]).instructions)

    assert all(of(slower)[tier] > 2 * instructions for tier, instructions in of(faster).items())


def test_the_costs_know_their_error() -> None:
    errors = load().errors
    assert set(errors) == {"neon", "neondot", "neoni8mm"}
    for tier in errors.values():
        assert abs(tier["mobilenet_v2"]) < 0.05
        assert sorted(map(abs, tier.values()))[len(tier) // 2] < 0.05


@pytest.mark.parametrize(
    "rest",
    [
        lambda x: x.permute(0, 2, 3, 1),
        lambda x: torch.cat([x, torch.ones(1, 2, 8, 8)], 1),
        lambda x: x.sum(),
        lambda x: x.flatten(1).topk(3),
        lambda x: nn.functional.conv3d(x[:, None], torch.ones(2, 1, 3, 3, 3)),
    ],
)
def test_what_no_plan_has_is_unknown_and_no_failure(rest: Callable[[torch.Tensor], Any]) -> None:
    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3, padding=1)

        def forward(self, x: torch.Tensor) -> Any:
            return rest(self.conv(x))

    estimate = modelled(capture(Network(), (torch.zeros(1, 3, 8, 8),), []).exported)
    assert all(count > 0 for count in estimate.instructions.values())
