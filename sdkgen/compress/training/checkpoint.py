"""Checkpoints: one file per training with weights, optimiser, schedule and losses, to resume from."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from sdkgen.files import write_bytes


class Checkpoint:
    """Reads and writes the state of one training; a file of another training, or a damaged one, is ignored.

    Args:
        path: the file; replaced in one step after every epoch.
        identity: what the training is; a file with another identity is not resumed.
    """

    def __init__(self, path: Path, identity: str) -> None:
        self._path = path
        self._identity = identity

    def save(self, modules: Sequence[nn.Module], optimiser: Any, schedule: Any, losses: list[float]) -> None:
        """Write the state after len(losses) epochs."""
        buffer = io.BytesIO()
        state = {
            "identity": self._identity,
            "losses": losses,
            "modules": [module.state_dict() for module in modules],
            "optimiser": optimiser.state_dict(),
            "schedule": {key: value for key, value in schedule.state_dict().items() if isinstance(value, int | float)},
        }
        torch.save(state, buffer)
        write_bytes(self._path, buffer.getvalue())

    def restore(self, modules: Sequence[nn.Module], optimiser: Any, schedule: Any) -> list[float]:
        """Load the state into all of them and return the losses of the finished epochs; [] when there is none."""
        state = self._read()
        if state is None:
            return []
        for module, weights in zip(modules, state["modules"], strict=True):
            module.load_state_dict(weights)
        optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["schedule"])
        return list(state["losses"])

    def _read(self) -> dict[str, Any] | None:
        if not self._path.is_file():
            return None
        try:
            state: dict[str, Any] = torch.load(self._path, weights_only=True)
        # torch.load names no set of exceptions for damaged files; a training that starts again is the safe answer.
        except Exception:
            return None
        return state if state.get("identity") == self._identity else None
