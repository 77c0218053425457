"""Turns a quantised program into the bytes of a .pte that is one single call of the delegate."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from executorch.exir import (
    EdgeCompileConfig,
    EdgeProgramManager,
    ExecutorchBackendConfig,
    to_edge_transform_and_lower,
)
from executorch.exir.delegate import executorch_call_delegate
from torch.export import ExportedProgram

from sdkgen.engines.neon.backend import Lowered, Request, lowering
from sdkgen.engines.neon.partitioner import SdkgenPartitioner
from sdkgen.errors import ExportError


@dataclass(frozen=True, kw_only=True)
class Pte:
    """`data` is the file; `lowered` the one partition in it."""

    data: bytes
    lowered: Lowered


def build_pte(program: ExportedProgram, request: Request) -> Pte:
    """Lower `program` (ATen dialect, int8 by quantized_decomposed operators) to a .pte.

    Raises:
        ExportError: the program cannot become one delegate call; names the operator without a lowering.
    """
    # The verifier and the dim_order operators serve programs that ExecuTorch's own kernels run; here none is left.
    config = EdgeCompileConfig(_check_ir_validity=False, _skip_dim_order=True)
    with lowering(request) as results, quiet():
        edge = to_edge_transform_and_lower(program, partitioner=[SdkgenPartitioner()], compile_config=config)
    _check_single_call(edge, results)
    with quiet():
        executorch = edge.to_executorch(ExecutorchBackendConfig())
    return Pte(data=bytes(executorch.buffer), lowered=results[0])


def _check_single_call(edge: EdgeProgramManager, results: list[Lowered]) -> None:
    """Check that the plan's inputs and outputs are the program's, as the runtime without an interpreter assumes."""
    program = edge.exported_program()
    calls = [node for node in program.graph.nodes if node.target is executorch_call_delegate]
    others = sorted(
        str(node.target)
        for node in program.graph.nodes
        if node.op == "call_function" and node not in calls and "getitem" not in str(node.target)
    )
    if len(calls) != 1 or len(results) != 1 or others:
        raise ExportError(
            f"the program is {len(calls)} delegate calls and {others or 'no other operators'}, not one delegate call",
            remedy="Every operator of the network must be reachable from its inputs.",
        )
    inputs = [node for node in program.graph.nodes if node.op == "placeholder"]
    unused = [node.name for node in inputs if not node.users]
    if unused:
        raise ExportError(f"the network never reads its input {', '.join(unused)}", remedy="Remove it from forward().")
    taken = list(calls[0].args[1:])
    indices = [node.args[1] for node in program.graph.output_node().args[0] if node.op == "call_function"]
    if taken != inputs or indices != list(range(len(results[0].graph.outputs))):
        raise ExportError(f"the delegate's inputs {taken} or outputs {indices} are not in the order of forward()")


@contextmanager
def quiet() -> Iterator[None]:
    """Keep ExecuTorch's progress messages off the user's terminal."""
    logger = logging.getLogger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
