"""Replaces a layer by a chain of thinner ones: SVD, Tucker-2 or CP of its weights."""

from dataclasses import dataclass

import torch
from torch import nn

from sdkgen.compress.modules.decompose import cp, low_rank_pair, tucker2

ROUND_TO = 8
"""Ranks are multiples of it: the kernels compute channels in panels of eight."""
FEWEST_CHANNELS = 8
"""Fewest inputs of a layer that is replaced: a picture's three channels have no low rank worth another layer."""
LARGEST_PART = 0.9
"""Largest fraction of multiply-accumulates and weights that may remain: neither counts a chain's passes over memory."""


@dataclass(frozen=True, kw_only=True)
class Replacement:
    """A chain of layers in place of one; `note` names the ranks."""

    layer: nn.Sequential
    note: str


def replacement(
    layer: nn.Conv2d | nn.Linear, method: str, energy: float | None, fraction: float | None
) -> Replacement | None:
    """Return the chain that replaces `layer`, or None where it would not save.

    Args:
        method: for k×k convolutions, "tucker" or "cp".
        energy: fraction of the squared singular values that is kept, or None with a `fraction`.
        fraction: the rank as a fraction of the full one.
    """
    if layer.weight.shape[1] < FEWEST_CHANNELS:
        return None
    if isinstance(layer, nn.Linear):
        return _linear(layer, energy, fraction)
    if layer.groups != 1 or layer.padding_mode != "zeros" or isinstance(layer.padding, str):
        return None
    if layer.kernel_size == (1, 1):
        return _pointwise(layer, energy, fraction)
    return _tucker(layer, energy, fraction) if method == "tucker" else _cp(layer, energy, fraction)


def _saves(weight: torch.Tensor, *costs: int) -> bool:
    """Return whether all `costs` of a chain, per output position, are small enough against the replaced layer's."""
    return max(costs) <= LARGEST_PART * weight.numel()


def rank_of(matrix: torch.Tensor, energy: float | None, fraction: float | None) -> int:
    """Return the rank that keeps `energy` of the squared singular values, or `fraction` of all, rounded to 8."""
    singular = torch.linalg.svdvals(matrix.double())
    if fraction is not None:
        wanted = max(1, round(fraction * len(singular)))
    else:
        assert energy is not None
        part = singular.square().cumsum(0) / singular.square().sum().clamp(min=1e-300)
        wanted = int((part < energy).sum()) + 1
    return min(len(singular), -(-wanted // ROUND_TO) * ROUND_TO)


def _linear(layer: nn.Linear, energy: float | None, fraction: float | None) -> Replacement | None:
    weight = layer.weight.detach()
    rank = rank_of(weight, energy, fraction)
    if not _saves(weight, rank * (layer.in_features + layer.out_features)):
        return None
    first, second = low_rank_pair(weight, rank)
    chain = nn.Sequential(
        nn.Linear(layer.in_features, rank, bias=False), nn.Linear(rank, layer.out_features, bias=layer.bias is not None)
    )
    _fill(chain, (first, second), layer.bias)
    return Replacement(layer=chain, note=f"SVD, rank {rank} of {min(weight.shape)}")


def _pointwise(layer: nn.Conv2d, energy: float | None, fraction: float | None) -> Replacement | None:
    weight = layer.weight.detach().flatten(1)
    rank = rank_of(weight, energy, fraction)
    if not _saves(weight, rank * (layer.in_channels + layer.out_channels)):
        return None
    first, second = low_rank_pair(weight, rank)
    chain = nn.Sequential(
        # The first layer has the stride, so that the thin layer computes only values that are read.
        nn.Conv2d(layer.in_channels, rank, 1, pair(layer.stride), pair(layer.padding), bias=False),
        nn.Conv2d(rank, layer.out_channels, 1, bias=layer.bias is not None),
    )
    _fill(chain, (first[:, :, None, None], second[:, :, None, None]), layer.bias)
    return Replacement(layer=chain, note=f"SVD, rank {rank} of {min(weight.shape)}")


def _tucker(layer: nn.Conv2d, energy: float | None, fraction: float | None) -> Replacement | None:
    weight = layer.weight.detach()
    out_channels, in_channels, height, width = weight.shape
    rank_out = rank_of(weight.flatten(1), energy, fraction)
    rank_in = rank_of(weight.transpose(0, 1).flatten(1), energy, fraction)
    core_weights = rank_in * rank_out * height * width
    # The first layer computes every input position, the others every output position.
    area = layer.stride[0] * layer.stride[1]
    macs = in_channels * rank_in * area + core_weights + rank_out * out_channels
    if not _saves(weight, macs, in_channels * rank_in + core_weights + rank_out * out_channels):
        return None
    first, core, last = tucker2(weight, rank_out, rank_in)
    chain = nn.Sequential(
        nn.Conv2d(in_channels, rank_in, 1, bias=False),
        nn.Conv2d(
            rank_in,
            rank_out,
            pair(layer.kernel_size),
            pair(layer.stride),
            pair(layer.padding),
            pair(layer.dilation),
            bias=False,
        ),
        nn.Conv2d(rank_out, out_channels, 1, bias=layer.bias is not None),
    )
    _fill(chain, (first[:, :, None, None], core, last[:, :, None, None]), layer.bias)
    return Replacement(
        layer=chain, note=f"Tucker-2, ranks {rank_in} of {in_channels} in, {rank_out} of {out_channels} out"
    )


def _cp(layer: nn.Conv2d, energy: float | None, fraction: float | None) -> Replacement | None:
    weight = layer.weight.detach()
    out_channels, in_channels, height, width = weight.shape
    rank = rank_of(weight.flatten(1), energy, fraction)
    area = layer.stride[0] * layer.stride[1]
    weights = rank * (in_channels + height + width + out_channels)
    macs = rank * (in_channels * area + height * layer.stride[1] + width + out_channels)
    if not _saves(weight, macs, weights):
        return None
    out_factor, in_factor, rows, columns = cp(weight, rank)
    (stride_h, stride_w), (pad_h, pad_w), (dilation_h, dilation_w) = map(
        pair, (layer.stride, layer.padding, layer.dilation)
    )
    chain = nn.Sequential(
        nn.Conv2d(in_channels, rank, 1, bias=False),
        nn.Conv2d(rank, rank, (height, 1), (stride_h, 1), (pad_h, 0), (dilation_h, 1), groups=rank, bias=False),
        nn.Conv2d(rank, rank, (1, width), (1, stride_w), (0, pad_w), (1, dilation_w), groups=rank, bias=False),
        nn.Conv2d(rank, out_channels, 1, bias=layer.bias is not None),
    )
    factors = (in_factor.T[:, :, None, None], rows.T[:, None, :, None], columns.T[:, None, None, :])
    _fill(chain, (*factors, out_factor[:, :, None, None]), layer.bias)
    return Replacement(layer=chain, note=f"CP, rank {rank}")


def pair(value: object) -> tuple[int, int]:
    """Return stride, padding and the like of a Conv2d as a pair, which torch stores but does not declare."""
    assert isinstance(value, tuple)
    first, second = value
    return int(first), int(second)


def _fill(chain: nn.Sequential, weights: tuple[torch.Tensor, ...], bias: torch.Tensor | None) -> None:
    with torch.no_grad():
        for layer, weight in zip(chain, weights, strict=True):
            assert isinstance(layer, nn.Conv2d | nn.Linear)
            layer.weight.copy_(weight)
        if bias is not None:
            last = chain[-1]
            assert isinstance(last, nn.Conv2d | nn.Linear) and last.bias is not None
            last.bias.copy_(bias.detach())
