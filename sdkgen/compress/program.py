"""The value that flows from one compression pass to the next, and how a module becomes one."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import torch
from torch.export import ExportedProgram
from torch.fx import GraphModule

from sdkgen.compress.normalise import normalise
from sdkgen.errors import ModelError, SpecError
from sdkgen.types import JsonValue, PassReport

Sample = tuple[torch.Tensor, ...]

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class QuantisationRow:
    """Quantisation of one activation tensor: real = (q - zero_point) * scale, q in -128..127.

    Attributes:
        name: path of the user's module that produces the tensor, or the name of the graph's input.
        kind: aten operators that produce it, "conv2d+hardtanh" when they are fused, "input" for an input.
        min, max: range seen in calibration, in real units.
        histogram: numbers of values in equally wide bins from `min` to `max`; empty where none was made.
    """

    name: str
    kind: str
    scale: float
    zero_point: int
    min: float
    max: float
    histogram: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class WeightRow:
    """Quantisation of one weight: real = q * scale of the output channel, q in -127..127.

    Attributes:
        name, kind: as in QuantisationRow.
        shape: of the weight.
        smallest_scale, largest_scale: of its channels.
        clipped: fraction of the weights beyond 127 steps.
        histogram: numbers of weights in 64 equally wide bins from -127.5 to 127.5 steps.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    smallest_scale: float
    largest_scale: float
    clipped: float
    histogram: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class SensitivityRow:
    """What one operator in int8 does to the network's outputs, on calibration samples.

    Attributes:
        name, kind: as in QuantisationRow.
        alone_db: signal to noise when its weights and its result are in int8, and everything else in float32; None
            when nothing changes.
        without_db: the same when it alone is in float32 and everything else in int8; None where not measured.
    """

    name: str
    kind: str
    alone_db: float | None
    without_db: float | None


@dataclass(frozen=True, kw_only=True)
class Program:
    """An exported network between two passes.

    Attributes:
        exported: functional aten graph in inference mode, batch size 1.
        example_inputs: float32 tensors with the shapes that the network takes.
        calibration: float32 samples, each shaped like `example_inputs`.
        float_program: the program as it was before quantisation; None while `exported` is still float.
        quantisation: one row per quantised activation tensor; empty while float.
        weights: one row per quantised weight; empty while float.
        sensitivity: one row per operator, the most damaging first; empty unless it was asked for.
        trained_predictions: gives (samples,) int64, the classes that a network trained in int8 found for the labelled
            evaluation samples before it was converted; None for a program that was not. A function, because it takes
            seconds that a search would wait for in vain.
    """

    exported: ExportedProgram
    example_inputs: Sample
    calibration: tuple[Sample, ...]
    float_program: ExportedProgram | None = None
    quantisation: tuple[QuantisationRow, ...] = ()
    weights: tuple[WeightRow, ...] = ()
    sensitivity: tuple[SensitivityRow, ...] = ()
    trained_predictions: Callable[[], torch.Tensor] | None = None

    @property
    def quantised(self) -> bool:
        return self.float_program is not None


class CompressionPass(Protocol):
    """What `@register("compress", NAME)` decorates: program and options of the spec in, new program and report out."""

    def __call__(self, program: Program, options: Mapping[str, JsonValue]) -> tuple[Program, PassReport]: ...


def capture(module: torch.nn.Module, example_inputs: Sample, calibration: Sequence[Sample]) -> Program:
    """Export `module` in inference mode: functional (no in-place operators), in the forms of `normalise`.

    Raises:
        ModelError: torch.export cannot capture the module.
    """
    module = copy.deepcopy(module).eval()
    try:
        exported = torch.export.export(module, example_inputs)
    except Exception as error:
        cause = str(error).strip().splitlines()
        raise ModelError(
            f"torch.export cannot capture {type(module).__name__}: {cause[0] if cause else type(error).__name__}",
            remedy="Remove data-dependent control flow from forward(), and return tensors only.",
        ) from error
    return Program(
        exported=export_graph(inference_graph(exported), example_inputs),
        example_inputs=example_inputs,
        calibration=tuple(calibration),
    )


def inference_graph(exported: ExportedProgram) -> GraphModule:
    """The functional graph of a module that was exported in eval mode, in the forms that the passes know."""
    graph_module = graph_of(exported.run_decompositions({}))
    normalise(graph_module)
    return graph_module


def graph_of(exported: ExportedProgram) -> GraphModule:
    """A GraphModule of its own over the program's parameters, free to be edited node by node."""
    module = exported.module(check_guards=False)
    assert isinstance(module, GraphModule)
    # The parameters are shared with `exported`; edits replace them, never write into them.
    return module


def export_graph(graph_module: GraphModule, example_inputs: Sample) -> ExportedProgram:
    """Export an edited graph again and drop what ties its bytes to this machine (source paths, node history)."""
    graph_module.graph.eliminate_dead_code()
    graph_module.delete_all_unused_submodules()
    delete_unread_tensors(graph_module)
    graph_module.recompile()
    exported = torch.export.export(graph_module, example_inputs)
    for node in exported.graph.nodes:
        for key in ("stack_trace", "from_node", "seq_nr"):
            node.meta.pop(key, None)
    return exported


def delete_unread_tensors(graph_module: GraphModule) -> None:
    """Take parameters and buffers out that no node reads: torch.export would carry them on."""
    read = {str(node.target) for node in graph_module.graph.nodes if node.op == "get_attr"}
    named = [
        *graph_module.named_parameters(remove_duplicate=False),
        *graph_module.named_buffers(remove_duplicate=False),
    ]
    for path in {name for name, _ in named} - read:
        owner, _, leaf = path.rpartition(".")
        delattr(graph_module.get_submodule(owner), leaf)


def with_graph(program: Program, graph_module: GraphModule) -> Program:
    """`program` with its exported graph replaced by `graph_module`."""
    return replace(program, exported=export_graph(graph_module, program.example_inputs))


def run(graph_module: GraphModule, sample: Sample) -> tuple[torch.Tensor, ...]:
    """All outputs of the network for one sample, flattened to a tuple of tensors."""
    with torch.no_grad():
        result = graph_module(*sample)
    return tuple(leaf for leaf in torch.utils._pytree.tree_leaves(result) if isinstance(leaf, torch.Tensor))


def evenly(samples: tuple[Sample, ...], count: int) -> tuple[Sample, ...]:
    """At most `count` of the samples, spread evenly: neighbours are views of one picture."""
    if len(samples) <= count:
        return samples
    return tuple(samples[index * len(samples) // count] for index in range(count))


def choice(pass_name: str, options: Mapping[str, JsonValue], key: str, allowed: tuple[T, ...]) -> T:
    """The option `key`, whose default is the first of `allowed`.

    Raises:
        SpecError: the value is not allowed.
    """
    value = options.get(key, allowed[0])
    for candidate in allowed:
        if value == candidate and type(value) is type(candidate):
            return candidate
    raise SpecError(f"pass {pass_name}: {key} = {value!r}", remedy=f"Allowed: {', '.join(map(repr, allowed))}.")


def refuse_unknown(pass_name: str, options: Mapping[str, JsonValue], known: tuple[str, ...]) -> None:
    """Raise SpecError when `options` holds a key that the pass does not know."""
    unknown = sorted(set(options) - set(known))
    if unknown:
        remedy = f"Its options are: {', '.join(known)}." if known else "It takes no options."
        raise SpecError(f"pass {pass_name} has no option {unknown[0]!r}", remedy=remedy)
