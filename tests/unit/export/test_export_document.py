"""docs/operators.md says what the code does: the same operators, and the kinds that examples of each row lower to."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional

from sdkgen.plan import document
from sdkgen.plan.aten import aten_operators
from sdkgen.plan.lower import lower
from sdkgen.plan.operator_type import Kind
from tests.unit.export.export_cases import quantise, samples_for
from tests.unit.export.modules import Network

DOCUMENT = Path(__file__).parents[3] / "docs" / "operators.md"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of the table."""

    name: str
    operators: frozenset[str]
    kinds: frozenset[str]


def rows() -> list[Row]:
    found = []
    for line in DOCUMENT.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("| ") else []
        if len(cells) == 4 and cells[0] != "PyTorch":
            operators, kinds = (frozenset(re.findall("`([^`]+)`", cell)) for cell in cells[1:3])
            found.append(Row(name=cells[0], operators=operators, kinds=kinds))
    return found


def test_it_holds_the_table_that_the_families_declare() -> None:
    page = DOCUMENT.read_text()
    assert document.rewritten(page) == page, "write it again: python -m sdkgen.plan.document"


def test_it_lists_what_is_lowered() -> None:
    documented = [operator for row in rows() for operator in row.operators]
    assert len(documented) == len(set(documented))
    # The edge dialect's copies of views need no mention.
    table = aten_operators()
    lowered = {name for name in table if name in documented or name.replace("_copy", "") not in table}
    assert set(documented) == lowered


def test_it_lists_every_kind() -> None:
    assert {kind for row in rows() for kind in row.kinds} == {kind.name for kind in Kind}


class Of(nn.Module):
    """A function as a module, so that what it lowers to carries its name."""

    def __init__(self, function: object) -> None:
        super().__init__()
        self.function = function

    def forward(self, *x: torch.Tensor) -> torch.Tensor:
        return self.function(*x)  # type: ignore[operator]


# Examples of each row over the int8 result x of a convolution with 12 channels, 8x6 pixels.
EXAMPLES: dict[str, list[nn.Module]] = {
    "Conv2d": [nn.Conv2d(12, 5, 1), nn.Conv2d(12, 5, 3), nn.Conv2d(12, 12, 3, groups=12)],
    "ConvTranspose2d, PixelShuffle": [nn.ConvTranspose2d(12, 5, 2, 2), nn.PixelShuffle(2)],
    "Linear": [
        nn.Sequential(nn.Flatten(), nn.Linear(576, 4)),
        nn.Sequential(Of(lambda x: x[:, :, 0, 0]), nn.Linear(12, 4)),
    ],
    "BatchNorm2d behind anything else": [nn.Sequential(Of(torch.tanh), nn.BatchNorm2d(12))],
    "a + b, a - b": [Of(lambda x: x + x), Of(lambda x: x + 0.25), Of(lambda x: x - x)],
    "a * b": [Of(lambda x: x * x), Of(lambda x: x * 0.25)],
    "ReLU, ReLU6, Hardtanh, clamp": [nn.ReLU(), nn.ReLU6(), nn.Hardtanh(), Of(lambda x: x.clamp(max=0.5))],
    "functions of one element": [nn.Hardswish(), nn.Sigmoid(), Of(lambda x: 1 / (2 + torch.sin(x)))],
    "PReLU": [nn.PReLU(), nn.PReLU(12)],
    "MaxPool2d": [nn.MaxPool2d(2)],
    "AvgPool2d, AdaptiveAvgPool2d, mean over H and W": [
        nn.AvgPool2d(2),
        nn.AdaptiveAvgPool2d(3),
        Of(lambda x: x.mean((2, 3))),
    ],
    "Upsample, interpolate": [nn.Upsample(scale_factor=2), nn.UpsamplingBilinear2d(size=(9, 9))],
    "cat over channels": [Of(lambda x: torch.cat([x, x], 1))],
    "pad with a constant": [nn.ZeroPad2d(1), Of(lambda x: functional.pad(x, (-1, 0)))],
    "slices, narrow, select, chunk, split, unbind": [Of(lambda x: x[:, 2:]), Of(lambda x: x.chunk(2, 3)[1])],
    "ChannelShuffle": [nn.ChannelShuffle(2), Of(lambda x: x.reshape(1, 2, 6, 8, 6).transpose(1, 2).reshape(x.shape))],
    "view, reshape, flatten, squeeze, unsqueeze": [
        nn.Sequential(nn.Flatten(), nn.PReLU(576)),
        Of(lambda x: x.unsqueeze(0).squeeze(0)),
    ],
    "Softmax over channels": [nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Softmax(1))],
    "dropout, clone and such": [nn.Dropout(), Of(lambda x: x.clone())],
    "int8 itself": [],
}
# What stands before or behind the operator in an example.
COMPANIONS = {
    "Linear": {"slice"},
    "BatchNorm2d behind anything else": {"lut"},
    "view, reshape, flatten, squeeze, unsqueeze": {"prelu"},
    "Softmax over channels": {"avg_pool"},
}


@pytest.fixture(scope="module")
def lowered() -> dict[str, set[str]]:
    """The kinds that the examples of each row became."""
    layers = {f"{number}_{index}": module for number, modules in enumerate(EXAMPLES.values())
              for index, module in enumerate(modules)}  # fmt: skip

    def forward(m: nn.ModuleDict, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        x = m["stem"](x)
        return tuple(m[name](x) for name in layers)

    samples = samples_for(((1, 3, 8, 6),), 1)
    graph = lower(quantise(Network(forward, stem=nn.Conv2d(3, 12, 1), **layers), samples))
    found: dict[str, set[str]] = {name: set() for name in EXAMPLES}
    names = list(EXAMPLES)
    for operator in graph.operators:
        match = re.match(r"layers\.(\d+)_", operator.layer)
        if match and operator.kind is not Kind.DEQUANTIZE:
            found[names[int(match[1])]].add(operator.kind.name)
    kinds = {operator.kind.name for operator in graph.operators}
    found["int8 itself"] = kinds & {"quantize", "dequantize"}
    return found


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
def test_examples_lower_to_the_kinds_of_their_row(row: Row, lowered: dict[str, set[str]]) -> None:
    assert lowered[row.name] - COMPANIONS.get(row.name, set()) == row.kinds
