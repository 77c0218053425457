"""The C API on this machine, run over samples: what every other host is held against."""

import ctypes
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sdkgen.errors import ToolchainError
from sdkgen.prove.comparison import Outputs
from sdkgen.runtime import Model
from sdkgen.samples import Sample


def require_built(path: Path) -> Path:
    """`path` itself.

    Raises:
        ToolchainError: the native step has not built it on this machine.
    """
    if not path.is_file():
        raise ToolchainError(f"{path} has not been built.", remedy="Build again: scons.")
    return path


def run_tensors(model: Model, samples: Sequence[Sample]) -> list[Outputs]:
    """Outputs of sg_model_run on the float32 inputs, one tuple per sample."""
    return [tuple(model.run(sample.inputs)) for sample in samples]


def run_as_app(model: Model, samples: Sequence[Sample]) -> list[Outputs]:
    """Outputs as an app gets them: sg_model_run_image on the picture, or sg_model_run on tensors."""
    return [
        tuple(model.run(sample.inputs) if sample.picture is None else model.run_image(sample.picture))
        for sample in samples
    ]


def softmax(library: Path, outputs: Sequence[Outputs]) -> list[Outputs]:
    """The first output of each run after sg_softmax; copies."""
    function = ctypes.CDLL(str(library)).sg_softmax
    function.restype = None
    results: list[Outputs] = []
    for first, *others in outputs:
        scores = np.array(first, np.float32)
        function(scores.ctypes.data_as(ctypes.c_void_p), ctypes.c_size_t(scores.size))
        results.append((scores, *others))
    return results
