"""Finds the tensors of a network in a checkpoint: the state dict that is meant, and the names without prefixes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from sdkgen.errors import ModelError
from sdkgen.models.checkpoint import EXTRA_STATE, WRAPPERS, StateDict, dense, listed

TRANSPARENT = ("_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module")
"""Parts of names that torch.compile, FSDP and activation checkpointing put before the names of any module."""
UNREAD = "num_batches_tracked"
"""Counts training steps; older checkpoints lack it and inference never reads it."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """The tensors of a network, by the names that it has for them.

    Attributes:
        notes: what was taken and what was left out, a sentence each; empty when the file holds these names only.
    """

    state: dict[str, object]
    notes: tuple[str, ...]


def find(states: Mapping[str, StateDict], module: nn.Module, key: str | None, path: Path) -> Found:
    """Choose the state dict of `module` among those of a checkpoint, and strip prefixes from its names.

    Args:
        key: of the state dict, or None to take the one that is there.
        path: of the checkpoint, for messages.

    Raises:
        ModelError: `key` is missing, or several networks are there and none is chosen.
    """
    if key is not None:
        if key not in states:
            keys = [name for name in states if name]
            there = f"It holds {listed(keys)}." if keys else "The file is a state dict itself: leave it out."
            raise ModelError(f'{path}: weights_key names "{key}", and the file has no such state dict', remedy=there)
        return _aligned(dense(states[key], path), module, path)
    shapes = {name: _shapes(_aligned(state, module, path).state) for name, state in states.items()}
    wanted = _shapes(module.state_dict())
    taken = max(states, key=lambda name: (_fits(shapes[name], wanted), -_rank(name)))
    others = [name for name in states if name != taken and _shared(shapes[name], shapes[taken]) > 0.5]
    if others:
        keys = [name for name in states if name and name in {taken, *others}]
        top = " and at its top level" if "" in {taken, *others} else ""
        raise ModelError(
            f"{path}: holds {1 + len(others)} networks that fit: {listed(keys)}{top}",
            remedy=f'Choose one in [model], for example weights_key = "{keys[-1]}". Where weights were averaged (EMA), '
            "those are usually the evaluated ones.",
        )
    return _aligned(dense(states[taken], path), module, path)


def _rank(key: str) -> int:
    return WRAPPERS.index(key) if key in WRAPPERS else len(WRAPPERS)


def _aligned(state: StateDict, module: nn.Module, path: Path) -> Found:
    """Return the tensors without the prefix that wrappers of the network gave their names."""
    wanted = _shapes(module.state_dict())
    if not all(isinstance(name, str) for name in state):
        return Found(state=dict(state), notes=())
    named = {_without_transparent(name, wanted): value for name, value in state.items()}
    notes = [] if named.keys() == state.keys() else [f"names without {listed(_transparent_in(state))}"]
    if wanted.keys() & named.keys():
        return Found(state=named, notes=tuple(notes))
    covering = [prefix for prefix in _prefixes(named, wanted) if _fits(_under(named, prefix), wanted)]
    if len(covering) > 1:
        raise ModelError(
            f"{path}: holds {len(covering)} networks that fit: {listed(f'{prefix}*' for prefix in covering)}",
            remedy="Save the state dict of the one that is meant: torch.save(trained.model.state_dict(), …).",
        )
    prefix = covering[0] if covering else _common_prefix(named)
    if not prefix:
        return Found(state=named, notes=tuple(notes))
    notes.append(f'names without the prefix "{prefix}"')
    left = [name for name in named if not name.startswith(prefix)]
    if left:
        notes.append(f"{len(left)} outside of it left out: {listed(left[:5])}{', …' if len(left) > 5 else ''}")
    under = {name.removeprefix(prefix): value for name, value in named.items() if name.startswith(prefix)}
    return Found(state=under, notes=tuple(notes))


def _shapes(state: Mapping[str, object]) -> dict[str, tuple[int, ...] | None]:
    """Return the shapes of the tensors that inference reads; None for a lazy one, which takes any."""
    return {
        name: None if nn.parameter.is_lazy(value) else tuple(value.shape)
        for name, value in state.items()
        if isinstance(value, torch.Tensor) and isinstance(name, str) and not name.endswith((UNREAD, EXTRA_STATE))
    }


def _under(named: Mapping[str, object], prefix: str) -> dict[str, tuple[int, ...] | None]:
    return _shapes({name.removeprefix(prefix): v for name, v in named.items() if name.startswith(prefix)})


def _shared(shapes: Mapping[str, tuple[int, ...] | None], others: Mapping[str, tuple[int, ...] | None]) -> float:
    """Return the fraction of `others` that has the same name and shape in `shapes`."""
    same = sum(name in shapes and (shape is None or shapes[name] == shape) for name, shape in others.items())
    return same / max(1, len(others))


def _fits(shapes: Mapping[str, tuple[int, ...] | None], wanted: Mapping[str, tuple[int, ...] | None]) -> bool:
    return bool(wanted) and _shared(shapes, wanted) == 1.0


def _prefixes(named: Mapping[str, object], wanted: Mapping[str, object]) -> list[str]:
    """Return the prefixes with which the network's first tensor is in the file, in the file's order."""
    first = next(iter(wanted), "")
    return [name.removesuffix(first) for name in named if name.endswith(f".{first}")]


def _common_prefix(named: Mapping[str, object]) -> str:
    """Return "module." or "model." where every name has it: the network does not fit, but its names may be likened."""
    return next((p for p in ("module.", "model.") if named and all(name.startswith(p) for name in named)), "")


def _transparent_in(names: Mapping[str, object]) -> list[str]:
    return [part for part in TRANSPARENT if any(part in name.split(".") for name in names)]


def _without_transparent(name: str, wanted: Mapping[str, object]) -> str:
    if name in wanted:
        return name
    return ".".join(part for part in name.split(".") if part not in TRANSPARENT)
