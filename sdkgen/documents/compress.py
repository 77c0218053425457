"""compress.json and predictions.json, which the compress step writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sdkgen.documents.json_file import read_document, write_document
from sdkgen.types import PassReport


@dataclass(frozen=True, kw_only=True)
class QuantisationRow:
    """Quantisation of one activation tensor: real = (q - zero_point) * scale, q in -128..127.

    Attributes:
        name: path of the user's module that produces the tensor, or the name of the graph's input.
        kind: aten operators that produce it, "conv2d+hardtanh" when they are fused, "input" for an input.
        min, max: range seen in calibration, in real units.
        histogram: numbers of values in equally wide bins from `min` to `max`; empty where none was made.
    """

    name: str
    kind: str
    scale: float
    zero_point: int
    min: float
    max: float
    histogram: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class WeightRow:
    """Quantisation of one weight: real = q * scale of the output channel, q in -127..127.

    Attributes:
        name, kind: as in QuantisationRow.
        shape: of the weight.
        smallest_scale, largest_scale: of its channels.
        clipped: fraction of the weights beyond 127 steps.
        histogram: numbers of weights in 64 equally wide bins from -127.5 to 127.5 steps.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    smallest_scale: float
    largest_scale: float
    clipped: float
    histogram: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class SensitivityRow:
    """Effect of one operator in int8 on the network's outputs, on calibration samples.

    Attributes:
        name, kind: as in QuantisationRow.
        alone_db: signal to noise when its weights and its result are in int8, and everything else in float32; None
            when nothing changes.
        without_db: the same when it alone is in float32 and everything else in int8; None where not measured.
    """

    name: str
    kind: str
    alone_db: float | None
    without_db: float | None


@dataclass(frozen=True, kw_only=True)
class FloatSize:
    """The float network just before quantisation: numbers in weights and biases, multiply-accumulates of one run."""

    parameters: int
    macs: int


@dataclass(frozen=True, kw_only=True)
class CompressDocument:
    """compress.json.

    Attributes:
        passes: one report per pass, in the order they ran.
        quantisation: one row per quantised activation tensor.
        weights: one row per quantised weight.
        sensitivity: one row per operator, the most damaging first; empty unless requested.
        float: of the network before quantisation.
        library_versions: by name of the library.
    """

    passes: tuple[PassReport, ...]
    quantisation: tuple[QuantisationRow, ...]
    weights: tuple[WeightRow, ...]
    sensitivity: tuple[SensitivityRow, ...]
    float: FloatSize
    library_versions: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class PredictionsDocument:
    """predictions.json.

    Attributes:
        classes: the class of every labelled evaluation sample, in order.
        trained_in_int8: whether the predictions are those of a network trained in int8, before it was converted; else
            they are those of the quantised program under PyTorch.
    """

    classes: tuple[int, ...]
    trained_in_int8: bool


def write_compress(path: Path, document: CompressDocument) -> None:
    """Write compress.json; equal values give equal bytes."""
    write_document(path, document)


def read_compress(path: Path) -> CompressDocument:
    """Read compress.json.

    Raises:
        PackageError: the file is missing, or is no such document.
    """
    return read_document(path, CompressDocument)


def write_predictions(path: Path, document: PredictionsDocument) -> None:
    """Write predictions.json."""
    write_document(path, document)


def read_predictions(path: Path) -> PredictionsDocument:
    """Read predictions.json.

    Raises:
        PackageError: the file is missing, or is no such document.
    """
    return read_document(path, PredictionsDocument)
