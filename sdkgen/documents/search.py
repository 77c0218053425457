"""front.json, which the search writes: the trials of a study, its front, and its best configuration."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sdkgen.documents.json_file import read_document, write_document
from sdkgen.spec.values import SearchLimits
from sdkgen.types import JsonValue


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Measurements of one compressed network.

    Attributes:
        top1: fraction of the evaluation samples that are classified correctly.
        download_bytes: of the weights as int8, deflated.
        macs: multiply-accumulates of one inference.
        instructions: modelled, of one inference, by tier.
        parameters: numbers in weights and biases.
    """

    top1: float
    download_bytes: int
    macs: int
    instructions: Mapping[str, int]
    parameters: int


@dataclass(frozen=True, kw_only=True)
class Miss:
    """A limit that a configuration exceeds: `excess` is the distance as a fraction of the limit."""

    name: str
    limit: int | float
    value: int | float
    excess: float


@dataclass(frozen=True, kw_only=True)
class TrialCounts:
    """Numbers of trials: requested by the spec, measured, refused with a reason, begun and not finished."""

    asked: int
    measured: int
    refused: int
    unfinished: int


@dataclass(frozen=True, kw_only=True)
class TrialRow:
    """A measured trial.

    Attributes:
        number: its place in the study.
        configuration: `arguments` of the factory, `size` of the input or None, `passes` with name and options.
        words: the configuration in a line of text.
        seconds: that the trial took.
    """

    number: int
    configuration: Mapping[str, JsonValue]
    words: str
    figures: Figures
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Closest:
    """The trial whose largest excess is smallest, where no trial keeps the limits."""

    number: int
    misses: tuple[Miss, ...]


@dataclass(frozen=True, kw_only=True)
class FrontDocument:
    """front.json.

    Attributes:
        tier: instruction set whose modelled instructions represent latency.
        prefer: the figure that decides among the configurations that keep the limits.
        refused: why trials were refused, and how many each.
        front: numbers of the trials that no other one dominates, small downloads first.
        best: number of the best trial that keeps the limits, or None.
        closest: None where there is a best one, or nothing was measured.
    """

    schema: int
    sdk: str
    study: str
    tier: str
    prefer: str
    limits: SearchLimits
    trials: TrialCounts
    refused: Mapping[str, int]
    results: tuple[TrialRow, ...]
    front: tuple[int, ...]
    best: int | None
    closest: Closest | None

    def trial(self, number: int) -> TrialRow:
        """Return the measured trial with that number."""
        return next(row for row in self.results if row.number == number)


def write_front(path: Path, document: FrontDocument) -> None:
    """Write front.json."""
    write_document(path, document)


def read_front(path: Path) -> FrontDocument:
    """Read front.json.

    Raises:
        PackageError: the file is missing, or is no such document.
    """
    return read_document(path, FrontDocument)
