"""Loads and runs the two reference programs: float.pt2 and quantized.pt2."""

from collections.abc import Sequence
from pathlib import Path

import torch
import torch.ao.quantization.fx._decomposed  # registers quantized_decomposed, which the program's file names
from executorch.runtime import Runtime, Verification
from torch.fx import GraphModule

from sdkgen.errors import ProofError
from sdkgen.prove.comparison import Outputs
from sdkgen.samples import Sample

__all__ = ["ReferenceProgram", "Runtime", "Verification"]

THREADS = 1
"""These graphs are many small operators: OpenMP's threads wait for each other ten times longer than they compute as
soon as another build step shares the machine."""


class ReferenceProgram:
    """An exported program, ready to run on the CPU.

    Raises:
        ProofError: the file is missing or no exported program.
    """

    def __init__(self, path: Path) -> None:
        torch.set_num_threads(THREADS)
        try:
            module = torch.export.load(path).module(check_guards=False)
        except Exception as error:
            raise ProofError(
                f"{path} cannot be loaded: {str(error).strip().splitlines()[0] if str(error) else error!r}",
                remedy="It is written by the compress step; build again.",
            ) from error
        assert isinstance(module, GraphModule)
        self.graph_module = module

    def run(self, samples: Sequence[Sample]) -> list[Outputs]:
        """Return float32 outputs, one tuple per sample."""
        results: list[Outputs] = []
        with torch.no_grad():
            for sample in samples:
                answer = self.graph_module(*(torch.from_numpy(array) for array in sample.inputs))
                tensors = answer if isinstance(answer, (tuple, list)) else (answer,)
                results.append(tuple(tensor.detach().numpy() for tensor in tensors))
        return results
