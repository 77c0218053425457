"""Casts in forward: those that change no value leave no trace, those that change the arithmetic are refused by name."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from sdkgen.compress.program import capture, graph_of, run
from sdkgen.compress.run import compress
from sdkgen.errors import ModelError
from tests.unit.compress.compress_networks import FOLD, PTQ, samples, seeded, spec

DATA = samples(3, 3, 16, 16)


class Inner(nn.Module):
    """A function between two convolutions, as a layer of its own."""

    def __init__(self, function: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.function(x)


class Net(nn.Module):
    def __init__(self, function: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.stem, self.middle, self.head = nn.Conv2d(3, 8, 3), Inner(function), nn.Conv2d(8, 4, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.relu(self.middle(self.stem(x))))


def _autocast(x: torch.Tensor, dtype: torch.dtype, *, enabled: bool) -> torch.Tensor:
    with torch.autocast("cpu", dtype=dtype, enabled=enabled):
        return nn.functional.conv2d(x, torch.ones(8, 1, 1, 1), groups=8)


def _without_gradients(x: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return x.float()


def _asserted(x: torch.Tensor) -> torch.Tensor:
    torch._assert_async(torch.isfinite(x).all())
    return x


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.float(),
        lambda x: x.to(torch.float32, copy=True),
        lambda x: x.to("cpu"),
        lambda x: x.to(x.device, x.dtype),
        lambda x: x.cpu().float().contiguous(),
        lambda x: x.type(torch.float32).type_as(x),
        lambda x: x.double().float(),
        lambda x: x.to(memory_format=torch.channels_last),
        _without_gradients,
        _asserted,
    ],
)
def test_a_cast_that_changes_no_value_leaves_the_program_as_without_it(
    function: Callable[[torch.Tensor], torch.Tensor],
) -> None:
    plain, cast = seeded(Net(lambda x: x)), seeded(Net(function))
    (expected, actual) = (capture(module, DATA[0], DATA).exported for module in (plain, cast))
    targets = [
        [node.target for node in program.graph.nodes if node.op == "call_function"] for program in (expected, actual)
    ]
    assert targets[0] == targets[1]
    assert torch.equal(run(graph_of(actual), DATA[1])[0], plain(*DATA[1]))


def test_a_network_with_casts_builds_with_every_figure() -> None:
    model = compress(spec(FOLD, PTQ), seeded(Net(lambda x: x.float())), DATA[0], DATA)
    assert model.reports[-1].after["modelled_instructions_neon"] > 0


def test_autocast_that_is_off_changes_nothing() -> None:
    module = seeded(Net(lambda x: _autocast(x, torch.bfloat16, enabled=False)))
    assert torch.equal(run(graph_of(capture(module, DATA[0], DATA).exported), DATA[1])[0], module(*DATA[1]))


@pytest.mark.parametrize(
    ("function", "dtype"),
    [
        (lambda x: x.half().float(), "float16"),
        (lambda x: x.bfloat16().float(), "bfloat16"),
        (lambda x: torch.exp(x.double()).float(), "float64"),
        (lambda x: x.long().float(), "int64"),
        (lambda x: x.to(torch.uint8).float(), "uint8"),
        (lambda x: _autocast(x, torch.bfloat16, enabled=True).float(), "bfloat16"),
        (lambda x: _autocast(x, torch.float16, enabled=True).float(), "float16"),
    ],
)
def test_a_cast_that_changes_the_arithmetic_is_refused(
    function: Callable[[torch.Tensor], torch.Tensor], dtype: str
) -> None:
    with pytest.raises(ModelError) as caught:
        compress(spec(PTQ), seeded(Net(function)), DATA[0], DATA)
    message = str(caught.value)
    assert "in layer 'middle'" in message and f"casts float32 to {dtype}," in message
    assert "remove the cast from forward()" in message
