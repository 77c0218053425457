"""train.json, which the train step writes."""

from dataclasses import asdict, dataclass
from pathlib import Path

from sdkgen.documents.json_file import read_document
from sdkgen.files import write_json


@dataclass(frozen=True, kw_only=True)
class TrainedNetwork:
    """One trained network.

    Attributes:
        epochs: of its training.
        taught: whether it was trained with the teacher.
        parameters: number of trained parameters.
        top1: fraction of the evaluation samples that are classified correctly.
    """

    epochs: int
    taught: bool
    parameters: int
    top1: float


@dataclass(frozen=True, kw_only=True)
class DataSizes:
    """Numbers of samples."""

    training_samples: int
    evaluation_samples: int


@dataclass(frozen=True, kw_only=True)
class TrainDocument:
    """train.json; a network that was not trained has no key there."""

    data: DataSizes
    network: TrainedNetwork | None = None
    teacher: TrainedNetwork | None = None


def write_train(path: Path, document: TrainDocument) -> None:
    """Write train.json."""
    write_json(path, {key: value for key, value in asdict(document).items() if value is not None})


def read_train(path: Path) -> TrainDocument:
    """Read train.json.

    Raises:
        PackageError: the file is missing, or is no such document.
    """
    return read_document(path, TrainDocument)
