"""Range search: exact zero, less error than min-max where tails are heavy, never more where they are not."""

import pytest
import torch

from sdkgen.compress.int8.observers import ActivationObserver
from sdkgen.compress.int8.ranges import affine_parameters, minimal_mse_scale, symmetric_scale


def observed(tensors: list[torch.Tensor], method: str) -> tuple[float, int]:
    observer = ActivationObserver(method=method, dtype=torch.int8, quant_min=-128, quant_max=127)
    for tensor in tensors:
        observer(tensor)
    if method == "mse":
        observer.start_histogram()
        for tensor in tensors:
            observer(tensor)
    scale, zero_point = observer.calculate_qparams()
    return float(scale), int(zero_point)


def squared_error(values: torch.Tensor, scale: float, zero_point: int) -> float:
    quantised = ((values.double() / scale).round() + zero_point).clamp(-128, 127)
    return float((((quantised - zero_point) * scale) - values.double()).square().sum())


def heavy_tailed(*, positive: bool) -> list[torch.Tensor]:
    """Normally distributed values and one that is far out."""
    generator = torch.Generator().manual_seed(5)
    tensors = [torch.randn(200_000, generator=generator) for _ in range(3)]
    tensors[1][17] = 20.0
    return [t.abs() for t in tensors] if positive else tensors


@pytest.mark.parametrize("positive", [True, False])
def test_mse_beats_min_max_on_a_heavy_tail(positive: bool) -> None:
    tensors = heavy_tailed(positive=positive)
    values = torch.cat(tensors)
    by_mse = squared_error(values, *observed(tensors, "mse"))
    by_min_max = squared_error(values, *observed(tensors, "min_max"))
    assert by_mse < 0.8 * by_min_max


def test_mse_is_not_worse_on_a_uniform_tensor() -> None:
    values = torch.linspace(-1.0, 3.0, 50_001)
    by_mse = squared_error(values, *observed([values], "mse"))
    assert by_mse <= 1.01 * squared_error(values, *observed([values], "min_max"))


@pytest.mark.parametrize(
    ("low", "high", "scale", "zero_point"),
    [
        (0.0, 6.0, 6 / 255, -128),
        (-1.0, 1.0, 2 / 255, 0),
        (2.0, 5.1, 5.1 / 255, -128),  # a range without 0 is widened to it
        (-5.1, -2.0, 5.1 / 255, 127),
        (0.0, 0.0, 1 / 255, -128),  # a tensor of zeros
    ],
)
def test_affine_parameters_represent_zero(low: float, high: float, scale: float, zero_point: int) -> None:
    actual_scale, actual_zero_point = affine_parameters(torch.tensor(low), torch.tensor(high))
    assert float(actual_scale) == pytest.approx(scale, rel=1e-6)
    # -1 … 1 puts the zero point on a half, where either neighbour is right.
    assert abs(int(actual_zero_point) - zero_point) <= (0 if low * high == 0 or low * high > 0 else 1)


def test_weight_search_is_per_channel_and_never_worse() -> None:
    generator = torch.Generator().manual_seed(9)
    weight = torch.randn(4, 200_000, generator=generator)
    weight[0, 5] = 12.0  # far out
    weight[1] = 0.25  # one magnitude only: min-max is exact
    weight[2] = 0.0
    full, searched = symmetric_scale(weight), minimal_mse_scale(weight)

    def error(scale: torch.Tensor) -> torch.Tensor:
        integers = (weight / scale[:, None]).round().clamp(-127, 127)
        return (integers * scale[:, None] - weight).square().sum(1)

    assert bool((error(searched) <= error(full)).all())
    assert float(error(searched)[0]) < 0.8 * float(error(full)[0])
    assert bool((searched > 0).all())
    assert float(searched[1]) == float(full[1])


def test_nan_is_seen_whenever_it_comes() -> None:
    observer = ActivationObserver(method="min_max", dtype=torch.int8, quant_min=-128, quant_max=127)
    for values in ([1.0], [float("nan")], [2.0]):
        observer(torch.tensor(values))
    assert not observer.is_finite
