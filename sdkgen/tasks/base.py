"""Declares what every task provides, so that the stages treat classification, detection and all others alike.

A task is a frozen dataclass, registered as a plug-in of the kind "task" under its name in `[task] kind`. Its fields are
the values in sdk.toml. A custom task of an app is a file in a folder that SDKGEN_PLUGINS names.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

from sdkgen.schema import Reading, Table
from sdkgen.types import JsonValue

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float32]
    Outputs = tuple[FloatArray, ...]

SCORE_TOLERANCE = 0.02
"""Largest difference of a number in an app's answer between the plan and PyTorch's float32 arithmetic: of a
probability absolute, of other numbers relative to the largest one. See executorch_matches_pytorch for its causes."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A contradiction between network and task: `message` is a clause, `remedy` a sentence or ""."""

    message: str
    remedy: str = ""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Comparison of an app's answer with PyTorch and the C API.

    Attributes:
        difference: largest difference to PyTorch, on the scale of `SCORE_TOLERANCE`.
        problem: a clause, or "" when the answer is right.
    """

    difference: float
    problem: str = ""


class Agreement(Protocol):
    """Compares two runs of a network by the answer that an app reads from them, not by their numbers alone.

    Attributes:
        name: of the metric, a fraction of 0…1 over all views, such as "top1_agreement".
        what: the compared part of the answer, such as "top-1 class".
        best: the same for users of Core ML, such as "best class".
    """

    name: ClassVar[str]
    what: ClassVar[str]
    best: ClassVar[str]

    def same(self, expected: "Outputs", value: "Outputs") -> bool:
        """Return whether both runs give the same answer."""
        ...

    def same_in_float16(self, expected: "Outputs", value: "Outputs") -> bool:
        """Return whether both runs give the same answer, or two that are equal in `expected` within float16."""
        ...

    def row(self, reference: "Outputs", quantised: "Outputs") -> Mapping[str, JsonValue]:
        """Return the fields of a report's row of one view for the float and for the quantised network."""
        ...


@dataclass(frozen=True, kw_only=True)
class Option:
    """A parameter with a default that every call of the API takes after its inputs.

    Attributes:
        name: camelCase.
        type: of a name that Kotlin and Swift share, such as "Int".
        default: an expression that both languages share.
        text: documentation, a sentence without a verb, for overloads of the call.
    """

    name: str
    type: str
    default: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Parts of one language's SDK that come from the task.

    Attributes:
        result: type that a call returns.
        runtime: sources that do not vary with the model, as paths below `runtime/` of the task's template folder, else
            below the language's.
        imports: of the Kotlin class, names in the package `internal`.
        resources: files of the package's bundle by name, with their content.
    """

    result: str
    runtime: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    resources: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Classifier:
    """A Core ML program's own classifier output, which tools such as Xcode's preview show.

    Attributes:
        labels: one per score, all different.
        label_text, probabilities_text: documentation of the two features.
    """

    labels: tuple[str, ...]
    label_text: str
    probabilities_text: str


@dataclass(frozen=True, kw_only=True)
class CoreMLFacts:
    """Parts of a Core ML program that come from the task.

    Attributes:
        texts: documentation of each output, in their order.
        softmax: the program ends in softmax over the last axis of its first output.
        classifier: or None.
    """

    texts: tuple[str, ...]
    softmax: bool = False
    classifier: Classifier | None = None


class Task(ABC):
    """A task: the meaning of the network's outputs for an app.

    Attributes:
        kind: name in `[task] kind`, and of the task's template folders.
        table: validates `[task]`; has the field `kind`.
        call: name of the API's method, camelCase.
        options: of that method.
        budgets: keys of [budgets] that limit this task's metric, with the metric's subject, such as "top-1 class".
        losses: values of `[training] loss` that its network can be trained with; they need labelled samples.
        agreement: how runs are compared by their answers, or None if only their numbers can be.
        limitations: sentences for the report's list of unchecked properties.
        same_answers: text that a passed proof of the API adds after "Byte-identical to the C API on 4 views".
        paths: keys of `[task]` that may name files.
        templates: a folder with `kotlin/` and `swift/`, for a task that is no part of this package.
    """

    kind: ClassVar[str]
    table: ClassVar[type[Table]]
    call: ClassVar[str]
    options: ClassVar[tuple[Option, ...]] = ()
    budgets: ClassVar[Mapping[str, str]] = {}
    losses: ClassVar[frozenset[str]] = frozenset()
    agreement: ClassVar[Agreement | None] = None
    limitations: ClassVar[tuple[str, ...]] = ()
    same_answers: ClassVar[str] = ""
    paths: ClassVar[tuple[str, ...]] = ()
    templates: ClassVar[Path | None] = None

    @classmethod
    @abstractmethod
    def read(cls, table: Any, reading: Reading) -> Self | None:
        """Convert a valid `table` of this task; mistakes are reported through `reading`."""

    def section(self) -> JsonValue:
        """Return the values that the fingerprint of model and API covers: equal values mean the same task."""
        return {"kind": self.kind, **asdict(self)}  # type: ignore[call-overload]  # every task is a dataclass

    @property
    def class_names(self) -> tuple[str, ...]:
        """Labels in the model file, one per class; () for a task without classes."""
        return ()

    @property
    @abstractmethod
    def output_names(self) -> tuple[str, ...]:
        """Names of the network's outputs, in their order."""

    @abstractmethod
    def interface_problem(self, shapes: Sequence[tuple[int, ...]]) -> Problem | None:
        """Compare the network's outputs with the task.

        Args:
            shapes: of the outputs, (1, C) or NCHW, in their order.
        """

    def in_c(self, library: Path, outputs: Sequence["Outputs"]) -> list["Outputs"]:
        """Apply the C library's post-processing of the network's outputs, and return copies.

        Args:
            library: libsdkgen of this machine.
            outputs: of the network, one tuple per run.
        """
        return list(outputs)

    @abstractmethod
    def compare(
        self, language: str, answer: Mapping[str, JsonValue], expected: "Outputs", exact: "Outputs"
    ) -> Comparison:
        """Compare the answer of a proof program, whose template is the task's own, with the references.

        Args:
            language: that the program is written in, for messages.
            answer: one line of JSON that it printed.
            expected: the network's outputs by PyTorch's quantised program.
            exact: the outputs of the C API after `in_c`, which an answer must equal to the bit.
        """

    @abstractmethod
    def kotlin(self, *, is_image: bool) -> Sources:
        """Return the task's part of the Kotlin API; `is_image`: the input is an image, not tensors."""

    @abstractmethod
    def swift(self, *, engines: Sequence[str]) -> Sources:
        """Return the task's part of the Swift package with these engines."""

    @property
    @abstractmethod
    def coreml(self) -> CoreMLFacts:
        """The task's part of a Core ML program."""
