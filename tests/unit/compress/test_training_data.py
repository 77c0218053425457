"""What is wrong with a data factory is said with the sample that is wrong."""

import random
from collections.abc import Callable

import numpy as np
import pytest
import torch

from sdkgen.compress.training.data import labelled_data
from sdkgen.errors import DataError
from tests.unit.compress.training_samples import CLASSES, SHAPE, Squares, Varied, data


def _checked(train: object, evaluation: object) -> None:
    made = labelled_data((train, evaluation), shape=SHAPE, classes=CLASSES, origin="data:squares")
    for split in (made.train, made.evaluation):
        split.labels()


def _bent(bend: Callable[[Squares], object]) -> Squares:
    squares = Squares(40, 1)
    bend(squares)
    return squares


def _nan(squares: Squares) -> None:
    squares.pictures[17, 1, 2, 3] = torch.nan


def _infinity(squares: Squares) -> None:
    squares.pictures[17, 1, 2, 3] = torch.inf


def _label(value: int) -> Callable[[Squares], None]:
    def bend(squares: Squares) -> None:
        squares.labels[17] = value

    return bend


def _double(squares: Squares) -> None:
    squares.pictures = squares.pictures.double()


def _small(squares: Squares) -> None:
    squares.pictures = squares.pictures[:, :, :8]


@pytest.mark.parametrize(
    ("bend", "message"),
    [
        (_nan, "training sample 17 holds NaN or infinity"),
        (_infinity, "training sample 17 holds NaN or infinity"),
        (_label(4), "training sample 17 has the label 4; there are labels 0 … 3"),
        (_label(-1), "training sample 17 has the label -1"),
        (_double, "training sample 0 is torch.float64; float32 is needed"),
        (_small, r"training sample 0 has the shape \(3, 8, 12\); the network takes \(3, 12, 12\)"),
    ],
)
def test_a_wrong_training_sample(bend: Callable[[Squares], object], message: str) -> None:
    with pytest.raises(DataError, match=f"data:squares: {message}"):
        _checked(_bent(bend), Squares(8, 2))


def test_a_wrong_evaluation_sample_is_called_one() -> None:
    with pytest.raises(DataError, match="evaluation sample 17 holds NaN"):
        _checked(Squares(8, 2), _bent(_nan))


def test_an_empty_class() -> None:
    def bend(squares: Squares) -> None:
        squares.labels[squares.labels == 2] = 1

    with pytest.raises(DataError, match=r"1 of 4 classes have no training sample: 2\n  Add samples"):
        _checked(_bent(bend), Squares(8, 2))


def test_an_empty_set() -> None:
    with pytest.raises(DataError, match="the evaluation data is empty"):
        _checked(Squares(8, 2), Squares(0, 2))


@pytest.mark.parametrize("made", [None, (Squares(4, 1),), [Squares(4, 1), 5], Squares(4, 1)])
def test_no_pair_of_data_sets(made: object) -> None:
    with pytest.raises(DataError, match=r"not a pair of data sets\n  Return \(training, evaluation\)"):
        labelled_data(made, shape=SHAPE, classes=CLASSES, origin="data:squares")


def test_a_sample_that_is_no_pair() -> None:
    class Single(Squares):
        def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
            return self.pictures[index]  # type: ignore[return-value]  # the mistake that is tested

    with pytest.raises(DataError, match="sample 0 is not a pair of a tensor and a label"):
        _checked(Single(8, 1), Squares(8, 2))


def test_a_sample_that_cannot_be_read() -> None:
    class Broken(Squares):
        def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
            if index == 5:
                raise OSError("disk on fire")
            return super().__getitem__(index)

    with pytest.raises(DataError, match="training sample 5 cannot be read: OSError: disk on fire"):
        _checked(Broken(8, 1), Squares(8, 2))


@pytest.mark.parametrize("label", [1.5, "cat", None])
def test_a_label_that_is_no_whole_number(label: object) -> None:
    class Odd(Squares):
        def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
            return self.pictures[index], label  # type: ignore[return-value]  # the mistake that is tested

    with pytest.raises(DataError, match=f"training sample 0 has the label {label!r}, no whole number"):
        _checked(Odd(8, 1), Squares(8, 2))


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ((torch.zeros(8, *SHAPE),), "are not a pair of tensors"),
        ((torch.zeros(8, *SHAPE), [0] * 8), "are not a pair of tensors"),
        ((torch.zeros(8, *SHAPE), torch.zeros(8)), r"have labels torch.float32 \(8,\)"),
        ((torch.zeros(8, *SHAPE), torch.zeros(8, 1, dtype=torch.int64)), r"have labels torch.int64 \(8, 1\)"),
        ((torch.zeros(7, *SHAPE), torch.zeros(8, dtype=torch.int64)), "are 7, not the 8 asked for"),
    ],
)
def test_a_wrong_batch(made: tuple[object, ...], message: str) -> None:
    class Whole(Squares):
        def __getitems__(self, indices: list[int]) -> tuple[object, ...]:
            return made

    with pytest.raises(DataError, match=message):
        _checked(Whole(8, 1), Squares(8, 2))


def test_samples_may_come_as_whole_batches() -> None:
    class Whole(Squares):
        def __getitems__(self, indices: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
            return self.pictures[indices], self.labels[indices]

    one_by_one, whole = Squares(20, 1), Whole(20, 1)
    order = torch.tensor([3, 1, 19, 0, 7])
    for made in (one_by_one, whole):
        split = labelled_data((made, made), shape=SHAPE, classes=CLASSES, origin="d").train
        (first, labels), (second, _) = split.batches(3, order)
        assert torch.equal(first, one_by_one.pictures[[3, 1, 19]]) and len(second) == 2
        assert labels.tolist() == [3, 1, 3]


def test_what_a_data_set_draws_depends_on_the_seed_alone() -> None:
    split = data(16, kind=Varied).train

    def read(seed: int) -> torch.Tensor:
        torch.rand(3), np.random.standard_normal(3), random.random()  # something else draws in between
        return torch.cat([inputs for inputs, _ in split.batches(5, seed=seed)])

    assert torch.equal(read(3), read(3))
    assert not torch.equal(read(3), read(4))
    assert torch.isfinite(read(-1)).all()
