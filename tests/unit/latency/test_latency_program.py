"""What the graph of a network says of its operators is what it is lowered to; the costs cover every kind of them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from compress_networks import Bottlenecks, Fire, Residual, conv_norm, samples, seeded
from torch import nn

from sdkgen.bench.plan_entries import entries
from sdkgen.bench.small_networks import SIDE, Gated, Shuffled, Squeezed, Upsampled
from sdkgen.compress.fold_batch_norm import fold_batch_norm
from sdkgen.compress.int8_ptq import int8_ptq
from sdkgen.compress.program import Program, capture
from sdkgen.latency import OperatorShape, load, modelled, operators_of
from sdkgen.latency.operators import Extents
from sdkgen.latency.terms import family
from sdkgen.plan.graph import Kind
from sdkgen.plan.lower import lower
from sdkgen.plan.reader import read_plan
from sdkgen.plan.writer import write_plan

QUICK = {"activation_range": "min_max", "weight_range": "min_max", "bias_correction": False}


class Flattened(nn.Module):
    """A linear layer over a map, pooling of several kinds, grouped and strided convolutions, a map as result."""

    def __init__(self, *head: nn.Module) -> None:
        super().__init__()
        self.stem = conv_norm(3, 12)
        self.grouped = conv_norm(12, 24, groups=3)
        self.strided = nn.Conv2d(24, 24, 5, 2, 2, groups=24)
        self.head = nn.Sequential(*head)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = nn.functional.avg_pool2d(self.grouped(self.stem(x)), 2)
        x = nn.functional.max_pool2d(torch.relu(self.strided(x)), 2)
        result: torch.Tensor = self.head(x)
        return result


class Newer(nn.Module):
    """An example of each operator that moves or maps elements, several of them in forms of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.squeeze = nn.Conv2d(8, 8, 1)
        self.prelu = nn.PReLU(8)
        self.up = nn.ConvTranspose2d(8, 4, 4, 2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = nn.functional.hardswish(self.conv(nn.functional.pad(x, (0, 1, 0, 1))))
        x = x * nn.functional.hardsigmoid(self.squeeze(x.mean((2, 3), keepdim=True)))
        x = nn.functional.channel_shuffle(self.prelu(x), 2) * 0.5 + 1.0
        x = nn.functional.interpolate(x[:, :, :16, :16], scale_factor=2.0, mode="nearest")
        return nn.functional.pixel_shuffle(self.up(x), 2)


class Rearranged(nn.Module):
    """Chunks, a difference, a cut, a shuffle spelled out, a selection, activations behind what keeps its values."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = conv_norm(3, 8)
        self.dilated = nn.Conv2d(9, 8, 3, dilation=2)
        self.spatial = nn.Conv2d(8, 8, 3, 1, 2, dilation=2, groups=8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first, second = self.stem(x).chunk(2, 1)
        x = nn.functional.pad(torch.cat([first - second, second], 1), (-1, 2, 0, -2))
        n, c, h, w = x.shape
        x = x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)
        x = torch.relu(nn.functional.interpolate(x, scale_factor=2.0, mode="nearest"))
        x = torch.cat([x, x[:, 3].unsqueeze(1)], 1)
        x = torch.relu(torch.sigmoid(self.dilated(x)) - 0.25) * 2.0
        return torch.relu(nn.functional.interpolate(self.spatial(x), (9, 17), mode="bilinear"))


NETWORKS = {
    "squeezed": lambda: Squeezed((11, 16, 19), 5),
    "upsampled": lambda: Upsampled(5, kernel=3, first="bilinear"),
    "shuffled": lambda: Shuffled(6, 3),
    "gated": lambda: Gated(7),
    "newer": Newer,
    "rearranged": Rearranged,
    "bottlenecks": Bottlenecks,
    "residual": Residual,
    "fire": Fire,
    "linear over a map": lambda: Flattened(nn.Flatten(), nn.Linear(24 * 4, 7), nn.Linear(7, 3)),
    "map": Flattened,
    "flattened map": lambda: Flattened(nn.Flatten()),
}


def folded(name: str) -> Program:
    side = SIDE if name == "upsampled" else 16
    inputs = samples(2, 3, side, side)
    program, _ = fold_batch_norm(capture(seeded(NETWORKS[name]()), inputs[0], inputs), {})
    return program


@pytest.mark.parametrize("name", NETWORKS)
def test_the_graph_foretells_the_plan(name: str) -> None:
    program = folded(name)
    quantised, _ = int8_ptq(program, QUICK)
    plan = read_plan(write_plan(lower(quantised.exported), fingerprint=1).data)
    lowered = sorted(map(str, (shape for entry in entries(plan) for shape in entry)))
    assert sorted(map(str, operators_of(program.exported))) == lowered
    assert sorted(map(str, operators_of(quantised.exported))) == lowered


def test_batch_norm_that_is_not_folded_yet_costs_nothing() -> None:
    inputs = samples(2, 3, 16, 16)
    raw = capture(seeded(Bottlenecks()), inputs[0], inputs)
    assert operators_of(raw.exported) == operators_of(folded("bottlenecks").exported)


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
    *(OperatorShape(kind=kind.name.lower(), **MAP) for kind in Kind),
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
