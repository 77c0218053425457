"""ExecuTorch's own runtime with the sdkgen delegate: executes the .pte as any ExecuTorch app would."""

import ctypes
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import torch

from sdkgen.errors import ProofError
from sdkgen.prove.comparison import Outputs
from sdkgen.prove.pytorch import Runtime, Verification
from sdkgen.samples import Sample

BACKEND = "SdkgenBackend"


def host() -> str:
    """Return the name of the executing runtime, such as "ExecuTorch 1.5.1, x86-64"."""
    return f"ExecuTorch {version('executorch')}, {platform.machine().replace('_', '-')}"


class ExecutorchProgram:
    """The forward method of a .pte.

    Args:
        adapter: shared library that registers the backend "SdkgenBackend" when it is loaded.

    Raises:
        ProofError: the adapter or the program cannot be loaded.
    """

    def __init__(self, adapter: Path, pte: Path) -> None:
        try:
            runtime = Runtime.get()
            if BACKEND not in runtime.backend_registry.registered_backend_names:
                ctypes.CDLL(str(adapter))
            if BACKEND not in runtime.backend_registry.registered_backend_names:
                raise ProofError(f"{adapter} does not register {BACKEND} with ExecuTorch")
            program = runtime.load_program(pte, verification=Verification.InternalConsistency)
            method = program.load_method("forward")
        except (OSError, RuntimeError) as error:
            raise ProofError(f"{pte.name} cannot be loaded under ExecuTorch: {error}") from error
        if method is None:
            raise ProofError(f"{pte.name} has no method forward")
        self._method = method

    def run(self, samples: Sequence[Sample]) -> list[Outputs]:
        """Return float32 outputs, one tuple per sample.

        Raises:
            ProofError: the runtime refuses the inputs or fails.
        """
        results: list[Outputs] = []
        for sample in samples:
            try:
                answer = self._method.execute([torch.from_numpy(array) for array in sample.inputs])
            except RuntimeError as error:
                raise ProofError(f"{sample.name}: ExecuTorch failed: {error}") from error
            # the runtime reuses this memory for the next outputs
            results.append(tuple(tensor.numpy().copy() for tensor in answer))
        return results
