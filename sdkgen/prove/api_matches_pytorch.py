"""Claim: the generated API returns the answers of PyTorch's quantised program and the bytes of the C API."""

from collections.abc import Mapping, Sequence

from sdkgen.prove.comparison import Outputs
from sdkgen.tasks.base import Task
from sdkgen.types import JsonValue, Proof

KOTLIN = "kotlin_matches_pytorch"
SWIFT = "swift_matches_pytorch"


def api_matches_pytorch(
    *,
    name: str,
    language: str,
    task: Task,
    names: Sequence[str],
    answers: Sequence[Mapping[str, JsonValue]],
    pytorch_outputs: Sequence[Outputs],
    c_outputs: Sequence[Outputs],
    host: str,
) -> Proof:
    """Compare the proof program's answers, one per name.

    Args:
        name: of the proof, `KOTLIN` or `SWIFT`; `language` is what the program is written in.
        answers: what the task's proof program prints; `Task.compare` describes it.
        pytorch_outputs: of the quantised program, as the network gives them.
        c_outputs: of the C API, after `Task.in_c`.
    """
    problem = ""
    largest = 0.0
    for view, answer, expected, exact in zip(names, answers, pytorch_outputs, c_outputs, strict=True):
        comparison = task.compare(language, answer, expected, exact)
        largest = max(largest, comparison.difference)
        if comparison.problem:
            problem = f"{view}: {comparison.problem}"
            break
    metrics: dict[str, JsonValue] = {"views_count": len(names), "max_score_difference": largest}
    if problem:
        return Proof(name=name, host=host, status="failed", reason=problem + ".", metrics=metrics)
    reason = f"Byte-identical to the C API on {len(names)} views{task.same_answers}."
    return Proof(name=name, host=host, status="passed", reason=reason, metrics=metrics)
