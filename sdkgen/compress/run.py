"""The compression stage: applies the spec's passes in order and saves the programs they give."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import torch
from torch.export import ExportedProgram

from sdkgen import registry
from sdkgen.compress.macs import size_of
from sdkgen.compress.program import CompressionPass, QuantisationRow, Sample, capture
from sdkgen.errors import CompressionError, DataError, SpecError
from sdkgen.files import write_bytes, write_json
from sdkgen.types import PassReport, SdkSpec


@dataclass(frozen=True, kw_only=True)
class CompressedModel:
    """The network before and after quantisation.

    Attributes:
        float_program: float32, as it was just before quantisation (BatchNorm folded).
        quantised_program: the PT2E-converted program, with quantize/dequantize pairs of quantized_decomposed.
        reports: one per pass, in the order they ran.
        quantisation: one row per quantised activation tensor.
    """

    float_program: ExportedProgram
    quantised_program: ExportedProgram
    reports: tuple[PassReport, ...]
    quantisation: tuple[QuantisationRow, ...]


def compress(
    spec: SdkSpec,
    module: torch.nn.Module,
    example_inputs: Sample,
    calibration: Sequence[Sample],
) -> CompressedModel:
    """Apply the passes of the spec in order; the same arguments give the same programs.

    Args:
        module: float32 network; it is not changed.
        example_inputs: one float32 tensor per input, batch size 1 (NCHW for images).
        calibration: samples like `example_inputs`; every one is used.

    Raises:
        DataError: no calibration samples, wrong shapes, or values that are not finite.
        ModelError: the module cannot be exported.
        CompressionError: a pass does not apply or broke what it promised, or no pass quantises.
        SpecError: an unknown pass or option.
    """
    registry.discover("sdkgen.compress")
    passes = [_lookup(spec, p.name) for p in spec.passes]
    _check_calibration(example_inputs, calibration)
    reports: list[PassReport] = []
    with _one_thread():
        program = capture(module, example_inputs, calibration)
        for apply, chosen in zip(passes, spec.passes, strict=True):
            program, report = apply(program, chosen.options)
            reports.append(report)
    if program.float_program is None:
        raise CompressionError(
            f"{spec.origin}: no pass quantises the network, and the runtime is int8",
            remedy='Add "int8_ptq" as the last of the compression passes.',
        )
    return CompressedModel(
        float_program=program.float_program,
        quantised_program=program.exported,
        reports=tuple(reports),
        quantisation=program.quantisation,
    )


def save(model: CompressedModel, directory: Path) -> None:
    """Write float.pt2, quantized.pt2 and compress.json; the same model gives the same bytes.

    Raises:
        PackageError: the folder cannot be written.
    """
    write_bytes(directory / "float.pt2", program_bytes(model.float_program))
    write_bytes(directory / "quantized.pt2", program_bytes(model.quantised_program))
    size = size_of(model.float_program)
    write_json(
        directory / "compress.json",
        {
            "passes": [asdict(report) for report in model.reports],
            "quantisation": [asdict(row) for row in model.quantisation],
            "float": {"parameters": size.parameters, "macs": size.macs},
            "library_versions": {name: version(name) for name in ("torch", "torchao")},
        },
    )


def program_bytes(program: ExportedProgram) -> bytes:
    """The bytes of torch.export.save; they depend on the program alone (the archive's entries carry no date)."""
    buffer = io.BytesIO()
    torch.export.save(program, buffer)
    return buffer.getvalue()


@contextmanager
def _one_thread() -> Iterator[None]:
    # The order of float sums depends on the number of threads; with one, ranges are the same on every machine with
    # the same kernels. It is also faster while SCons compiles on the other cores: OpenMP threads spin as they wait.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _lookup(spec: SdkSpec, name: str) -> CompressionPass:
    try:
        entry: CompressionPass = registry.lookup("compress", name)
    except KeyError:
        known = ", ".join(registry.names("compress"))
        raise SpecError(f"{spec.origin}: no compression pass {name!r}", remedy=f"There are: {known}.") from None
    return entry


def _check_calibration(example_inputs: Sample, calibration: Sequence[Sample]) -> None:
    if not calibration:
        raise DataError(
            "there is no calibration data", remedy="Name at least one image or tensor file under calibration."
        )
    expected = [tuple(tensor.shape) for tensor in example_inputs]
    for index, sample in enumerate(calibration):
        shapes = [tuple(tensor.shape) for tensor in sample]
        if shapes != expected:
            raise DataError(f"calibration sample {index} has the shapes {shapes}, the network takes {expected}")
        if not all(bool(torch.isfinite(tensor).all()) for tensor in sample):
            raise DataError(
                f"calibration sample {index} holds NaN or infinity", remedy="Remove or mend the file it comes from."
            )
