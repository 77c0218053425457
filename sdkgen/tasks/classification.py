"""Classification: one score per label, as probabilities or as the network emits them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field

from sdkgen.registry import register
from sdkgen.schema import Reading, Table
from sdkgen.tasks.base import SCORE_TOLERANCE, Classifier, Comparison, CoreMLFacts, Option, Problem, Sources, Task
from sdkgen.types import JsonValue

if TYPE_CHECKING:
    from sdkgen.tasks.base import FloatArray, Outputs

LABELS = "labels.json"


def _labels(value: Any) -> Any:
    if isinstance(value, str) and value:
        return value
    if isinstance(value, list) and value and all(isinstance(label, str) and label.strip() for label in value):
        return value
    raise ValueError


class ClassificationTable(Table):
    kind: Literal["classification"]
    labels: Annotated[str | list[str], BeforeValidator(_labels)] = Field(
        description="the path of a text file with one label per line, or a non-empty list of labels"
    )
    scores: Literal["softmax", "identity"] = "softmax"


class Top1Agreement:
    """The class with the highest score of the first output; the lowest index among equals."""

    name: ClassVar[str] = "top1_agreement"
    what: ClassVar[str] = "top-1 class"
    best: ClassVar[str] = "best class"

    def same(self, expected: "Outputs", value: "Outputs") -> bool:
        """Return whether both runs have the same top-1 class."""
        return _top1(expected) == _top1(value)

    def same_in_float16(self, expected: "Outputs", value: "Outputs") -> bool:
        """Return whether both have the same top-1 class, or two whose scores in `expected` are equal within float16."""
        if self.same(expected, value):
            return True
        scores = expected[0].reshape(-1)
        return bool(scores.max() - scores[_top1(value)] <= abs(float(scores.max())) * 2**-9)

    def row(self, reference: "Outputs", quantised: "Outputs") -> Mapping[str, JsonValue]:
        """Return the indices of both top-1 classes."""
        return {"top1_float": _top1(reference), "top1_quantised": _top1(quantised)}


@register("task", "classification")
@dataclass(frozen=True, kw_only=True)
class ClassificationTask(Task):
    """One score per label; `scores` is applied in C after the network.

    Attributes:
        labels: one per output of the network, in order.
        scores: "softmax" converts logits to probabilities, "identity" leaves the network's outputs unchanged.
    """

    labels: tuple[str, ...]
    scores: Literal["softmax", "identity"]

    kind: ClassVar[str] = "classification"
    table: ClassVar[type[Table]] = ClassificationTable
    call: ClassVar[str] = "classify"
    options: ClassVar[tuple[Option, ...]] = (
        Option(
            name="topK",
            type="Int",
            default="5",
            text="The maximum number of classes to return, at least 1.",
        ),
    )
    budgets: ClassVar[Mapping[str, str]] = {"min_top1_agreement": "top-1 class"}
    losses: ClassVar[frozenset[str]] = frozenset({"cross_entropy"})
    agreement: ClassVar[Top1Agreement] = Top1Agreement()
    limitations: ClassVar[tuple[str, ...]] = (
        "Accuracy against true labels: the figures compare the quantised network with the float network "
        "on the evaluation images, not with what the images really show.",
    )
    same_answers: ClassVar[str] = ", the same five best classes as PyTorch"
    paths: ClassVar[tuple[str, ...]] = ("labels",)

    @classmethod
    def read(cls, table: ClassificationTable, reading: Reading) -> Self:
        """Convert [task]; a string under `labels` is a file with one label per line."""
        labels = table.labels
        lines = reading.text_lines(("task", "labels"), labels, "label") if isinstance(labels, str) else tuple(labels)
        return cls(labels=lines, scores=table.scores)

    def section(self) -> JsonValue:
        """Return the fields without the kind, for compatibility with fingerprints of published SDKs."""
        return asdict(self)

    @property
    def softmax(self) -> bool:
        """Whether scores are probabilities."""
        return self.scores == "softmax"

    @property
    def class_names(self) -> tuple[str, ...]:
        """The labels."""
        return self.labels

    @property
    def output_names(self) -> tuple[str, ...]:
        """One output, the scores."""
        return ("scores",)

    def interface_problem(self, shapes: Sequence[tuple[int, ...]]) -> Problem | None:
        """Demand one output (1, C) with C labels."""
        labels = len(self.labels)
        if len(shapes) != 1 or len(shapes[0]) != 2 or shapes[0][0] != 1:
            listed = ", ".join(str(list(shape)) for shape in shapes)
            return Problem(message=f"the network returned {listed}; a classification needs one tensor [1, {labels}]")
        if shapes[0][1] != labels:
            return Problem(
                message=f"the network gives {shapes[0][1]} scores, the spec has {labels} labels",
                remedy="Give one label per output of the network, in the order of the training.",
            )
        return None

    def in_c(self, library: Path, outputs: Sequence["Outputs"]) -> list["Outputs"]:
        """Apply sg_softmax to the first output of each run, unless scores are those of the network."""
        if not self.softmax:
            return list(outputs)
        import ctypes

        import numpy as np

        function = ctypes.CDLL(str(library)).sg_softmax
        function.restype = None
        results: list[Outputs] = []
        for first, *others in outputs:
            scores = np.array(first, np.float32)
            function(scores.ctypes.data_as(ctypes.c_void_p), ctypes.c_size_t(scores.size))
            results.append((scores, *others))
        return results

    def compare(
        self, language: str, answer: Mapping[str, JsonValue], expected: "Outputs", exact: "Outputs"
    ) -> Comparison:
        """Demand the C API's bytes, the spec's labels, PyTorch's five best classes and scores within the tolerance.

        Args:
            answer: {"best": [{"index", "label", "score_bits"}], "scores_sha256" or "scores"}; bits are those of the
                float32, `scores` the bits of all.
        """
        import numpy as np

        scores, own = _flat(expected), _flat(exact)
        scores = softmax(scores) if self.softmax else scores
        best = answer["best"]
        indices = [int(row["index"]) for row in best]
        bits = np.array([row["score_bits"] for row in best], np.uint32)
        values = bits.view(np.float32)
        top = _top(own, len(best))
        if indices != top or bits.tolist() != own[indices].view(np.uint32).tolist():
            return _wrong(f"{language}'s best classes {indices} or their scores are not the C API's {top}")
        if _digest(answer, own) != _sha256(own):
            return _wrong(f"{language}'s scores are not the C API's bytes")
        foreign = [row["label"] for row in best if row["label"] != self.labels[int(row["index"])]]
        if foreign:
            return _wrong(f"the label {foreign[0]!r} is not the spec's")
        scale = 1.0 if self.softmax else max(float(np.abs(scores).max()), 1e-30)
        difference = float(np.abs(values - scores[indices]).max()) / scale
        problem = ""
        if indices != _top(scores, len(best)):
            problem = f"{language}'s best classes are {indices}, PyTorch's {_top(scores, len(best))}"
        elif difference > SCORE_TOLERANCE:
            problem = f"a score differs from PyTorch's by {difference:.4f}, more than {SCORE_TOLERANCE}"
        return Comparison(difference=difference, problem=problem)

    def kotlin(self, *, is_image: bool) -> Sources:
        """Return `Category` and the ranking."""
        return Sources(
            result="List<Category>", runtime=("Category.kt", "internal/Ranking.kt"), imports=("Ranking",), resources={}
        )

    def swift(self, *, engines: Sequence[str]) -> Sources:
        """Return `Category`, the ranking, and the labels that accompany a Core ML package."""
        if "coreml" not in engines:
            return Sources(result="[Category]", runtime=("Category.swift", "Ranking.swift"), resources={})
        return Sources(
            result="[Category]",
            runtime=("Category.swift", "Labels.swift", "Ranking.swift"),
            resources={LABELS: json.dumps(self.labels, ensure_ascii=False, indent=0) + "\n"},
        )

    @property
    def coreml(self) -> CoreMLFacts:
        """A classifier of Core ML with the scores as an output: its dictionary cannot hold equal labels."""
        what = "Probability" if self.softmax else "Score"
        return CoreMLFacts(
            texts=(f"{what} of every label, in the order of the labels.",),
            softmax=self.softmax,
            classifier=Classifier(
                labels=unique_labels(self.labels),
                label_text="The label with the highest score.",
                probabilities_text=f"{what} by label; of equal labels the later ones carry a number.",
            ),
        )


def softmax(logits: "FloatArray") -> "FloatArray":
    """Return exp(x - max) / sum over all numbers, in float64, rounded to float32."""
    import numpy as np

    powers = np.exp(logits.astype(np.float64) - float(logits.max()))
    scores: FloatArray = (powers / powers.sum()).astype(np.float32)
    return scores


def unique_labels(labels: Sequence[str]) -> tuple[str, ...]:
    """Return the labels as keys of a dictionary: one that occurred before gets " (2)", " (3)" and so on.

    ImageNet has two that are called "crane", the bird and the machine.
    """
    taken = set(labels)
    seen: set[str] = set()
    result = []
    for label in labels:
        key, count = label, 1
        while key in seen or (count > 1 and key in taken):
            count += 1
            key = f"{label} ({count})"
        seen.add(key)
        result.append(key)
    return tuple(result)


def _wrong(problem: str) -> Comparison:
    return Comparison(difference=0.0, problem=problem)


def _flat(outputs: "Outputs") -> "FloatArray":
    import numpy as np

    return np.concatenate([np.asarray(a, np.float32).reshape(-1) for a in outputs])


def _top1(outputs: "Outputs") -> int:
    return int(outputs[0].reshape(-1).argmax())


def _top(scores: "FloatArray", k: int) -> list[int]:
    """Return the indices of the k highest scores, highest first, the lower index first among equals (as sg_top_k)."""
    return [int(i) for i in (-scores.reshape(-1)).argsort(kind="stable")[:k]]


def _digest(answer: Mapping[str, JsonValue], own: "FloatArray") -> JsonValue:
    """Return the SHA-256 of all scores in the answer; of `own` if it has none."""
    import numpy as np

    if "scores" in answer:
        return hashlib.sha256(np.array(answer["scores"], "<u4").tobytes()).hexdigest()
    return answer.get("scores_sha256", _sha256(own))


def _sha256(scores: "FloatArray") -> str:
    return hashlib.sha256(scores.astype("<f4").tobytes()).hexdigest()
