"""A pass of coremltools that names every operation after its result, so that layers can be found in the program."""

from typing import Any

from coremltools.converters.mil.mil.passes.graph_pass import AbstractGraphPass
from coremltools.converters.mil.mil.passes.pass_registry import register_pass

_NAME = "sdkgen::name_operations"
_BEFORE = "common::dedup_op_and_var_names"


def add_to(pipeline: Any) -> None:
    """Insert the pass before the conversion to float16, which names results after operations."""
    pipeline.insert_pass(pipeline.passes.index(_BEFORE), _NAME)


@register_pass(namespace="sdkgen")
class name_operations(AbstractGraphPass):  # type: ignore[misc]  # coremltools has no types; passes are named so
    """Names operations; some rules of coremltools' PyTorch frontend, such as that of linear layers, do not."""

    def apply(self, prog: Any) -> None:
        """Rename the operations of all functions that have one result."""
        for function in prog.functions.values():
            for operation in function.operations:
                if operation.op_type != "const" and len(operation.outputs) == 1:
                    operation.name = operation.outputs[0].name
