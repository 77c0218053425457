"""Reads a checkpoint without executing anything in it, and loads it into the module."""

import difflib
import pickle
import re
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from sdkgen.errors import ModelError
from sdkgen.files import sha256_file

StateDict = Mapping[str, torch.Tensor]

# Keys of the state dict in checkpoints that also hold the optimizer's and others.
WRAPPERS = ("state_dict", "model_state_dict", "model")
# torch.nn.DataParallel and DistributedDataParallel put this before every name.
PARALLEL_PREFIX = "module."
SHOWN = 5


def load_weights(module: nn.Module, path: Path, sha256: str | None) -> None:
    """Copy the tensors of a checkpoint into `module`.

    Args:
        module: changed in place.
        path: a safetensors file (by its suffix), else a checkpoint of torch.save.
        sha256: expected digest of the file, checked before it is parsed; None leaves it unchecked.

    Raises:
        ModelError: the digest differs, the file is damaged or holds more than tensors, or names or shapes do not
            match those of the module.
    """
    _check_sha256(path, sha256)
    state = _strip_prefix(read_state_dict(path), module)
    _check_match(module, state, path)
    module.load_state_dict(state, strict=False)


def read_state_dict(path: Path) -> StateDict:
    """Read the tensors of a checkpoint by name, on the CPU. No code in the file is executed.

    Raises:
        ModelError: the file is damaged, or holds something else than tensors.
    """
    if path.suffix == ".safetensors":
        try:
            return load_file(path)
        except (SafetensorError, OSError, ValueError, KeyError) as error:
            raise ModelError(f"{path}: not a readable safetensors file ({error})") from error
    try:
        with warnings.catch_warnings():
            # torch warns of newer pickle protocols; a protocol that it cannot read is an error below anyway.
            warnings.simplefilter("ignore", UserWarning)
            checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise _refused(path, error) from error
    # torch.load documents no exceptions for damaged files: zip, pickle and storage readers each raise their own.
    except Exception as error:
        first_line = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(
            f"{path}: not a readable torch checkpoint ({first_line})",
            remedy="The file may be truncated: fetch it again. For a safetensors file use the suffix .safetensors.",
        ) from error
    return _unwrap(checkpoint, path)


def refuse_non_finite(module: nn.Module) -> None:
    """Raise ModelError if a parameter or buffer of the module has a NaN or infinity, naming it."""
    for name, tensor in module.state_dict().items():
        if isinstance(tensor, torch.Tensor) and tensor.is_floating_point() and not torch.isfinite(tensor).all():
            count = int((~torch.isfinite(tensor)).sum())
            raise ModelError(
                f'the weights "{name}" have {count} NaN or infinite values of {tensor.numel()}',
                remedy="The training diverged or the file is damaged; use an earlier checkpoint.",
            )


def _check_sha256(path: Path, expected: str | None) -> None:
    if expected is None:
        return
    found = sha256_file(path)
    if found != expected:
        raise ModelError(
            f"{path}: not the file that the spec pins\n  sha256 found    {found}\n  sha256 expected {expected}",
            remedy="Fetch the right file, or change weights_sha256 if this one is meant.",
        )


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


def _unwrap(checkpoint: object, path: Path) -> StateDict:
    for key in WRAPPERS:
        if isinstance(checkpoint, Mapping) and isinstance(checkpoint.get(key), Mapping):
            checkpoint = checkpoint[key]
            break
    if not isinstance(checkpoint, Mapping) or not checkpoint:
        raise ModelError(
            f"{path}: holds no state dict but {_described(checkpoint)}",
            remedy="Save it with torch.save(model.state_dict(), …).",
        )
    for name, value in checkpoint.items():
        if not isinstance(value, torch.Tensor):
            raise ModelError(
                f'{path}: "{name}" is {_described(value)}, not a tensor',
                remedy=f"Save only the state dict, alone or under one of the keys {_list(WRAPPERS)}.",
            )
    return checkpoint


def _described(value: object) -> str:
    return "an empty dict" if isinstance(value, Mapping) and not value else f"a {type(value).__name__}"


def _strip_prefix(state: StateDict, module: nn.Module) -> StateDict:
    wanted = module.state_dict()
    if any(name.startswith(PARALLEL_PREFIX) for name in wanted):
        return state
    if not all(name.startswith(PARALLEL_PREFIX) for name in state):
        return state
    return {name.removeprefix(PARALLEL_PREFIX): tensor for name, tensor in state.items()}


def _check_match(module: nn.Module, state: StateDict, path: Path) -> None:
    wanted = module.state_dict()
    # Counts training steps; older checkpoints lack it and inference never reads it.
    missing = [name for name in wanted if name not in state and not name.endswith("num_batches_tracked")]
    unexpected = [name for name in state if name not in wanted]
    shapes = [
        f'"{name}" is {list(state[name].shape)} in the file, {list(tensor.shape)} in the network'
        for name, tensor in wanted.items()
        if name in state and state[name].shape != tensor.shape
    ]
    lines = []
    if missing:
        lines.append(f"missing in the file ({len(missing)}): {_with_nearest(missing, unexpected)}")
    if unexpected:
        lines.append(f"not in the network ({len(unexpected)}): {_with_nearest(unexpected, list(wanted))}")
    if shapes:
        lines.append(f"other shapes ({len(shapes)}): {'; '.join(shapes[:SHOWN])}{_more(len(shapes))}")
    if lines:
        raise ModelError(
            "\n  ".join([f"{path}: the weights do not fit the network", *lines]),
            remedy="Check that factory and arguments make the network that this checkpoint was trained with.",
        )


def _with_nearest(names: list[str], others: list[str]) -> str:
    """Format the first few names, each with the most similar of `others`."""
    shown = []
    for name in names[:SHOWN]:
        near = difflib.get_close_matches(name, others, n=1, cutoff=0.8)
        shown.append(f'"{name}"' + (f' (like "{near[0]}"?)' if near else ""))
    return ", ".join(shown) + _more(len(names))


def _more(count: int) -> str:
    return f", and {count - SHOWN} more" if count > SHOWN else ""


def _list(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
