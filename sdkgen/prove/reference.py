"""Stores PyTorch's quantised outputs on disk, so that the proofs on other hosts need not import torch."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from sdkgen.errors import ProofError
from sdkgen.files import write_bytes
from sdkgen.prove.comparison import Outputs


def write_reference(path: Path, names: Sequence[str], outputs: Sequence[Outputs]) -> None:
    """Store one tuple of arrays per view, by name of the view and number of the output."""
    buffer = io.BytesIO()
    arrays = {
        f"{name}/{index}": a for name, values in zip(names, outputs, strict=True) for index, a in enumerate(values)
    }
    np.savez(buffer, **arrays)  # type: ignore[arg-type]  # numpy's stub takes them for its own option
    write_bytes(path, buffer.getvalue())


def read_reference(path: Path) -> Mapping[str, Outputs]:
    """Read the outputs by name of the view.

    Raises:
        ProofError: the file is missing or damaged.
    """
    found: dict[str, list[np.ndarray]] = {}
    try:
        with np.load(path) as arrays:
            for key in arrays.files:
                found.setdefault(key.rpartition("/")[0], []).append(arrays[key])
    except (OSError, ValueError) as error:
        raise ProofError(
            f"{path} cannot be read: {error}",
            remedy="It is written by the step prove_executorch; run that first.",
        ) from error
    return {name: tuple(values) for name, values in found.items()}
