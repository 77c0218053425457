"""export.json, which the export step writes: the contents of the plan inside the .pte."""

from dataclasses import dataclass
from pathlib import Path

from sdkgen.documents.json_file import read_document, write_document
from sdkgen.types import Artifact


@dataclass(frozen=True, kw_only=True)
class OperatorRow:
    """One operator of the plan.

    Attributes:
        index: position in execution order.
        kind: name of the operator type, such as "conv".
        layer: path of the user's module that it comes from, "" for an operator without one.
        macs: multiply-accumulates of one inference.
        weight_bytes: of its packed constant.
        output_shape: (N, C) or NCHW.
        output_bytes: of its result, without padding.
        in_place: its result overwrites input 0.
    """

    index: int
    kind: str
    layer: str
    macs: int
    weight_bytes: int
    output_shape: tuple[int, ...]
    output_bytes: int
    in_place: bool


@dataclass(frozen=True, kw_only=True)
class BandRow:
    """Operators `first` to `last`, run `rows` rows at a time; memory, traffic and instructions are estimates."""

    first: int
    last: int
    rows: int
    memory_bytes: int
    saved_traffic_bytes: int
    added_instructions: int


@dataclass(frozen=True, kw_only=True)
class InputRow:
    """An input: name in the spec, shape, and the quantisation of the int8 tensor that it is first quantised to."""

    name: str
    shape: tuple[int, ...]
    scale: float
    zero_point: int


@dataclass(frozen=True, kw_only=True)
class OutputRow:
    """A float32 output: name in the spec, and shape."""

    name: str
    shape: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class ExportDocument:
    """The content of export.json.

    Attributes:
        pte: the ExecuTorch program, path relative to the document's folder.
        arena_bytes: memory of all activations; `arena_bytes_without_bands` with every operator run whole,
            `arena_lower_bound_bytes` the largest sum of tensors that live at once, and the same rounded up to the
            alignment.
        band_bytes: of the buffers within bands.
        fingerprint: of the spec, 16 hexadecimal digits after "0x".
        ops: in execution order.
        macs, weight_bytes: sums over `ops`.
    """

    pte: Artifact
    plan_bytes: int
    arena_bytes: int
    arena_bytes_without_bands: int
    arena_lower_bound_bytes: int
    arena_aligned_lower_bound_bytes: int
    band_bytes: int
    bands: tuple[BandRow, ...]
    fingerprint: str
    ops: tuple[OperatorRow, ...]
    inputs: tuple[InputRow, ...]
    outputs: tuple[OutputRow, ...]
    macs: int
    weight_bytes: int


def write_export(path: Path, document: ExportDocument) -> None:
    """Write export.json; equal values give equal bytes."""
    write_document(path, document)


def read_export(path: Path) -> ExportDocument:
    """Read export.json.

    Raises:
        PackageError: the file is missing or is not of this version.
    """
    return read_document(path, ExportDocument)
