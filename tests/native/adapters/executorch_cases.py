"""Runs in a process of its own: programs around a fake plan, under ExecuTorch with the adapter given as argument 1.

Prints one JSON object: for each case the outputs, or the error.
"""

import ctypes
import json
import sys
from collections.abc import Callable
from typing import Any

from sdkgen.log_filters import silence_import_noise

silence_import_noise()

import torch  # noqa: E402
from executorch.exir import to_edge_transform_and_lower  # noqa: E402
from executorch.exir.backend.backend_details import BackendDetails, PreprocessResult  # noqa: E402
from executorch.exir.backend.partitioner import DelegationSpec, Partitioner, PartitionResult  # noqa: E402
from executorch.runtime import Runtime  # noqa: E402

payload = b""


class SdkgenBackend(BackendDetails):
    @staticmethod
    def preprocess(edge_program: Any, compile_specs: Any) -> PreprocessResult:
        return PreprocessResult(processed_bytes=payload)


class Everything(Partitioner):
    def __init__(self) -> None:
        super().__init__()
        self._specification = DelegationSpec("SdkgenBackend", [])

    def partition(self, exported_program: Any) -> PartitionResult:
        for node in exported_program.graph.nodes:
            if node.op == "call_function":
                node.meta["delegation_tag"] = "all"
        return PartitionResult(tagged_exported_program=exported_program, partition_tags={"all": self._specification})


class Twice(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + x


class TwiceAndThrice(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return x + x, x + x + x


def execute(module: torch.nn.Module, example: torch.Tensor, plan: bytes) -> Any:
    global payload
    payload = plan
    program = to_edge_transform_and_lower(torch.export.export(module, (example,)), partitioner=[Everything()])
    loaded = Runtime.get().load_program(program.to_executorch().buffer)
    method = loaded.load_method("forward")
    assert method is not None
    return [output.flatten().tolist() for output in method.execute([example])]


def case(run: Callable[[], Any]) -> Any:
    try:
        return {"outputs": run()}
    except (RuntimeError, ValueError) as error:
        return {"error": str(error)}


def main() -> None:
    ctypes.CDLL(sys.argv[1])
    image = torch.arange(12, dtype=torch.float32).reshape(1, 3, 2, 2)
    cases: dict[str, Callable[[], Any]] = {
        "good": lambda: execute(Twice(), image, b"FAKE." + bytes(59)),
        "again": lambda: execute(Twice(), image, b"FAKE." + bytes(59)),
        "damaged plan": lambda: execute(Twice(), image, b"no plan at all"),
        "wrong size": lambda: execute(Twice(), torch.zeros(1, 3, 2, 3), b"FAKE." + bytes(59)),
        "wrong rank": lambda: execute(Twice(), torch.zeros(12), b"FAKE." + bytes(59)),
        "wrong dtype": lambda: execute(Twice(), image.to(torch.float64), b"FAKE." + bytes(59)),
        "wrong count": lambda: execute(TwiceAndThrice(), image, b"FAKE." + bytes(59)),
        "missing kernel": lambda: execute(Twice(), image, b"FAKEK" + bytes(59)),
        "failing run": lambda: execute(Twice(), image, b"FAKEE" + bytes(59)),
    }
    print(json.dumps({name: case(run) for name, run in cases.items()}))


if __name__ == "__main__":
    main()
