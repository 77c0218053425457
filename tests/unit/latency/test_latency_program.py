"""What the graph of a network says of its operators is what it is lowered to; the costs cover every kind of them."""

import pytest
import torch
from compress_networks import Bottlenecks, Fire, Residual, conv_norm, samples, seeded
from torch import nn

from sdkgen.bench.plan_entries import entries
from sdkgen.compress.fold_batch_norm import fold_batch_norm
from sdkgen.compress.int8_ptq import int8_ptq
from sdkgen.compress.program import Program, capture
from sdkgen.export.graph import Kind
from sdkgen.export.lower import lower
from sdkgen.export.plan import write_plan
from sdkgen.export.plan_reader import read_plan
from sdkgen.latency import OperatorShape, load, modelled, operators_of
from sdkgen.latency.terms import family

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


NETWORKS = {
    "bottlenecks": Bottlenecks,
    "residual": Residual,
    "fire": Fire,
    "linear over a map": lambda: Flattened(nn.Flatten(), nn.Linear(24 * 4, 7), nn.Linear(7, 3)),
    "map": Flattened,
    "flattened map": lambda: Flattened(nn.Flatten()),
}


def folded(name: str) -> Program:
    inputs = samples(2, 3, 16, 16)
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
    class Sine(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.sin(x)

    estimate = modelled(capture(nn.Sequential(conv_norm(3, 8), Sine()).eval(), *_inputs()).exported)
    assert estimate.unknown == ("lut",)


class Newer(nn.Module):
    """Operators that a network may have whether or not this runtime has kernels for them."""

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


MEASURED = {"gemm", "conv", "dwconv", "add", "max_pool", "avg_pool", "rescale", "softmax", "quantize", "dequantize",
            "to_nchw"}  # fmt: skip
"""What the benchmark's networks consist of; operators of other kinds are named as unknown until one has them."""


def test_there_are_costs_for_every_kind_of_operator() -> None:
    kernels = {"kernel": (3, 3)}
    known = load().families
    assert {kind.name.lower() for kind in Kind} >= MEASURED
    for name in sorted(MEASURED):
        shape = OperatorShape(kind=name, input=(1, 8, 8, 8), output=(1, 8, 8, 8), **(kernels if name == "conv" else {}))
        assert family(shape) in known, "fit the costs again: python -m sdkgen.bench.fit_costs"


def test_the_costs_know_their_error() -> None:
    errors = load().errors
    assert set(errors) == {"neon", "neondot", "neoni8mm"}
    for tier in errors.values():
        assert abs(tier["mobilenet_v2"]) < 0.05
        assert sorted(map(abs, tier.values()))[len(tier) // 2] < 0.05
