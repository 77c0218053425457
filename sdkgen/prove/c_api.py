"""Runs samples through the C API on this machine; its outputs are the reference for every other host."""

from collections.abc import Sequence
from pathlib import Path

from sdkgen.errors import ToolchainError
from sdkgen.prove.comparison import Outputs
from sdkgen.runtime import Model
from sdkgen.samples import Sample


def require_built(path: Path) -> Path:
    """Return `path` if it exists.

    Raises:
        ToolchainError: the native step has not built it on this machine.
    """
    if not path.is_file():
        raise ToolchainError(f"{path} has not been built.", remedy="Build again: scons.")
    return path


def run_tensors(model: Model, samples: Sequence[Sample]) -> list[Outputs]:
    """Return the outputs of sg_model_run on the float32 inputs, one tuple per sample."""
    return [tuple(model.run(sample.inputs)) for sample in samples]


def run_as_app(model: Model, samples: Sequence[Sample]) -> list[Outputs]:
    """Return the outputs as an app gets them: of sg_model_run_image on the picture, or of sg_model_run on tensors."""
    return [
        tuple(model.run(sample.inputs) if sample.picture is None else model.run_image(sample.picture))
        for sample in samples
    ]
