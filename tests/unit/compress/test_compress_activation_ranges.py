"""Every way to choose a range, on histograms whose right answer is known."""

from typing import get_args

import pytest
import torch
from torch import nn

from sdkgen.compress.int8.activation_ranges import chosen_range
from sdkgen.compress.passes.int8_ptq import Int8Ptq
from sdkgen.compress.run import compress
from sdkgen.errors import CompressionError
from tests.unit.compress.compress_networks import samples, seeded, spec

BINS = 2048
METHODS = get_args(Int8Ptq.model_fields["activation_range"].annotation)


def bell_with_outlier(*, positive: bool) -> tuple[torch.Tensor, float, float]:
    """A million normally distributed values, and one of 40 times their deviation."""
    values = torch.randn(1_000_000, generator=torch.Generator().manual_seed(4))
    values = values.abs() if positive else values
    values[0] = 40.0
    low, high = float(values.min()), float(values.max())
    return torch.histc(values, BINS, low, high).double(), low, high


@pytest.mark.parametrize("positive", [True, False])
@pytest.mark.parametrize(
    ("method", "largest"), [("mse", 20.0), ("output_mse", 20.0), ("percentile", 5.0), ("entropy", 8.0)]
)
def test_an_outlier_is_clipped(method: str, largest: float, positive: bool) -> None:
    counts, low, high = bell_with_outlier(positive=positive)
    chosen_low, chosen_high = chosen_range(method, counts, low, high, percentile=99.99)
    assert 2.5 < chosen_high < largest
    assert chosen_low >= min(low, 0.0)
    assert (chosen_low < -2.5) is not positive


def test_min_max_keeps_an_outlier() -> None:
    counts, low, high = bell_with_outlier(positive=True)
    assert chosen_range("min_max", counts, low, high) == (low, high)


@pytest.mark.parametrize("method", METHODS)
def test_nothing_is_clipped_off_evenly_spread_values(method: str) -> None:
    low, high = chosen_range(method, torch.full((BINS,), 100.0), -1.0, 3.0)
    assert low == pytest.approx(-1.0, abs=0.03)
    assert high == pytest.approx(3.0, abs=0.03)


@pytest.mark.parametrize(("percentile", "expected"), [(100.0, (0.0, 10.0)), (99.0, (0.0, 9.9)), (90.0, (0.0, 9.0))])
def test_percentile_counts_from_each_end(percentile: float, expected: tuple[float, float]) -> None:
    # Every tenth of the range holds a tenth of the values, and 0 half of all.
    counts = torch.full((1000,), 1.0)
    low, high = chosen_range("percentile", counts, 0.0, 10.0, percentile=percentile)
    assert high == pytest.approx(expected[1], abs=0.011)
    assert low == pytest.approx(10.0 - expected[1], abs=0.011)


def test_percentile_leaves_the_zeros_of_relu() -> None:
    counts = torch.zeros(1000)
    counts[0], counts[1:] = 5000.0, 1.0
    low, high = chosen_range("percentile", counts, 0.0, 10.0, percentile=99.0)
    assert low == 0.0
    assert high == pytest.approx(10.0 - 0.6, abs=0.05)


@pytest.mark.parametrize("method", METHODS)
def test_a_constant_tensor_keeps_its_value(method: str) -> None:
    assert chosen_range(method, torch.zeros(BINS), 2.0, 2.0) == (2.0, 2.0)


def test_entropy_is_not_led_by_the_zeros_of_relu() -> None:
    counts, _, high = bell_with_outlier(positive=True)
    counts[0] = counts[1]
    with_zeros = counts.clone()
    with_zeros[0] = 10 * counts.sum()
    assert chosen_range("entropy", with_zeros, 0.0, high) == chosen_range("entropy", counts, 0.0, high)


class Ignored(nn.Module):
    """Values above 1 do not reach the output."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 8, 1)
        self.second = nn.Conv2d(8, 4, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.second(torch.clamp(torch.relu(self.first(x)).abs(), max=1.0)).mean((2, 3))


def test_values_that_no_output_depends_on_get_no_steps() -> None:
    data = samples(6, 3, 8, 8)
    data = [(sample[0] * 4,) for sample in data]

    def range_of_relu(method: str) -> float:
        made = compress(spec(("int8_ptq", {"activation_range": method})), seeded(Ignored()), data[0], data)
        row = next(row for row in made.quantisation if row.name == "first")
        return row.scale * 255

    assert range_of_relu("mse") > 2.0
    assert range_of_relu("output_mse") == pytest.approx(1.0, abs=0.1)


class Threshold(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.conv(x)).argmax(1)


def test_outputs_without_derivative_are_refused() -> None:
    data = samples(2, 3, 8, 8)
    with pytest.raises(CompressionError, match=r'derivative\n  Set activation_range = "mse"'):
        compress(spec(("int8_ptq", {"activation_range": "output_mse"})), seeded(Threshold()), data[0], data)
