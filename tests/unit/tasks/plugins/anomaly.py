"""A task of an app's own: one score, which is anomalous from a threshold on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field

from sdkgen.registry import register
from sdkgen.schema import Reading, Table
from sdkgen.tasks.base import Comparison, CoreMLFacts, Problem, Sources, Task


class AnomalyTable(Table):
    kind: Literal["anomaly"]
    threshold: Annotated[float, Field(allow_inf_nan=False)] = Field(description="a finite number")


@register("task", "anomaly")
@dataclass(frozen=True, kw_only=True)
class AnomalyTask(Task):
    """One score; from `threshold` on the input is anomalous."""

    threshold: float

    kind: ClassVar[str] = "anomaly"
    table: ClassVar[type[Table]] = AnomalyTable
    call: ClassVar[str] = "inspect"
    limitations: ClassVar[tuple[str, ...]] = ("Whether the threshold tells anomalies apart.",)
    templates: ClassVar[Path | None] = Path(__file__).resolve().parent / "templates"

    @classmethod
    def read(cls, table: AnomalyTable, reading: Reading) -> Self:
        if table.threshold < 0:
            reading.wrong(("task", "threshold"), "no score is below 0, so every input would be anomalous")
        return cls(threshold=table.threshold)

    @property
    def output_names(self) -> tuple[str, ...]:
        return ("score",)

    def interface_problem(self, shapes: Sequence[tuple[int, ...]]) -> Problem | None:
        return None if list(shapes) == [(1, 1)] else Problem(message=f"the network returned {shapes}, not one score")

    def compare(self, language: str, answer: Mapping[str, Any], expected: Any, exact: Any) -> Comparison:
        is_equal = answer["score_bits"] == int(exact[0].reshape(-1).view(np.uint32)[0])
        return Comparison(difference=float(abs(expected[0] - exact[0]).max()), problem="" if is_equal else "differs")

    def kotlin(self, *, is_image: bool) -> Sources:
        return Sources(result="Anomaly", runtime=("Anomaly.kt",), resources={})

    def swift(self, *, engines: Sequence[str]) -> Sources:
        return Sources(result="Anomaly", runtime=("Anomaly.swift",), resources={})

    @property
    def coreml(self) -> CoreMLFacts:
        return CoreMLFacts(texts=("How anomalous the input is.",))
