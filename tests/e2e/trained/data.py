"""Pictures with one bright quarter, whose number is the label."""

import torch


class Quarters:
    """`count` pictures (3, 12, 12), drawn from `seed`."""

    def __init__(self, count: int, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        self._labels = torch.randint(0, 4, (count,), generator=generator)
        self._pictures = 0.3 * torch.randn(count, 3, 12, 12, generator=generator)
        for picture, label in zip(self._pictures, self._labels.tolist(), strict=True):
            top, left = divmod(label, 2)
            picture[:, 6 * top : 6 * top + 6, 6 * left : 6 * left + 6] += 1.0

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self._pictures[index], int(self._labels[index])


def quarters() -> tuple[Quarters, Quarters]:
    """Training and evaluation data."""
    return Quarters(512, 1), Quarters(128, 2)
