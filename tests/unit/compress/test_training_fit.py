"""The training loop learns, repeats itself, goes on after an interruption, and is taught by a teacher."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import nn

from sdkgen.compress.training.data import LabelledData, labelled_data
from sdkgen.compress.training.evaluate import top1
from sdkgen.compress.training.fit import FitSettings, fit
from sdkgen.compress.training.loss import Distillation, loss
from sdkgen.compress.training.progress import duration
from sdkgen.errors import CompressionError, DataError, SpecError
from tests.unit.compress.training_samples import CLASSES, SHAPE, Small, Squares, data, seeded_network

DATA = data()


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A finished training: the mean loss of every epoch, and how many epochs a checkpoint had done before."""

    losses: tuple[float, ...]
    resumed_at: int


def _fit(
    module: nn.Module,
    folder: Path,
    *,
    epochs: int = 2,
    teacher: nn.Module | None = None,
    identity: str = "a",
    on_epoch: Callable[[int], None] | None = None,
    labelled: LabelledData = DATA,
    **more: object,
) -> Fitted:
    trained = []

    def count(epoch: int) -> None:
        trained.append(epoch)
        if on_epoch is not None:
            on_epoch(epoch)

    settings = FitSettings(
        label="training",
        epochs=epochs,
        batch_size=32,
        learning_rate=0.01,
        weight_decay=0.0,
        seed=3,
        on_epoch=count,
        **more,  # type: ignore[arg-type]  # as FitSettings has them
    )
    checkpoint = folder / "c.checkpoint"
    fit(module, labelled.train, settings, checkpoint=checkpoint, identity=identity, teacher=teacher)
    losses = torch.load(checkpoint, weights_only=True)["losses"]
    return Fitted(losses=tuple(losses), resumed_at=epochs - len(trained))


def _weights(module: nn.Module) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in module.state_dict().items()}


