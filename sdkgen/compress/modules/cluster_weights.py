"""k-means of weights: Lloyd's algorithm on numbers, with zeros kept."""

import torch

ROUNDS = 50


def kmeans(values: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Run Lloyd's k-means on numbers: centres (≤ count,) in ascending order, and each value's cluster (n,) int64.

    Deterministic: the centres start evenly between the extremes; one that loses all its values stays where it is.
    """
    values = values.double()
    centres = torch.linspace(float(values.min()), float(values.max()), count, dtype=torch.float64)
    cluster = torch.bucketize(values, (centres[1:] + centres[:-1]) / 2)
    for _ in range(ROUNDS):
        sums = torch.zeros(count, dtype=torch.float64).index_add_(0, cluster, values)
        sizes = torch.bincount(cluster, minlength=count)
        centres = torch.where(sizes > 0, sums / sizes.clamp(min=1), centres).sort().values
        moved = torch.bucketize(values, (centres[1:] + centres[:-1]) / 2)
        if torch.equal(moved, cluster):
            break
        cluster = moved
    return centres, cluster


def clusters_of(values: torch.Tensor, count: int) -> torch.Tensor:
    """Return each value's cluster; cluster 0 holds only the weights that are 0, which pruning leaves."""
    zero = values == 0
    if not zero.any() or zero.all():
        return kmeans(values, count)[1]
    cluster = torch.zeros(len(values), dtype=torch.int64)
    cluster[~zero] = kmeans(values[~zero], count - 1)[1] + 1
    return cluster


def cluster_means(values: torch.Tensor, cluster: torch.Tensor, count: int) -> torch.Tensor:
    """Replace every value by the mean of its cluster, computed in float64."""
    sums = torch.zeros(count, dtype=torch.float64).index_add_(0, cluster, values.detach().double())
    sizes = torch.bincount(cluster, minlength=count).clamp(min=1)
    return (sums / sizes).float()[cluster]
