"""Each claim passes on equal results and fails on the smallest wrong one."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from sdkgen.documents.compress import PredictionsDocument
from sdkgen.prove.api_matches_pytorch import KOTLIN, api_matches_pytorch
from sdkgen.prove.arm64_matches_x86_64 import arm64_matches_x86_64
from sdkgen.prove.c_api_predicts_as_trained import c_api_predicts_as_trained
from sdkgen.prove.executorch_matches_c_api import executorch_matches_c_api
from sdkgen.prove.executorch_matches_pytorch import executorch_matches_pytorch
from sdkgen.prove.operator_steps import OperatorSteps
from sdkgen.prove.quantised_matches_float import quantised_matches_float
from sdkgen.tasks.classification import ClassificationTask, softmax
from sdkgen.tasks.tensor import TensorTask
from sdkgen.types import Proof

Array = np.ndarray
NAMES = ["a.png", "b.png"]
RUNS = [(np.array([1, 2, 8, 3, 4, 5], np.float32),), (np.array([9, 2, 0, 3, 4, 5], np.float32),)]
EQUAL = OperatorSteps(operators=3, values=10_000, differing=0, largest=0)


def changed(delta: float, at: int = 2) -> list[tuple[Array, ...]]:
    """RUNS with one number of the second run changed."""
    second = RUNS[1][0].copy()
    second[at] += np.float32(delta)
    return [RUNS[0], (second,)]


def one_bit() -> list[tuple[Array, ...]]:
    second = RUNS[1][0].copy()
    second.view(np.uint32)[3] ^= 1
    return [RUNS[0], (second,)]


def quantised(outputs: list[tuple[Array, ...]]) -> Proof:
    return quantised_matches_float(
        names=NAMES,
        float_outputs=RUNS,
        quantised_outputs=outputs,
        per_layer=[],
        agreement=ClassificationTask.agreement,
        host="h",
    )


def test_quantised_matches_float_measures() -> None:
    proof = quantised(changed(0.5))
    assert proof.status == "passed"
    assert proof.metrics["views_count"] == 2
    assert proof.metrics["top1_agreement"] == 1
    assert proof.metrics["snr_db"] == pytest.approx(10 * np.log10(sum((r[0] ** 2).sum() for r in RUNS) / 0.25))
    assert proof.metrics["per_image"][0] == {"name": "a.png", "snr_db": None, "top1_float": 2, "top1_quantised": 2}


def test_quantised_matches_float_counts_another_class() -> None:
    assert quantised(changed(10)).metrics["top1_agreement"] == 0.5


@pytest.mark.parametrize("broken", [100.0, float("nan"), float("inf")])
def test_quantised_matches_float_fails_when_broken(broken: float) -> None:
    proof = quantised(changed(broken))
    assert proof.status == "failed"
    assert not any(isinstance(v, float) and not np.isfinite(v) for v in proof.metrics.values())


def executorch(outputs: list[tuple[Array, ...]], steps: OperatorSteps = EQUAL) -> Proof:
    return executorch_matches_pytorch(
        names=NAMES,
        exact_outputs=RUNS,
        executorch_outputs=outputs,
        float32_outputs=changed(0.4),
        steps=steps,
        agreement=ClassificationTask.agreement,
        host="h",
    )


def test_executorch_matches_pytorch() -> None:
    assert executorch(RUNS).status == "passed"
    assert executorch(RUNS).metrics["snr_db"] is None
    assert executorch(RUNS).metrics["float32_snr_db"] > 0
    assert executorch(changed(0.05)).status == "passed"
    assert executorch(changed(0.5)).status == "failed"
    assert executorch(changed(float("nan"))).status == "failed"


def test_executorch_matches_pytorch_needs_the_same_class() -> None:
    near = [(np.array([1, 1.0001], np.float32),)] * 2
    other = [(np.array([1.0001, 1], np.float32),)] * 2
    proof = executorch_matches_pytorch(
        names=NAMES,
        exact_outputs=near,
        executorch_outputs=other,
        float32_outputs=near,
        steps=EQUAL,
        agreement=ClassificationTask.agreement,
        host="h",
    )
    assert proof.status == "failed"
    assert "a.png" in proof.reason


@pytest.mark.parametrize(("differing", "largest", "status"), [(5, 1, "passed"), (5, 2, "failed"), (50, 1, "failed")])
def test_operators_may_differ_on_ties_only(differing: int, largest: int, status: str) -> None:
    steps = OperatorSteps(operators=3, values=10_000, differing=differing, largest=largest)
    assert executorch(RUNS, steps).status == status


def test_executorch_matches_c_api_to_the_bit() -> None:
    assert executorch_matches_c_api(names=NAMES, executorch_outputs=RUNS, c_outputs=RUNS, host="h").status == "passed"
    proof = executorch_matches_c_api(names=NAMES, executorch_outputs=one_bit(), c_outputs=RUNS, host="h")
    assert proof.status == "failed"
    assert "b.png" in proof.reason


@pytest.mark.parametrize(
    ("trained_in_int8", "differing", "status"),
    [(True, 0, "passed"), (True, 1, "failed"), (False, 2, "passed"), (False, 3, "failed")],
)
def test_predictions_of_a_network_trained_in_int8_may_not_differ_at_all(
    trained_in_int8: bool, differing: int, status: str
) -> None:
    labels = np.arange(2000) % 5
    predicted = labels.copy()
    predicted[7 : 7 + differing] = 9
    proof = c_api_predicts_as_trained(
        expected=PredictionsDocument(classes=tuple(labels.tolist()), trained_in_int8=trained_in_int8),
        predicted=predicted,
        labels=labels,
        host="h",
    )
    assert proof.status == status
    assert proof.metrics == {"samples_count": 2000, "differing_count": differing, "top1": 1 - differing / 2000}
    assert ("sample 7" in proof.reason) == (differing > 0)


LOADER = {
    "heap_peak_bytes": 1,
    "mapped_library_bytes": 2,
    "native_methods": 16,
    "labels": 6,
    "class": "a/b/NativeModel",
}


def arm(outputs: list[tuple[Array, ...]], loader: Mapping[str, Any] = LOADER) -> Proof:
    return arm64_matches_x86_64(
        names=NAMES,
        arm_outputs=outputs,
        x86_outputs=RUNS,
        loader=loader,
        jni_class="a/b/NativeModel",
        labels_count=6,
        host="h",
    )


def test_arm64_matches_to_the_bit() -> None:
    assert arm(RUNS).status == "passed"
    assert arm(one_bit()).status == "failed"


def test_arm64_library_belongs_to_this_sdk() -> None:
    assert arm(RUNS, {**LOADER, "class": "other/NativeModel"}).status == "failed"
    assert arm(RUNS, {**LOADER, "labels": 5}).status == "failed"


TASK = ClassificationTask(labels=("l0", "l1", "l2", "l3", "l4", "l5"), scores="softmax")


def answer(scores: Array, order: list[int]) -> dict[str, Any]:
    best = [{"index": i, "label": f"l{i}", "score_bits": int(scores[i : i + 1].view(np.uint32)[0])} for i in order[:5]]
    return {"best": best, "scores_sha256": hashlib.sha256(scores.astype("<f4").tobytes()).hexdigest()}


def kotlin(first: dict[str, Any], reference: Array | None = None) -> Proof:
    scores = softmax(RUNS[0][0])
    return api_matches_pytorch(
        name=KOTLIN,
        language="Kotlin",
        task=TASK,
        names=NAMES[:1],
        answers=[first],
        pytorch_outputs=[(RUNS[0][0] if reference is None else reference,)],
        c_outputs=[(scores,)],
        host="h",
    )


ORDER = [2, 5, 4, 3, 1]


def test_kotlin_matches_pytorch() -> None:
    assert kotlin(answer(softmax(RUNS[0][0]), ORDER)).status == "passed"


def test_kotlin_fails_on_one_bit_of_a_score() -> None:
    wrong = answer(softmax(RUNS[0][0]), ORDER)
    wrong["best"][4]["score_bits"] ^= 1
    assert kotlin(wrong).status == "failed"


def test_kotlin_fails_on_a_score_outside_the_best() -> None:
    wrong = {**answer(softmax(RUNS[0][0]), ORDER), "scores_sha256": "0" * 64}
    assert kotlin(wrong).status == "failed"


def test_kotlin_fails_on_another_order_or_label() -> None:
    assert kotlin(answer(softmax(RUNS[0][0]), [2, 4, 5, 3, 1])).status == "failed"
    wrong = answer(softmax(RUNS[0][0]), ORDER)
    wrong["best"][0]["label"] = "l0"
    assert kotlin(wrong).status == "failed"


def test_kotlin_fails_when_pytorch_says_otherwise() -> None:
    other = RUNS[0][0].copy()
    other[[4, 5]] = other[[5, 4]]
    proof = kotlin(answer(softmax(RUNS[0][0]), ORDER), other)
    assert proof.status == "failed"
    assert "PyTorch" in proof.reason


def test_kotlin_tensors() -> None:
    values = np.array([[1, 2]], np.float32)
    bits = values.reshape(-1).view(np.uint32).tolist()

    def prove(sent: list[int], expected: Array) -> str:
        return api_matches_pytorch(
            name=KOTLIN,
            language="Kotlin",
            task=TensorTask(outputs=("mask",)),
            names=NAMES[:1],
            answers=[{"outputs": {"mask": sent}}],
            pytorch_outputs=[(expected,)],
            c_outputs=[(values,)],
            host="h",
        ).status

    assert prove(bits, values) == "passed"
    assert prove([bits[0], bits[1] ^ 1], values) == "failed"
    assert prove([], values) == "failed"
    assert prove(bits, values * 2) == "failed"
