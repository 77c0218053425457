"""Networks that draw random numbers, write buffers or give NaN in eval mode are refused by their layer."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from sdkgen.compress.program import capture
from sdkgen.compress.run import compress
from sdkgen.errors import CompressionError, ModelError
from tests.unit.compress.compress_networks import FOLD, PTQ, samples, seeded, spec

DATA = samples(4, 3, 16, 16)
Function = Callable[["Layer", torch.Tensor], torch.Tensor]


class Layer(nn.Module):
    """Computes a function; it has a buffer and a BatchNorm to do it with."""

    def __init__(self, function: Function) -> None:
        super().__init__()
        self.function, self.norm = function, nn.BatchNorm2d(8)
        self.register_buffer("count", torch.zeros(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.function(self, x)


def _network(function: Function) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(3, 8, 3), Layer(function), nn.Conv2d(8, 4, 1))


def _count(layer: Layer, x: torch.Tensor) -> torch.Tensor:
    layer.count += 1
    return x


def _normalise(layer: Layer, x: torch.Tensor) -> torch.Tensor:
    return nn.functional.batch_norm(x, layer.norm.running_mean, layer.norm.running_var, training=True)


@pytest.mark.parametrize(
    ("function", "operator"),
    [
        (lambda _, x: nn.functional.dropout(x, 0.5), "aten.native_dropout.default"),
        (lambda _, x: nn.functional.dropout2d(x, 0.5), "aten.bernoulli.p"),
        (lambda _, x: x + 0.1 * torch.randn_like(x), "aten.randn_like.default"),
        (lambda _, x: x * torch.rand(1), "aten.rand.default"),
        (lambda _, x: nn.functional.gumbel_softmax(x, dim=1), "aten.exponential.default"),
        (lambda _, x: nn.functional.rrelu(x, training=True), "aten.rrelu"),
    ],
)
def test_random_numbers_are_refused_by_layer(function: Function, operator: str) -> None:
    with pytest.raises(ModelError) as caught:
        compress(spec(FOLD, PTQ), seeded(_network(function)), DATA[0], DATA)
    message = str(caught.value)
    assert f"operator {operator}" in message and "in layer '1'" in message
    assert "draws random numbers in inference" in message and "training=self.training" in message


@pytest.mark.parametrize(
    "function",
    [
        lambda layer, x: nn.functional.dropout(x, 0.5, training=layer.training),
        lambda layer, x: x + torch.randn_like(x) if layer.training else x,
        lambda layer, x: nn.functional.rrelu(x, training=layer.training),
        lambda _, x: nn.functional.scaled_dot_product_attention(x, x, x),
    ],
)
def test_random_numbers_of_training_are_not(function: Function) -> None:
    capture(seeded(_network(function)), DATA[0], DATA)


@pytest.mark.parametrize(
    ("function", "place"),
    [
        (_count, "layer '1' changes its buffer 'count' in inference"),
        (_normalise, "layer '1.norm' changes its buffer 'running_mean' in inference"),
    ],
)
def test_a_buffer_that_is_written_is_refused(function: Function, place: str) -> None:
    with pytest.raises(ModelError) as caught:
        compress(spec(FOLD, PTQ), seeded(_network(function)), DATA[0], DATA)
    assert place in str(caught.value) and "if self.training" in str(caught.value)


@pytest.mark.parametrize(
    ("function", "operator"),
    [
        (lambda _, x: torch.log(x), "aten.log.default"),
        (lambda _, x: torch.sqrt(x) * 2, "aten.sqrt.default"),
        (lambda _, x: 1 / torch.relu(x - 1e9), "aten.reciprocal.default"),
        # The infinity of the padding is removed by the maximum: not the cause.
        (
            lambda _, x: torch.log(nn.functional.max_pool2d(nn.functional.pad(x, (1, 1, 1, 1), value=-torch.inf), 3)),
            "aten.log.default",
        ),
    ],
)
@pytest.mark.parametrize("passes", [(FOLD, PTQ), (PTQ,)])
def test_the_first_layer_that_gives_nan_is_named(passes: tuple, function: Function, operator: str) -> None:
    with pytest.raises(CompressionError) as caught:
        compress(spec(*passes), seeded(_network(function)), DATA[0], DATA)
    message = str(caught.value)
    assert f"operator {operator} in layer '1'" in message
    assert "gives NaN or infinity on calibration sample 0" in message and "clamp(min=1e-6)" in message


def test_nan_on_one_sample_names_the_sample() -> None:
    class Root(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.conv(torch.sqrt(x))

    positive = [(tensor.abs(),) for (tensor,) in DATA]
    positive[2] = DATA[2]
    with pytest.raises(CompressionError, match=r"aten\.sqrt\.default in the network's forward\(\).* sample 2,"):
        compress(spec(FOLD, PTQ), seeded(Root()), positive[0], positive)