def _equal(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_it_learns_and_repeats_itself_bit_for_bit(tmp_path: Path) -> None:
    first, second = seeded_network(), seeded_network()
    result = _fit(first, tmp_path / "1")
    _fit(second, tmp_path / "2")
    assert top1(first, DATA.evaluation) > 0.9
    assert result.losses[1] < result.losses[0] / 2
    assert not first.training
    assert _equal(_weights(first), _weights(second))


def test_an_interrupted_training_ends_with_the_same_weights(tmp_path: Path) -> None:
    whole, parts = seeded_network(), seeded_network()
    _fit(whole, tmp_path / "whole", epochs=3)

    def interrupt(epoch: int) -> None:
        if epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _fit(parts, tmp_path / "parts", epochs=3, on_epoch=interrupt)
    again = seeded_network(99)  # whatever it begins with
    assert _fit(again, tmp_path / "parts", epochs=3).resumed_at == 2
    assert _equal(_weights(whole), _weights(again))


def test_a_finished_training_is_not_repeated(tmp_path: Path) -> None:
    first, second = seeded_network(), seeded_network(99)
    _fit(first, tmp_path)
    assert _fit(second, tmp_path).resumed_at == 2
    assert _equal(_weights(first), _weights(second))


def test_a_checkpoint_of_another_training_or_a_damaged_one_is_not_used(tmp_path: Path) -> None:
    _fit(seeded_network(), tmp_path, epochs=1)
    assert _fit(seeded_network(), tmp_path, epochs=1, identity="b").resumed_at == 0
    file = tmp_path / "c.checkpoint"
    file.write_bytes(file.read_bytes()[:1000])
    assert _fit(seeded_network(), tmp_path, epochs=1, identity="b").resumed_at == 0


def test_a_training_that_diverges_says_so(tmp_path: Path) -> None:
    module = seeded_network()
    module.head.weight.data.fill_(torch.inf)
    with pytest.raises(CompressionError, match=r"the loss of epoch 1 is nan\n  Lower the learning_rate"):
        _fit(module, tmp_path)


def test_a_forward_that_views_rows_trains_as_well(tmp_path: Path) -> None:
    class Rows(Small):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = nn.functional.adaptive_avg_pool2d(self.stem(x), 2)
            return x.view(len(x), -1) @ self.head.weight.T  # view() refuses channels last

    torch.manual_seed(0)
    module = Rows()
    _fit(module, tmp_path)
    assert top1(module, DATA.evaluation) > 0.9
    assert module.stem[0].weight.is_contiguous()


@pytest.mark.parametrize("steps", range(1, 11))
@pytest.mark.parametrize("samples", [4, 32])
def test_any_number_of_steps_trains_at_the_given_rate(steps: int, samples: int, tmp_path: Path) -> None:
    module = seeded_network()
    before = module.head.weight.detach().clone()
    rates: list[float] = []
    result = _fit(
        module,
        tmp_path,
        epochs=steps,
        labelled=data(training=samples),
        after_step=lambda: rates.append(float((module.head.weight.detach() - before).abs().max())),
    )
    assert len(result.losses) == len(rates) == steps
    # AdamW moves a weight by about the learning rate per step; the highest rate is 0.01.
    assert 0.003 < rates[-1] <= 0.011 * steps


def test_a_short_training_that_was_interrupted_ends_with_the_same_weights(tmp_path: Path) -> None:
    few = data(training=4)
    whole, again = seeded_network(), seeded_network(99)
    _fit(whole, tmp_path / "whole", epochs=5, labelled=few)

    def interrupt(epoch: int) -> None:
        if epoch == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _fit(seeded_network(), tmp_path / "parts", epochs=5, labelled=few, on_epoch=interrupt)
    assert _fit(again, tmp_path / "parts", epochs=5, labelled=few).resumed_at == 3
    assert _equal(_weights(whole), _weights(again))


def test_a_single_sample_is_refused(tmp_path: Path) -> None:
    one = labelled_data((Squares(1, 1), Squares(1, 2)), shape=SHAPE, classes=1, origin="data:one")
    with pytest.raises(DataError, match=r"data:one: there is one training sample.*\n.*at least two samples"):
        _fit(seeded_network(), tmp_path, labelled=one)


# ---- distillation


def test_the_loss_of_distillation_is_that_of_the_paper() -> None:
    logits, teacher = torch.randn(6, CLASSES), torch.randn(6, CLASSES)
    labels = torch.arange(6) % CLASSES
    chosen = Distillation(temperature=3.0, weight=0.25)
    p, q = torch.softmax(teacher / 3, 1), torch.softmax(logits / 3, 1)
    soft = (p * (p.log() - q.log())).sum(1).mean()
    hard = -torch.log_softmax(logits, 1)[torch.arange(6), labels].mean()
    torch.testing.assert_close(loss(logits, labels, teacher, chosen), 0.75 * hard + 0.25 * 9 * soft)
    torch.testing.assert_close(loss(logits, labels, None, None), hard)


class Liar(nn.Module):
    """A teacher that is sure of the next class."""

    def __init__(self) -> None:
        super().__init__()
        self.knows = seeded_network()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.roll(self.knows(x), 1, dims=1)


def test_the_student_believes_its_teacher(tmp_path: Path) -> None:
    teacher = Liar()
    _fit(teacher.knows, tmp_path / "teacher")
    teacher.eval().requires_grad_(False)
    student = seeded_network(1)
    _fit(student, tmp_path, teacher=teacher, distillation=Distillation(temperature=2.0, weight=1.0))
    assert top1(student, DATA.evaluation) < 0.1
    assert top1(lambda x: torch.roll(student(x), -1, dims=1), DATA.evaluation) > 0.9


@pytest.mark.parametrize(
    "paths",
    [
        ("stem", "stem"),  # other widths: a projection
        ("pointwise", "stem"),  # other extents as well
        ("head", "head"),  # vectors
        ("stem", "head"),  # a picture and a vector
    ],
)
def test_a_hint_draws_the_features_together(tmp_path: Path, paths: tuple[str, str]) -> None:
    teacher = seeded_network(2, width=24)
    _fit(teacher, tmp_path / "teacher")
    teacher.requires_grad_(False)
    before = _weights(teacher)
    losses = {}
    for weight in (1e-6, 3.0):
        student = seeded_network(1)
        hinted = Distillation(temperature=2.0, weight=0.0, hint=paths, hint_weight=weight)
        result = _fit(student, tmp_path / str(weight), teacher=teacher, distillation=hinted)
        assert top1(student, DATA.evaluation) > 0.8
        losses[weight] = result.losses
    assert losses[3.0][1] < losses[3.0][0]
    assert _equal(before, _weights(teacher))
    assert not any(part._forward_hooks for part in teacher.modules())


def test_a_hint_resumes_with_its_projection(tmp_path: Path) -> None:
    teacher = seeded_network(2, width=24).eval().requires_grad_(False)
    hinted = Distillation(temperature=2.0, weight=0.5, hint=("stem", "stem"))
    whole, again = seeded_network(), seeded_network(99)
    _fit(whole, tmp_path / "whole", teacher=teacher, distillation=hinted)

    def interrupt(epoch: int) -> None:
        if epoch == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _fit(seeded_network(), tmp_path, teacher=teacher, distillation=hinted, on_epoch=interrupt)
    assert _fit(again, tmp_path, teacher=teacher, distillation=hinted).resumed_at == 1
    assert _equal(_weights(whole), _weights(again))


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        (("stam", "stem"), "the network has no module 'stam'\n  It has: stem, stem.0"),
        (("stem", "stam"), "the teacher has no module 'stam'"),
    ],
)
def test_a_hint_that_leads_nowhere(tmp_path: Path, paths: tuple[str, str], message: str) -> None:
    teacher = copy.deepcopy(seeded_network()).eval().requires_grad_(False)
    with pytest.raises(SpecError, match=message):
        _fit(
            seeded_network(),
            tmp_path,
            teacher=teacher,
            distillation=Distillation(temperature=2.0, weight=0.5, hint=paths),
        )


def test_the_time_left_reads_well() -> None:
    assert [duration(s) for s in (0.4, 59, 125)] == ["0 s", "59 s", "2 min 5 s"]
