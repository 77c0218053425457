"""Assigns the whole network to the delegate, or raises an error that names the operator without a lowering."""

from collections.abc import Callable

import torch
from executorch.exir.backend.partitioner import DelegationSpec, Partitioner, PartitionResult
from executorch.exir.backend.utils import tag_constant_data
from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind

from sdkgen.plan.aten import aten_operators
from sdkgen.plan.dispatch import is_supported
from sdkgen.plan.unsupported import unsupported

BACKEND_ID = "SdkgenBackend"
_TAG = "sdkgen"


class SdkgenPartitioner(Partitioner):  # type: ignore[misc]  # ExecuTorch carries no types
    """One partition that holds every node; the runtime without an interpreter needs exactly that."""

    def transform_for_pre_decomposition(self, exported_program: ExportedProgram) -> ExportedProgram:
        """Refuse unsupported operators while they still have the names of the user's module.

        Raises:
            ExportError: an operator has no lowering; names it, its layer, and what can be done.
        """
        for node in exported_program.graph.nodes:
            if not is_supported(node):
                raise unsupported(node)
        keep_signature_order(exported_program)
        return exported_program

    def ops_to_not_decompose(
        self, ep: ExportedProgram
    ) -> tuple[list[torch._ops.OpOverload], Callable[[torch.fx.Node], bool] | None]:
        """Return every ATen operator with a lowering; ExecuTorch then does not retrace the program."""
        overloads = []
        for name in sorted(aten_operators()):
            namespace, operator, overload = name.split(".")
            packet = getattr(getattr(torch.ops, namespace), operator)
            if namespace == "aten" and overload in packet.overloads():
                overloads.append(getattr(packet, overload))
        return overloads, None

    def partition(self, exported_program: ExportedProgram) -> PartitionResult:
        """Tag every call and, by their users, the constants.

        Raises:
            ExportError: a decomposition left an operator that has no lowering.
        """
        for node in exported_program.graph.nodes:
            if node.op == "call_function":
                if not is_supported(node):
                    raise unsupported(node)
                node.meta["delegation_tag"] = _TAG
        tag_constant_data(exported_program)
        return PartitionResult(
            tagged_exported_program=exported_program,
            partition_tags={_TAG: DelegationSpec(BACKEND_ID, [])},
        )


def keep_signature_order(program: ExportedProgram) -> None:
    """Order nodes so that the delegate's inputs and outputs have the order of the user's module.

    ExecuTorch numbers a partition's inputs by first use and its outputs by where they are computed. So each input's
    first reader is moved to the front, and where there are several outputs each gets a copy at the end, which lowers
    to nothing.
    """
    graph = program.graph
    user_inputs = [s.arg.name for s in program.graph_signature.input_specs if s.kind is InputKind.USER_INPUT]
    placeholders = [node for node in graph.nodes if node.op == "placeholder"]
    if len(user_inputs) > 1:
        last = placeholders[-1]
        for placeholder in (node for node in placeholders if node.name in user_inputs):
            readers = [
                node for node in graph.nodes if node.op == "call_function" and placeholder in node.all_input_nodes
            ]
            if readers and all(node.op == "placeholder" for node in readers[0].all_input_nodes):
                last.append(readers[0])
                last = readers[0]
    output = graph.output_node()
    results = output.args[0]
    if len(results) > 1:
        copies = []
        with graph.inserting_before(output):
            for result, spec in zip(results, program.graph_signature.output_specs, strict=True):
                copy = graph.call_function(torch.ops.aten.clone.default, (result,))
                copy.meta = {key: result.meta[key] for key in sorted(result.meta) if key != "from_node"}
                spec.arg.name = copy.name
                copies.append(copy)
        output.args = (tuple(copies),)
    program.graph_module.recompile()
