"""What tasks make of a network's outputs: rankings, agreement of two runs, and the fit of network and task."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from sdkgen.tasks.base import Task
from sdkgen.tasks.classification import ClassificationTask, Top1Agreement
from sdkgen.tasks.tensor import TensorTask

LABELS = ("a", "b", "c", "d")
TASK = ClassificationTask(labels=LABELS, scores="identity")


def outputs(*values: float) -> tuple[npt.NDArray[np.float32], ...]:
    return (np.array([values], np.float32),)


def answer(*indices: int, scores: Sequence[float]) -> dict[str, object]:
    bits = np.array(scores, np.float32).view(np.uint32)
    return {"best": [{"index": i, "label": LABELS[i], "score_bits": int(bits[i])} for i in indices]}


def test_the_lower_index_comes_first_among_equals() -> None:
    values = (1.0, 5.0, 2.0, 5.0)
    assert TASK.compare("K", answer(1, 3, 2, scores=values), outputs(*values), outputs(*values)).problem == ""
    assert (
        "best classes" in TASK.compare("K", answer(3, 1, 2, scores=values), outputs(*values), outputs(*values)).problem
    )
    assert Top1Agreement().row(outputs(1, 5, 5), outputs(5, 5, 1)) == {"top1_float": 1, "top1_quantised": 0}


def test_all_scores_count_as_bits() -> None:
    values = (1.0, 5.0, 2.0, 3.0)
    bits = np.array(values, np.float32).view(np.uint32).tolist()
    right = answer(1, scores=values) | {"scores": bits}
    assert TASK.compare("S", right, outputs(*values), outputs(*values)).problem == ""
    wrong = right | {"scores": [bits[0] ^ 1, *bits[1:]]}
    assert (
        TASK.compare("S", wrong, outputs(*values), outputs(*values)).problem == "S's scores are not the C API's bytes"
    )


def test_float16_cannot_tell_neighbours_apart() -> None:
    agreement = Top1Agreement()
    near, far = outputs(10.0, 9.99, 0), outputs(10.0, 9.9, 0)
    other = outputs(0, 1, 0)
    assert not agreement.same(near, other)
    assert agreement.same_in_float16(near, other)
    assert not agreement.same_in_float16(far, other)


def test_softmax_in_c(host_library: Path) -> None:
    values = outputs(1.0, 2.0, 3.0, 4.0)
    logits = ClassificationTask(labels=LABELS, scores="softmax")
    ((scores,),) = logits.in_c(host_library, [values])
    expected = np.exp([[1, 2, 3, 4]]) / np.exp([1, 2, 3, 4]).sum()
    np.testing.assert_allclose(scores, expected, rtol=1e-6)
    assert values[0].tolist() == [[1, 2, 3, 4]]
    assert TASK.in_c(host_library, [values]) == [values]


@pytest.mark.parametrize(
    ("task", "shapes", "said"),
    [
        (TASK, [(1, 4)], ""),
        (TASK, [(1, 5)], "the network gives 5 scores, the spec has 4 labels"),
        (TASK, [(1, 4), (1, 4)], "returned [1, 4], [1, 4]; a classification needs one tensor [1, 4]"),
        (TASK, [(1, 4, 1, 1)], "returned [1, 4, 1, 1]; a classification"),
        (TensorTask(outputs=("x", "y")), [(1, 4), (1, 3, 2, 2)], ""),
        (TensorTask(outputs=("x", "y")), [(1, 4)], "has 1 outputs, the spec names 2: x, y"),
        (TensorTask(outputs=("x",)), [(1, 4, 3)], 'the output "x" is [1, 4, 3], expected'),
        (TensorTask(outputs=("x",)), [(2, 4)], 'the output "x" is [2, 4], expected'),
    ],
)
def test_network_and_task_must_fit(task: Task, shapes: list[tuple[int, ...]], said: str) -> None:
    problem = task.interface_problem(shapes)
    assert said in (problem.message if problem else "")
    assert (problem is None) == (said == "")
