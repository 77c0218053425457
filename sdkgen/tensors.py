"""Reads the samples of an SDK of plain tensors: one .safetensors file holds one tensor per input."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file

from sdkgen.errors import DataError
from sdkgen.spec.values import TensorInput


def read_tensors(path: Path, inputs: Sequence[TensorInput]) -> tuple[npt.NDArray[np.float32], ...]:
    """Read the tensors of one file, in the order and shapes of `inputs`.

    Raises:
        DataError: the file is damaged, lacks an input or has one too many, or a tensor has another shape than its
            input, another dtype than float32, or a NaN or infinity.
    """
    try:
        tensors = load_file(path)
    except FileNotFoundError as error:
        raise DataError(f"{path}: there is no such file") from error
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise DataError(f"{path}: not a readable safetensors file ({error})") from error
    names = [tensor.name for tensor in inputs]
    if set(tensors) != set(names):
        raise DataError(
            f"{path}: holds the tensors {_list(tensors)}, but the inputs are {_list(names)}",
            remedy="Save exactly one tensor under the name of each input of sdk.toml.",
        )
    for tensor in inputs:
        array = tensors[tensor.name]
        if array.dtype != np.float32 or array.shape != tensor.shape:
            raise DataError(
                f'{path}: "{tensor.name}" is {array.dtype} {list(array.shape)}, expected float32 {list(tensor.shape)}'
            )
        if not np.isfinite(array).all():
            raise DataError(f'{path}: "{tensor.name}" has a NaN or infinity')
    return tuple(tensors[name] for name in names)


def _list(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in sorted(names)) or "(none)"
