"""Runs and traces the network on an example, and compares its outputs with the task of the spec."""

import io
import logging
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, redirect_stderr

import torch
from torch import nn

from sdkgen.errors import ModelError
from sdkgen.models.factory import beside, raised, user_line
from sdkgen.spec.values import SdkSpec

SEED = 0


def example_inputs(spec: SdkSpec) -> tuple[torch.Tensor, ...]:
    """Draw normally distributed float32 tensors (mean 0, deviation 1) of the inputs' shapes, the same in every run."""
    generator = torch.Generator().manual_seed(SEED)
    return tuple(torch.randn(tensor.shape, generator=generator) for tensor in spec.inputs)


def run_example(spec: SdkSpec, module: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
    """Run the network once and compare its outputs with the task.

    Raises:
        ModelError: forward raises, or count, type or shape of the outputs do not fit the spec.
    """
    shapes = ", ".join(str(list(tensor.shape)) for tensor in inputs)
    with torch.no_grad(), _own_modules(spec):
        try:
            outputs = module(*inputs)
        except (Exception, SystemExit) as error:
            raise raised(spec, f"the network's forward on an input of {shapes}", error) from error
    _check_outputs(spec, _as_tensors(outputs))


def trace(spec: SdkSpec, module: nn.Module, inputs: tuple[torch.Tensor, ...]) -> torch.export.ExportedProgram:
    """Export the network, whose every shape must be a constant.

    Raises:
        ModelError: torch.export cannot trace it, or a shape in it depends on the values of the input.
    """
    with _quiet(), torch.no_grad(), _own_modules(spec):
        try:
            program = torch.export.export(module, inputs)
        except Exception as error:
            if "data-dependent" in str(error) or "DataDependent" in type(error).__name__:
                raise _data_dependent(user_line(spec, error)) from error
            # The rest of torch's message is a listing of its internal graph.
            reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
            remedy = "Write forward in the way https://docs.pytorch.org/docs/stable/export.html describes."
            if "was assigned during export" in reason:
                remedy = (
                    "A hook or forward() assigns it: remove the hook, or make a weight permanent in the factory, for "
                    'example by torch.nn.utils.prune.remove(layer, "weight") or remove_weight_norm(layer).'
                )
            raise ModelError(
                f"torch.export cannot trace the network: {reason}\n  at {user_line(spec, error)}", remedy=remedy
            ) from error
    for node in program.graph.nodes:
        if _has_symbol(node.meta.get("val")):
            stack = node.meta.get("nn_module_stack") or {}
            layer = next(reversed(stack.values()))[0] if stack else ""
            raise _data_dependent(f"the operator {node.target}" + (f' in the layer "{layer}"' if layer else ""))
    return program


def _own_modules(spec: SdkSpec) -> AbstractContextManager[None]:
    """Put the spec's folder first on the import path, if it contains the network's code."""
    name = spec.model.module_name
    return nullcontext() if name is None else beside(spec.origin.parent, name)


def _as_tensors(outputs: object) -> list[torch.Tensor]:
    if isinstance(outputs, torch.Tensor):
        return [outputs]
    if isinstance(outputs, tuple | list) and outputs and all(isinstance(item, torch.Tensor) for item in outputs):
        return list(outputs)
    raise ModelError(
        f"the network returned a {type(outputs).__name__}, not a tensor or a tuple of tensors",
        remedy="Wrap it in a module whose forward picks the tensors that the SDK should return.",
    )


def _check_outputs(spec: SdkSpec, outputs: Sequence[torch.Tensor]) -> None:
    for tensor in outputs:
        if tensor.dtype != torch.float32:
            raise ModelError(
                f"the network returned {tensor.dtype} {list(tensor.shape)}, expected torch.float32",
                remedy="Let it return its scores, before any argmax or rounding.",
            )
    problem = spec.task.interface_problem([tuple(tensor.shape) for tensor in outputs])
    if problem is not None:
        raise ModelError(problem.message, remedy=problem.remedy)


def _has_symbol(value: object) -> bool:
    """Return whether a traced value, or a size of it, depends on the data."""
    if isinstance(value, torch.Tensor):
        return any(isinstance(side, torch.SymInt) for side in value.shape)
    if isinstance(value, tuple | list):
        return any(_has_symbol(item) for item in value)
    return isinstance(value, torch.SymInt | torch.SymFloat | torch.SymBool)


def _data_dependent(place: str) -> ModelError:
    return ModelError(
        f"a shape or branch of the network depends on the values of its input: {place}",
        remedy="The SDK plans its memory at build time. Use operators with fixed output shapes, for example "
        "torch.where or a mask instead of indexing with a condition, and no `if` on a tensor.",
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Suppress torch's log and stderr: it prints its internal graph before it raises an error with the reason."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        # The user has seen the output of their own forward() already, from the run on the example.
        with redirect_stderr(io.StringIO()):
            yield
    finally:
        logging.disable(before)
