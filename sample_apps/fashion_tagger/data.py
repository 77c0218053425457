"""Fashion-MNIST as sdkgen trains on it: 60 000 and 10 000 grey pictures of 28×28, normalised as sdk.toml says."""

from pathlib import Path

import torch

from sdkgen.idx import read_idx

MEAN, STD = 0.286, 0.353  # in units of 0…1; [input] of sdk.toml has the same


class FashionMnist:
    """One split. A whole batch is made at once, which is much faster than picture by picture."""

    def __init__(self, folder: Path, prefix: str, *, augment: bool) -> None:
        pictures = torch.from_numpy(read_idx(folder / f"{prefix}-images-idx3-ubyte.gz", rank=3).copy())
        self._pictures = ((pictures.float() / 255 - MEAN) / STD).unsqueeze(1)
        self._labels = torch.from_numpy(read_idx(folder / f"{prefix}-labels-idx1-ubyte.gz", rank=1).copy()).long()
        self._augment = augment

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self._pictures[index].expand(3, 28, 28), int(self._labels[index])

    def __getitems__(self, indices: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
        pictures = self._pictures[indices]
        if self._augment:  # shoes point left or right, shirts hang either way
            mirrored = torch.rand(len(indices)) < 0.5
            pictures = torch.where(mirrored[:, None, None, None], pictures.flip(3), pictures)
        return pictures.expand(-1, 3, 28, 28), self._labels[indices]


def fashion_mnist(folder: str) -> tuple[FashionMnist, FashionMnist]:
    """Training and evaluation data."""
    return (
        FashionMnist(Path(folder), "train", augment=True),
        FashionMnist(Path(folder), "t10k", augment=False),
    )
