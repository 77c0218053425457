"""The value between passes on the exported graph, and the capture of a module as such a value."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch.export import ExportedProgram
from torch.fx import GraphModule

from sdkgen.compress.inference import require_inference
from sdkgen.compress.normalise import normalise
from sdkgen.documents.compress import QuantisationRow, SensitivityRow, WeightRow
from sdkgen.errors import ModelError

Inputs = tuple[torch.Tensor, ...]


@dataclass(frozen=True, kw_only=True)
class ExportedNetwork:
    """An exported network between two passes.

    Attributes:
        exported: functional aten graph in inference mode, batch size 1.
        example_inputs: float32 tensors with the shapes that the network takes.
        calibration: float32 samples, each shaped like `example_inputs`.
        float_program: the program before quantisation; None while `exported` is float.
        quantisation: one row per quantised activation tensor; empty while float.
        weights: one row per quantised weight; empty while float.
        sensitivity: one row per operator, the most damaging first; empty unless requested.
        trained_predictions: returns (samples,) int64, the classes that a network trained in int8 predicted for the
            labelled evaluation samples before it was converted; None for other programs. It is a function, because it
            takes seconds, and a search does not use the result.
    """

    exported: ExportedProgram
    example_inputs: Inputs
    calibration: tuple[Inputs, ...]
    float_program: ExportedProgram | None = None
    quantisation: tuple[QuantisationRow, ...] = ()
    weights: tuple[WeightRow, ...] = ()
    sensitivity: tuple[SensitivityRow, ...] = ()
    trained_predictions: Callable[[], torch.Tensor] | None = None

    @property
    def quantised(self) -> bool:
        return self.float_program is not None


def capture(
    module: torch.nn.Module,
    example_inputs: Inputs,
    calibration: Sequence[Inputs],
    exported: ExportedProgram | None = None,
) -> ExportedNetwork:
    """Export `module` in inference mode: functional (no in-place operators), in the forms of `normalise`.

    Args:
        exported: result of torch.export for `module` in eval mode, if the caller has it already; it is not changed.

    Raises:
        ModelError: torch.export cannot capture the module, or it is no inference in float32 (`require_inference`).
    """
    if exported is None:
        exported = _exported(module, example_inputs)
    return ExportedNetwork(
        exported=export_graph(inference_graph(exported), example_inputs),
        example_inputs=example_inputs,
        calibration=tuple(calibration),
    )


def _exported(module: torch.nn.Module, example_inputs: Inputs) -> ExportedProgram:
    module = copy.deepcopy(module).eval()
    try:
        return torch.export.export(module, example_inputs)
    except Exception as error:
        cause = str(error).strip().splitlines()
        raise ModelError(
            f"torch.export cannot capture {type(module).__name__}: {cause[0] if cause else type(error).__name__}",
            remedy="Remove data-dependent control flow from forward(), and return tensors only.",
        ) from error


def inference_graph(exported: ExportedProgram) -> GraphModule:
    """Return the functional graph of a module that was exported in eval mode, in the forms of `normalise`.

    Raises:
        ModelError: as `require_inference`.
    """
    graph_module = graph_of(exported.run_decompositions({}))
    normalise(graph_module)
    require_inference(graph_module)
    return graph_module


def graph_of(exported: ExportedProgram) -> GraphModule:
    """Return a separate GraphModule over the program's parameters, which may be edited node by node."""
    module = exported.module(check_guards=False)
    assert isinstance(module, GraphModule)
    # The parameters are shared with `exported`; edits replace them, never write into them.
    return module


def export_graph(graph_module: GraphModule, example_inputs: Inputs) -> ExportedProgram:
    """Export an edited graph again without metadata that depends on this machine (source paths, node history)."""
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
    """Delete parameters and buffers that no node reads; torch.export would keep them."""
    read = {str(node.target) for node in graph_module.graph.nodes if node.op == "get_attr"}
    named = [
        *graph_module.named_parameters(remove_duplicate=False),
        *graph_module.named_buffers(remove_duplicate=False),
    ]
    for path in {name for name, _ in named} - read:
        owner, _, leaf = path.rpartition(".")
        delattr(graph_module.get_submodule(owner), leaf)


def with_graph(program: ExportedNetwork, graph_module: GraphModule) -> ExportedNetwork:
    """Return `program` with its exported graph replaced by `graph_module`."""
    return replace(program, exported=export_graph(graph_module, program.example_inputs))


def run(graph_module: torch.nn.Module, sample: Inputs) -> tuple[torch.Tensor, ...]:
    """Return all outputs of the network for one sample, flattened to a tuple of tensors."""
    with torch.no_grad():
        result = graph_module(*sample)
    return tuple(leaf for leaf in torch.utils._pytree.tree_leaves(result) if isinstance(leaf, torch.Tensor))


def evenly(samples: tuple[Inputs, ...], count: int) -> tuple[Inputs, ...]:
    """Choose at most `count` of the samples, spread evenly: neighbours are views of one picture."""
    if len(samples) <= count:
        return samples
    return tuple(samples[index * len(samples) // count] for index in range(count))
