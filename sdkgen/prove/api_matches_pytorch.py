"""Claim: what the generated API answers is what PyTorch's quantised program says, and the C API's bytes."""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from sdkgen.prove.comparison import Outputs, flat, top_k
from sdkgen.runtime import FloatArray
from sdkgen.spec.values import ClassificationTask, TensorTask
from sdkgen.types import JsonValue, Proof

KOTLIN = "kotlin_matches_pytorch"
SWIFT = "swift_matches_pytorch"

SCORE_TOLERANCE = 0.02
"""Largest difference of a score between the plan and PyTorch's float32 arithmetic: of a probability as it is, of
other scores relative to the largest one. See executorch_matches_pytorch for where differences come from."""


def softmax(logits: FloatArray) -> FloatArray:
    """exp(x - max) / sum over all numbers, in float64, rounded to float32."""
    powers = np.exp(logits.astype(np.float64) - float(logits.max()))
    scores: FloatArray = (powers / powers.sum()).astype(np.float32)
    return scores


def api_matches_pytorch(
    *,
    name: str,
    language: str,
    task: ClassificationTask | TensorTask,
    names: Sequence[str],
    answers: Sequence[Mapping[str, JsonValue]],
    pytorch_outputs: Sequence[Outputs],
    c_outputs: Sequence[Outputs],
    host: str,
) -> Proof:
    """Compare the proof program's answers, one per name.

    Args:
        name: of the proof, `KOTLIN` or `SWIFT`; `language` is what the program is written in.
        answers: {"best": [{"index", "label", "score_bits"}], "scores_sha256"} for a classification, else
            {"outputs": {name: [bits]}}; bits are those of the float32.
        pytorch_outputs: of the quantised program, without the task's softmax.
        c_outputs: of the C API; for a classification the scores after the task's softmax in C.
    """
    problem = ""
    largest = 0.0
    for view, answer, expected, exact in zip(names, answers, pytorch_outputs, c_outputs, strict=True):
        if isinstance(task, ClassificationTask):
            scores = flat(expected)
            scores = softmax(scores) if task.scores == "softmax" else scores
            difference, problem = _compare_classes(language, answer, scores, flat(exact), task)
        else:
            difference, problem = _compare_tensors(language, answer, expected, exact, task)
        largest = max(largest, difference)
        if problem:
            problem = f"{view}: {problem}"
            break
    metrics: dict[str, JsonValue] = {"views_count": len(names), "max_score_difference": largest}
    if problem:
        return Proof(name=name, host=host, status="failed", reason=problem + ".", metrics=metrics)
    reason = f"Byte-identical to the C API on {len(names)} views"
    reason += ", the same five best classes as PyTorch." if isinstance(task, ClassificationTask) else "."
    return Proof(name=name, host=host, status="passed", reason=reason, metrics=metrics)


def _sha256(scores: FloatArray) -> str:
    return hashlib.sha256(scores.astype("<f4").tobytes()).hexdigest()


def _compare_classes(
    language: str, answer: Mapping[str, JsonValue], scores: FloatArray, exact: FloatArray, task: ClassificationTask
) -> tuple[float, str]:
    best = answer["best"]
    indices = [int(row["index"]) for row in best]
    bits = np.array([row["score_bits"] for row in best], np.uint32)
    values = bits.view(np.float32)
    if indices != top_k(exact, len(best)) or bits.tolist() != exact[indices].view(np.uint32).tolist():
        return 0.0, f"{language}'s best classes {indices} or their scores are not the C API's {top_k(exact, len(best))}"
    if answer.get("scores_sha256", _sha256(exact)) != _sha256(exact):
        return 0.0, f"{language}'s scores are not the C API's bytes"
    wrong = [row["label"] for row in best if row["label"] != task.labels[int(row["index"])]]
    if wrong:
        return 0.0, f"the label {wrong[0]!r} is not the spec's"
    scale = 1.0 if task.scores == "softmax" else max(float(np.abs(scores).max()), 1e-30)
    difference = float(np.abs(values - scores[indices]).max()) / scale
    if indices != top_k(scores, len(best)):
        return difference, f"{language}'s best classes are {indices}, PyTorch's {top_k(scores, len(best))}"
    if difference > SCORE_TOLERANCE:
        return difference, f"a score differs from PyTorch's by {difference:.4f}, more than {SCORE_TOLERANCE}"
    return difference, ""


def _compare_tensors(
    language: str, answer: Mapping[str, JsonValue], expected: Outputs, exact: Outputs, task: TensorTask
) -> tuple[float, str]:
    largest = 0.0
    for name, reference, own in zip(task.outputs, expected, exact, strict=True):
        bits = np.array(answer["outputs"].get(name, []), np.uint32)
        if bits.tolist() != own.reshape(-1).view(np.uint32).tolist():
            return largest, f"{language}'s output {name} is not the C API's bytes"
        scale = max(float(np.abs(reference).max()), 1e-30)
        largest = max(largest, float(np.abs(own - reference).max()) / scale)
    if largest > SCORE_TOLERANCE:
        return largest, f"an output differs from PyTorch's by {largest:.4f} of its largest value"
    return largest, ""
