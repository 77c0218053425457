"""Labelled data: the data sets that the data factory of a spec returns, every sample checked as it is read."""

import operator
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch

from sdkgen.errors import DataError


class Dataset(Protocol):
    """A map-style data set, as torch.utils.data calls it: a sample is (float32 input without batch axis, label)."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]: ...


@dataclass(frozen=True, kw_only=True)
class Split:
    """The training or the evaluation samples.

    Attributes:
        name: "training" or "evaluation", for messages.
        dataset: as the factory gave it.
        shape: of one input, without the batch axis (C, H, W) or (features,).
        classes: labels are 0 … classes − 1.
        origin: of the spec's data factory, for messages.
    """

    name: str
    dataset: Dataset
    shape: tuple[int, ...]
    classes: int
    origin: str

    def __len__(self) -> int:
        return len(self.dataset)

    def batches(
        self, size: int, order: torch.Tensor | None = None, *, seed: int = 0
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Inputs (n, *shape) float32 and labels (n,) int64; every sample once, the last batch may be smaller.

        Args:
            size: samples per batch.
            order: indices to read, or None for the order of the data set.
            seed: of the data set's augmentation, and of the reader's own dropout. Without it the samples would depend
                on random numbers drawn before.

        Raises:
            DataError: a sample has another shape or type, NaN, infinity, or a label that is no class.
        """
        indices = range(len(self)) if order is None else order.tolist()
        _seed_generators(seed)
        for start in range(0, len(indices), size):
            yield self._batch(indices[start : start + size])

    def labels(self) -> torch.Tensor:
        """Return (len,) int64 labels of all samples, in order.

        Raises:
            DataError: as `batches`.
        """
        return torch.cat([labels for _, labels in self.batches(1024)])

    def _batch(self, indices: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        gather = getattr(self.dataset, "__getitems__", None)
        samples = self._read(gather, list(indices)) if gather else [self._read(self._one, index) for index in indices]
        if isinstance(samples, tuple):  # tensors for the whole batch at once
            inputs, labels = self._pair(indices, samples)
        else:
            inputs, labels = self._stacked(indices, samples)
        self._check(indices, inputs, labels)
        return inputs, labels.long()

    def _one(self, index: int) -> object:
        return self.dataset[index]

    def _read(self, read: Callable[[Any], Any], wanted: int | list[int]) -> Any:
        try:
            return read(wanted)
        except Exception as error:  # the user's code may raise any type
            first = wanted if isinstance(wanted, int) else wanted[0]
            raise self._wrong(first, f"cannot be read: {type(error).__name__}: {error}") from error

    def _pair(self, indices: Sequence[int], samples: tuple[Any, ...]) -> tuple[torch.Tensor, torch.Tensor]:
        if len(samples) != 2 or not all(isinstance(part, torch.Tensor) for part in samples):
            raise self._wrong(indices[0], "and those after it are not a pair of tensors, inputs and labels")
        inputs, labels = samples
        if len(inputs) != len(indices):
            raise self._wrong(indices[0], f"and those after it are {len(inputs)}, not the {len(indices)} asked for")
        if tuple(labels.shape) != (len(indices),) or labels.is_floating_point() or labels.is_complex():
            raise self._wrong(indices[0], f"and those after it have labels {labels.dtype} {tuple(labels.shape)}")
        return inputs, labels

    def _stacked(self, indices: Sequence[int], samples: Sequence[Any]) -> tuple[torch.Tensor, torch.Tensor]:
        inputs, labels = [], []
        for index, sample in zip(indices, samples, strict=True):
            if not isinstance(sample, tuple | list) or len(sample) != 2 or not isinstance(sample[0], torch.Tensor):
                raise self._wrong(index, "is not a pair of a tensor and a label")
            if tuple(sample[0].shape) != self.shape:
                raise self._wrong(index, f"has the shape {tuple(sample[0].shape)}; the network takes {self.shape}")
            inputs.append(sample[0])
            labels.append(self._label(index, sample[1]))
        return torch.stack(inputs), torch.tensor(labels)

    def _label(self, index: int, label: object) -> int:
        try:
            return operator.index(label)  # type: ignore[arg-type]  # the type depends on the user's data set
        except TypeError as error:
            raise self._wrong(index, f"has the label {label!r}, no whole number") from error

    def _check(self, indices: Sequence[int], inputs: torch.Tensor, labels: torch.Tensor) -> None:
        if tuple(inputs.shape) != (len(indices), *self.shape):
            raise self._wrong(indices[0], f"has the shape {tuple(inputs.shape[1:])}; the network takes {self.shape}")
        if inputs.dtype != torch.float32:
            raise self._wrong(indices[0], f"is {inputs.dtype}; float32 is needed")
        finite = torch.isfinite(inputs.flatten(1)).all(dim=1)
        if not finite.all():
            raise self._wrong(indices[int((~finite).nonzero()[0])], "holds NaN or infinity")
        outside = (labels < 0) | (labels >= self.classes)
        if outside.any():
            position = int(outside.nonzero()[0])
            raise self._wrong(
                indices[position], f"has the label {int(labels[position])}; there are labels 0 … {self.classes - 1}"
            )

    def _wrong(self, index: int, what: str) -> DataError:
        return DataError(f"{self.origin}: {self.name} sample {index} {what}")


def _seed_generators(seed: int) -> None:
    """Seed the global generators of torch, random and numpy, which a data set may draw from."""
    torch.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed % 2**32)


@dataclass(frozen=True, kw_only=True)
class LabelledData:
    """Training and evaluation samples; no pass learns from `evaluation`."""

    train: Split
    evaluation: Split


def labelled_data(made: object, *, shape: tuple[int, ...], classes: int, origin: str) -> LabelledData:
    """Check what a data factory returned.

    Args:
        made: a pair of map-style data sets, training and evaluation. One with `__getitems__(indices)` that returns
            (inputs, labels) as two tensors is read a batch at a time.
        shape: of one input of the network, without the batch axis.
        origin: "module:function" of the factory.

    Raises:
        DataError: it is no such pair, a set is empty, a sample is wrong, or a class has no sample to learn from.
    """
    if not isinstance(made, tuple | list) or len(made) != 2 or not all(hasattr(d, "__getitem__") for d in made):
        raise DataError(
            f"{origin} returned a {type(made).__name__}, not a pair of data sets",
            remedy="Return (training, evaluation), each with len() and [index] giving (tensor, label).",
        )
    train, evaluation = (
        Split(name=name, dataset=dataset, shape=shape, classes=classes, origin=origin)
        for name, dataset in zip(("training", "evaluation"), made, strict=True)
    )
    for split in (train, evaluation):
        if len(split) == 0:
            raise DataError(f"{origin}: the {split.name} data is empty")
    counts = torch.bincount(train.labels(), minlength=classes)
    empty = (counts == 0).nonzero().flatten().tolist()
    if empty:
        listed = ", ".join(map(str, empty[:5])) + (" …" if len(empty) > 5 else "")
        raise DataError(
            f"{origin}: {len(empty)} of {classes} classes have no training sample: {listed}",
            remedy="Add samples of them, or remove their labels from [task].",
        )
    return LabelledData(train=train, evaluation=evaluation)
