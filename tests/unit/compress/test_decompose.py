"""Factors multiply back to what they were taken from."""

import torch

from sdkgen.compress.modules.decompose import cp, low_rank_pair, tucker2

GENERATOR = torch.Generator().manual_seed(8)


def _random(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=GENERATOR)


def test_a_pair_is_the_best_approximation() -> None:
    matrix = _random(12, 20)
    first, second = low_rank_pair(matrix, 5)
    assert first.shape == (5, 20) and second.shape == (12, 5)
    singular = torch.linalg.svdvals(matrix.double())
    error = (matrix - second @ first).double().norm()
    torch.testing.assert_close(error, singular[5:].norm(), rtol=1e-5, atol=0)
    torch.testing.assert_close(first.norm(dim=1), second.norm(dim=0), rtol=1e-4, atol=0)


def test_tucker_2_is_exact_at_the_ranks_of_the_kernel() -> None:
    kernel = torch.einsum("rshw,or,is->oihw", _random(4, 3, 3, 3), _random(10, 4), _random(8, 3))
    first, core, last = tucker2(kernel, 4, 3)
    assert (first.shape, core.shape, last.shape) == ((3, 8), (4, 3, 3, 3), (10, 4))
    again = torch.einsum("rshw,or,si->oihw", core, last, first)
    torch.testing.assert_close(again, kernel, rtol=1e-4, atol=1e-4)


def test_cp_is_exact_at_the_rank_of_the_kernel() -> None:
    factors = [_random(size, 3) for size in (10, 8, 3, 5)]
    kernel = torch.einsum("or,ir,hr,wr->oihw", *factors)
    found = cp(kernel, 3)
    assert [tuple(f.shape) for f in found] == [(10, 3), (8, 3), (3, 3), (5, 3)]
    torch.testing.assert_close(torch.einsum("or,ir,hr,wr->oihw", *found), kernel, rtol=1e-3, atol=1e-3)


def test_a_kernel_of_zeros_has_factors_too() -> None:
    for factors in (cp(torch.zeros(4, 3, 3, 3), 2), tucker2(torch.zeros(4, 3, 3, 3), 2, 2)):
        assert all(torch.isfinite(factor).all() for factor in factors)
