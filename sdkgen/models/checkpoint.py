"""Reads the state dicts of a checkpoint without executing anything in the file, every tensor dense and on the CPU."""

import pickle
import re
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from sdkgen.errors import ModelError

StateDict = Mapping[str, object]
"""Tensors by name, and the values of get_extra_state() under names that end in EXTRA_STATE."""

WRAPPERS = ("state_dict", "model_state_dict", "model")
"""Keys of the state dict in checkpoints that also hold the optimizer's and others."""
EXTRA_STATE = "_extra_state"


def read_state_dicts(path: Path) -> dict[str, StateDict]:
    """Read the state dicts of a safetensors file (by its suffix), or else of a checkpoint of torch.save.

    Returns:
        By the key in the checkpoint; tensors at its top level, and a file that is a state dict itself, have the key "".

    Raises:
        ModelError: the file is damaged, or holds something else than tensors.
    """
    if path.suffix == ".safetensors":
        try:
            return {"": load_file(path)}
        except (SafetensorError, OSError, ValueError, KeyError) as error:
            raise ModelError(f"{path}: not a readable safetensors file ({error})") from error
    checkpoint = _read_torch(path)
    if not isinstance(checkpoint, Mapping) or not checkpoint:
        raise ModelError(
            f"{path}: holds no state dict but {_described(checkpoint)}",
            remedy="Save it with torch.save(model.state_dict(), …).",
        )
    nested = {str(key): value for key, value in checkpoint.items() if _is_state_dict(key, value)}
    if not nested:
        return {"": checkpoint}
    top = {key: value for key, value in checkpoint.items() if isinstance(value, torch.Tensor)}
    return nested | ({"": top} if top else {})


def dense(state: StateDict, path: Path) -> dict[str, object]:
    """Return the state dict with sparse tensors made dense.

    Raises:
        ModelError: a name or value cannot be part of a network's float weights.
    """
    result: dict[str, object] = {}
    for name, value in state.items():
        if not isinstance(name, str):
            raise ModelError(
                f"{path}: the name {name!r} in the state dict is {_described(name)}, not a string",
                remedy="Save what model.state_dict() returns: torch.save(model.state_dict(), …).",
            )
        if isinstance(value, torch.Tensor):
            result[name] = _dense(name, value, path)
        elif name.endswith(EXTRA_STATE):
            result[name] = value
        else:
            raise ModelError(
                f'{path}: "{name}" is {_described(value)}, not a tensor',
                remedy=f"Save only the state dict, alone or under one of the keys {listed(WRAPPERS)}.",
            )
    return result


def listed(names: Iterable[str]) -> str:
    """Return the names in quotes, separated by commas."""
    return ", ".join(f'"{name}"' for name in names)


def _read_torch(path: Path) -> object:
    try:
        with warnings.catch_warnings():
            # torch warns of newer pickle protocols; a protocol that it cannot read is an error below anyway.
            warnings.simplefilter("ignore", UserWarning)
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise _refused(path, error) from error
    # torch.load documents no exceptions for damaged files: zip, pickle and storage readers each raise their own.
    except Exception as error:
        first_line = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(
            f"{path}: not a readable torch checkpoint ({first_line})",
            remedy="The file may be truncated: fetch it again. For a safetensors file use the suffix .safetensors.",
        ) from error


def _is_state_dict(key: object, value: object) -> bool:
    """Return whether an entry of a checkpoint is a state dict; an optimizer's holds its tensors one level deeper."""
    return (
        isinstance(value, Mapping)
        and not str(key).endswith(EXTRA_STATE)
        and any(isinstance(item, torch.Tensor) for item in value.values())
    )


def _dense(name: str, tensor: torch.Tensor, path: Path) -> torch.Tensor:
    what = "quantised" if tensor.is_quantized else "on the device meta, without values" if tensor.is_meta else ""
    if what:
        raise ModelError(
            f'{path}: the tensor "{name}" is {what}',
            remedy="Save the float32 weights of the trained network; sdkgen quantises them itself.",
        )
    if tensor.layout == torch.strided:
        return tensor
    try:
        return tensor.to_dense()
    except (RuntimeError, NotImplementedError) as error:
        raise ModelError(
            f'{path}: the tensor "{name}" has the layout {tensor.layout}', remedy="Save it as a dense tensor."
        ) from error


def _refused(path: Path, error: Exception) -> ModelError:
    text = " ".join(str(error).split())
    if re.search(r"GLOBAL|Unsupported (global|class|type)", text):
        return ModelError(
            f"{path}: refused, because the checkpoint holds Python objects besides tensors; nothing in it was executed",
            remedy="Save only the tensors: torch.save(model.state_dict(), …) or safetensors.torch.save_file(…).",
        )
    return ModelError(
        f"{path}: not a readable torch checkpoint; nothing in it was executed",
        remedy="It may be damaged, then fetch it again; or save it with torch.save(model.state_dict(), …).",
    )


def _described(value: object) -> str:
    return "an empty dict" if isinstance(value, Mapping) and not value else f"a {type(value).__name__}"
