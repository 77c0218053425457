"""Loads a checkpoint into the module as torch does, and compares names, shapes and types with those of the module."""

import difflib
import sys
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path

import torch
from torch import nn

from sdkgen.errors import ModelError
from sdkgen.files import sha256_file
from sdkgen.models.checkpoint import EXTRA_STATE, listed, read_state_dicts
from sdkgen.models.names import UNREAD, find

SHOWN = 5


def load_weights(module: nn.Module, path: Path, sha256: str | None, key: str | None = None) -> None:
    """Load the tensors of a checkpoint into `module` by its load_state_dict(), hooks of the module included.

    A name that is tied to a loaded one may be missing, and the counters of BatchNorm.

    Args:
        module: changed in place.
        path: a safetensors file (by its suffix), else a checkpoint of torch.save.
        sha256: expected digest of the file, checked before it is parsed; None leaves it unchecked.
        key: of the state dict in a checkpoint that holds several.

    Raises:
        ModelError: the digest differs, the file is damaged or holds more than tensors, or names, shapes or types do not
            match those of the module.
    """
    _check_sha256(path, sha256)
    found = find(read_state_dicts(path), module, key, path)
    _check_types(module, found.state, path)
    tensors = _named(module)
    on_meta = any(tensor.is_meta for tensor in tensors.values())
    try:
        # A tensor on the device meta has no memory to copy into.
        keys = module.load_state_dict(found.state, strict=False, assign=on_meta)
    except Exception as error:  # of torch for shapes, or of any type from a load hook of the user's
        missing, unexpected = _unmatched(module, found.state)
        _check_match(module, path, missing, unexpected, _other_shapes(module, found.state))
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ModelError(f"{path}: load_state_dict of the network raised {type(error).__name__}: {reason}") from error
    _check_match(module, path, _missing(keys.missing_keys, tensors), keys.unexpected_keys, [])
    kept = [name for name in keys.missing_keys if name.endswith(EXTRA_STATE)]
    for note in (*found.notes, *([f"without {listed(kept)}, kept as the factory made it"] if kept else [])):
        print(f"note: {path}: {note}", file=sys.stderr, flush=True)


def refuse_unusable(module: nn.Module) -> None:
    """Raise ModelError if a parameter or buffer of the module has no values, a NaN or an infinity, naming it.

    Those of lazy modules get values from the first input, and are left out.
    """
    for name, tensor in _named(module).items():
        if nn.parameter.is_lazy(tensor):
            continue
        if tensor.is_meta:
            raise ModelError(
                f'the weights "{name}" are on the device meta, without values',
                remedy="Make the network on the CPU, or name a checkpoint with this tensor under weights.",
            )
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
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


def _named(module: nn.Module) -> dict[str, torch.Tensor]:
    """Return parameters and buffers by every name that they have, also those that no state dict holds."""
    return dict(chain(module.named_parameters(remove_duplicate=False), module.named_buffers(remove_duplicate=False)))


def _missing(names: Iterable[str], tensors: Mapping[str, torch.Tensor]) -> list[str]:
    """Return the names that are missing indeed: neither tied to a loaded one, nor without use."""
    names = [name for name in names if not name.endswith((UNREAD, EXTRA_STATE))]
    loaded = {id(tensor) for name, tensor in tensors.items() if name not in names}
    return [name for name in names if id(tensors.get(name)) not in loaded]


def _unmatched(module: nn.Module, state: Mapping[str, object]) -> tuple[list[str], list[str]]:
    wanted = module.state_dict()
    missing = _missing([name for name in wanted if name not in state], _named(module))
    return missing, [name for name in state if name not in wanted]


def _check_types(module: nn.Module, state: Mapping[str, object], path: Path) -> None:
    """Refuse the casts that lose values: torch copies complex numbers and integers into float32 without a word."""
    for name, wanted in module.state_dict().items():
        given = state.get(name)
        if not isinstance(given, torch.Tensor) or not isinstance(wanted, torch.Tensor):
            continue
        if wanted.is_floating_point():
            fits = given.is_floating_point()
        elif wanted.is_complex() or name.endswith(UNREAD):
            fits = True
        else:
            fits = not given.is_complex() and torch.equal(given.to(wanted.dtype).to(given.dtype), given)
        if not fits:
            kinds = [str(tensor.dtype).removeprefix("torch.") for tensor in (given, wanted)]
            raise ModelError(
                f'{path}: the tensor "{name}" is {kinds[0]} in the file, {kinds[1]} in the network',
                remedy="Save the float32 weights of the trained network; integers need their scales.",
            )


def _other_shapes(module: nn.Module, state: Mapping[str, object]) -> list[str]:
    return [
        f'"{name}" is {list(given.shape)} in the file, {list(tensor.shape)} in the network'
        for name, tensor in module.state_dict().items()
        if isinstance(tensor, torch.Tensor) and not nn.parameter.is_lazy(tensor)
        if isinstance(given := state.get(name), torch.Tensor) and given.shape != tensor.shape
    ]


def _check_match(module: nn.Module, path: Path, missing: list[str], unexpected: list[str], shapes: list[str]) -> None:
    lines = []
    if missing:
        lines.append(f"missing in the file ({len(missing)}): {_with_nearest(missing, unexpected)}")
    if unexpected:
        lines.append(f"not in the network ({len(unexpected)}): {_with_nearest(unexpected, list(module.state_dict()))}")
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
