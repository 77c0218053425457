"""Low-rank factors of weights: SVD of matrices, Tucker-2 and CP of convolution kernels; all in float64."""

import torch

ROUNDS = 30
"""Largest number of alternating iterations; they stop when the error no longer changes."""
RELATIVE_CHANGE = 1e-6


def low_rank_pair(matrix: torch.Tensor, rank: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return (rank, in) and (out, rank), whose product is the best approximation of `matrix` (out, in) of that rank.

    The singular values are shared evenly, so that both layers' weights have similar magnitude, which quantises better.
    """
    u, s, vh = torch.linalg.svd(matrix.double(), full_matrices=False)
    root = s[:rank].sqrt()
    return (root[:, None] * vh[:rank]).float(), (u[:, :rank] * root).float()


def tucker2(kernel: torch.Tensor, rank_out: int, rank_in: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Factorise a kernel (out, in, kh, kw): (rank_in, in), core (rank_out, rank_in, kh, kw) and (out, rank_out).

    Higher-order orthogonal iteration over the two channel axes (De Lathauwer et al., 2000; Kim et al.,
    arXiv:1511.06530), from the truncated SVDs of the unfoldings.
    """
    kernel = kernel.double()
    left = _leading(kernel.flatten(1), rank_out)
    right = _leading(kernel.transpose(0, 1).flatten(1), rank_in)
    previous = 0.0
    for _ in range(ROUNDS):
        left = _leading(torch.einsum("oihw,ir->orhw", kernel, right).flatten(1), rank_out)
        right = _leading(torch.einsum("oihw,or->rihw", kernel, left).transpose(0, 1).flatten(1), rank_in)
        core = torch.einsum("oihw,or,is->rshw", kernel, left, right)
        norm = float(core.norm())
        if norm - previous <= RELATIVE_CHANGE * norm:
            break
        previous = norm
    return right.T.float(), core.float(), left.float()


def cp(kernel: torch.Tensor, rank: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Factorise a kernel (out, in, kh, kw) to `rank` outer products: (out, rank), (in, rank), (kh, rank), (kw, rank).

    Alternating least squares (Lebedev et al., arXiv:1412.6553) from a fixed start; the norm of each term is spread
    evenly over its four factors.
    """
    kernel = kernel.double()
    if not kernel.any():
        return tuple(torch.zeros(size, rank) for size in kernel.shape)  # type: ignore[return-value]  # of four
    generator = torch.Generator().manual_seed(0)
    factors = [torch.randn(size, rank, generator=generator, dtype=torch.float64) for size in kernel.shape]
    axes, previous = "oihw", torch.inf
    for _ in range(ROUNDS * 4):
        for axis, name in enumerate(axes):
            others = [index for index in range(4) if index != axis]
            terms = ",".join(f"{axes[index]}r" for index in others)
            projected = torch.einsum(f"oihw,{terms}->{name}r", kernel, *(factors[index] for index in others))
            gram = torch.ones(rank, rank, dtype=torch.float64)
            for index in others:
                gram = gram * (factors[index].T @ factors[index])
            # A small ridge on the diagonal: nearly equal terms would make the system singular.
            ridge = 1e-9 * gram.diagonal().mean() * torch.eye(rank, dtype=torch.float64)
            factors[axis] = torch.linalg.solve(gram + ridge, projected.T).T
        error = float((kernel - torch.einsum("or,ir,hr,wr->oihw", *factors)).norm())
        if previous - error <= RELATIVE_CHANGE * error:
            break
        previous = error
    norms = torch.stack([factor.norm(dim=0).clamp(min=1e-300) for factor in factors])
    share = norms.prod(dim=0) ** 0.25
    spread = [factor / norm * share for factor, norm in zip(factors, norms, strict=True)]
    return spread[0].float(), spread[1].float(), spread[2].float(), spread[3].float()


def _leading(matrix: torch.Tensor, rank: int) -> torch.Tensor:
    """Return the `rank` leading left singular vectors, (rows, rank)."""
    left, _, _ = torch.linalg.svd(matrix, full_matrices=False)
    leading: torch.Tensor = left[:, :rank]
    return leading
