"""[training] as values, what is wrong in it, and which passes may follow which, with the reason."""

from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import pytest

from sdkgen import spec
from sdkgen.errors import SpecError
from sdkgen.spec.passes import order_mistakes, passes, quantisers, undone

TRAINING = """\
[training]
data = "data:make"
arguments = {folder = "asset:fashion-mnist"}
epochs = 3

[training.teacher]
factory = "network:teacher"
epochs = 2
temperature = 3.0
hint = ["body", "layers.3"]
hint_weight = 0.5

[budgets]"""
PASSES, QUANTISERS = passes(), quantisers()
PTQ = '[[compress]]\npass = "fold_batch_norm"\n'


def test_training_and_teacher(write: Callable[..., Path]) -> None:
    training = spec.load(write(("[budgets]", TRAINING))).training
    assert training is not None and training.teacher is not None
    assert (training.epochs, training.batch_size, training.learning_rate) == (3, 128, 0.003)
    assert training.threads == 2
    teacher = training.teacher
    assert (teacher.temperature, teacher.weight, teacher.hint_weight) == (3.0, 0.7, 0.5)
    assert teacher.hint == ("body", "layers.3")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("epochs = 3", "epochs = -1", r"\[training\] epochs: .*0 trains nothing"),
        ("epochs = 3", "epochs = 3\nthreads = 0", r"\[training\] threads: .*1…256"),
        ("temperature = 3.0", "temperature = 0", r"\[training\] teacher.temperature: .*above 0"),
        ("temperature = 3.0", "weight = 1.5", r"\[training\] teacher.weight: .*between 0 and 1"),
        ('["body", "layers.3"]', '["body"]', "two paths of modules"),
        ('hint = ["body", "layers.3"]\n', "", 'belongs to the key "hint", which is missing'),
        ('"data:make"', '"data.make"', '"module:function"'),
    ],
)
def test_mistakes_in_it(write: Callable[..., Path], old: str, new: str, message: str) -> None:
    assert old in TRAINING
    with pytest.raises(SpecError, match=message):
        spec.load(write(("[budgets]", TRAINING.replace(old, new))))


def test_cross_entropy_needs_labels(write: Callable[..., Path]) -> None:
    task = 'kind = "classification"\nlabels = "labels.txt"\nscores = "identity"'
    path = write(
        (task, 'kind = "tensor"\noutputs = ["y"]'), ("min_top1_agreement = 0.85\n", ""), ("[budgets]", TRAINING)
    )
    with pytest.raises(SpecError, match="needs labels"):
        spec.load(path)


def test_the_teacher_is_part_of_the_fingerprint(write: Callable[..., Path]) -> None:
    """Another temperature trains another network."""
    first = spec.fingerprint(spec.load(write(("[budgets]", TRAINING))))
    assert first != spec.fingerprint(spec.load(write(("[budgets]", TRAINING.replace("= 3.0", "= 5.0")))))


def _mistakes(*names: str, has_training: bool = True) -> list[str]:
    return [message for _, message in order_mistakes(names, has_training=has_training)]


def test_the_passes_in_the_order_of_their_ranks_are_right() -> None:
    on_the_way = sorted((name for name in PASSES if name not in QUANTISERS), key=lambda name: PASSES[name].rank)
    for left_out in ("cluster_weights", "equalise"):  # the one undoes the other
        assert _mistakes(*(name for name in on_the_way if name != left_out), "int8_ptq") == []
    assert _mistakes("structured_pruning", "low_rank", "int8_qat") == []


@pytest.mark.parametrize(("earlier", "later"), list(permutations(PASSES, 2)))
def test_every_invalid_order_is_explained(earlier: str, later: str) -> None:
    found = [m for m in _mistakes(earlier, later) if m.startswith(f'"{later}"')]
    if {earlier, later} == set(QUANTISERS):
        assert any("both quantise" in m for m in _mistakes(earlier, later))
    elif PASSES[earlier].rank > PASSES[later].rank:
        assert found == [f'"{later}" must come before "{earlier}": {PASSES[earlier].reason}']
        assert PASSES[earlier].reason.startswith("it ")
    elif reason := undone(earlier, later):
        assert found == [f'"{later}" cannot follow "{earlier}": {reason}']
    else:
        assert found == []


def test_what_undoes_another_is_declared_with_its_reason() -> None:
    pairs = {(earlier, later) for earlier, later in permutations(PASSES, 2) if undone(earlier, later)}
    assert pairs == {
        ("magnitude_pruning", "int8_qat"),
        ("cluster_weights", "int8_qat"),
        ("cluster_weights", "equalise"),
        ("equalise", "int8_qat"),
        ("fold_batch_norm", "int8_qat"),
    }


def test_passes_stand_in_the_order_in_which_they_run() -> None:
    assert list(PASSES) == [
        "structured_pruning",
        "low_rank",
        "magnitude_pruning",
        "cluster_weights",
        "fold_batch_norm",
        "equalise",
        "int8_ptq",
        "int8_qat",
    ]
    assert QUANTISERS == ("int8_ptq", "int8_qat")


def test_what_is_missing_or_twice() -> None:
    assert _mistakes("int8_qat", has_training=False) == ['"int8_qat" trains the network: it needs the table [training]']
    assert _mistakes("low_rank") == [
        'the last pass must be "int8_ptq" or "int8_qat": the runtime executes int8 networks only'
    ]
    assert _mistakes("fold_batch_norm", "fold_batch_norm", "int8_ptq") == [
        '"fold_batch_norm" is listed twice; one pass of a kind is enough'
    ]


def test_a_invalid_order_names_its_line(write: Callable[..., Path]) -> None:
    path = write((PTQ, '[[compress]]\npass = "low_rank"\n\n[[compress]]\npass = "structured_pruning"\n\n' + PTQ))
    with pytest.raises(SpecError, match=r"sdk.toml:33: .*must come before \"low_rank\": it replaces layers"):
        spec.load(path)
