"""Tensors: returns every output of the network as float32 under its name."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field

from sdkgen.registry import register
from sdkgen.schema import Reading, SnakeCase, Table, unique_names
from sdkgen.tasks.base import SCORE_TOLERANCE, Comparison, CoreMLFacts, Problem, Sources, Task
from sdkgen.types import JsonValue

if TYPE_CHECKING:
    from sdkgen.tasks.base import Outputs


class TensorTaskTable(Table):
    kind: Literal["tensor"]
    outputs: Annotated[list[SnakeCase], Field(min_length=1, max_length=64), AfterValidator(unique_names)] = Field(
        description="a list of 1…64 snake_case names, one for each output of the network"
    )


@register("task", "tensor")
@dataclass(frozen=True, kw_only=True)
class TensorTask(Task):
    """Plain float32 tensors out, one name per output of the network."""

    outputs: tuple[str, ...]

    kind: ClassVar[str] = "tensor"
    table: ClassVar[type[Table]] = TensorTaskTable
    call: ClassVar[str] = "run"

    @classmethod
    def read(cls, table: TensorTaskTable, reading: Reading) -> Self:
        """Convert [task]."""
        return cls(outputs=tuple(table.outputs))

    def section(self) -> JsonValue:
        """Return the fields without the kind, for compatibility with fingerprints of published SDKs."""
        return asdict(self)

    @property
    def output_names(self) -> tuple[str, ...]:
        """The names in the spec."""
        return self.outputs

    def interface_problem(self, shapes: Sequence[tuple[int, ...]]) -> Problem | None:
        """Demand one tensor (1, C) or (1, C, H, W) per name."""
        if len(shapes) != len(self.outputs):
            listed = ", ".join(str(list(shape)) for shape in shapes)
            return Problem(
                message=f"the network has {len(shapes)} outputs, the spec names {len(self.outputs)}: "
                f"{', '.join(self.outputs)}; their shapes are {listed}",
                remedy="Name every output of the model's forward() in the spec, in order.",
            )
        for name, shape in zip(self.outputs, shapes, strict=True):
            if len(shape) not in (2, 4) or shape[0] != 1:
                return Problem(
                    message=f'the output "{name}" is {list(shape)}, expected [1, features] or '
                    "[1, channels, height, width]"
                )
        return None

    def compare(
        self, language: str, answer: Mapping[str, JsonValue], expected: "Outputs", exact: "Outputs"
    ) -> Comparison:
        """Demand the C API's bytes of every output, within the tolerance of PyTorch's.

        Args:
            answer: {"outputs": {name: [bits]}}; bits are those of the float32.
        """
        import numpy as np

        largest = 0.0
        for name, reference, own in zip(self.outputs, expected, exact, strict=True):
            bits = np.array(answer["outputs"].get(name, []), np.uint32)
            if bits.tolist() != own.reshape(-1).view(np.uint32).tolist():
                return Comparison(difference=largest, problem=f"{language}'s output {name} is not the C API's bytes")
            scale = max(float(np.abs(reference).max()), 1e-30)
            largest = max(largest, float(np.abs(own - reference).max()) / scale)
        if largest > SCORE_TOLERANCE:
            return Comparison(
                difference=largest,
                problem=f"an output differs from PyTorch's by {largest:.4f} of its largest value",
            )
        return Comparison(difference=largest)

    def kotlin(self, *, is_image: bool) -> Sources:
        """Return the description of tensors."""
        runtime = ("TensorInfo.kt", "internal/TensorNames.kt")
        return Sources(result="Outputs", runtime=runtime, imports=("namedTensors",), resources={})

    def swift(self, *, engines: Sequence[str]) -> Sources:
        """Return the tensor type, and its conversions where Core ML is an engine."""
        runtime = ("Tensor+CoreML.swift", "Tensor.swift") if "coreml" in engines else ("Tensor.swift",)
        return Sources(result="Outputs", runtime=runtime, resources={})

    @property
    def coreml(self) -> CoreMLFacts:
        """Every output is described by its name."""
        return CoreMLFacts(texts=self.outputs)
