"""Refuses what no inference in int8 can contain, by operator and layer: arithmetic in other types."""

import torch
from torch.fx import GraphModule

from sdkgen.compress.normalise import CASTS
from sdkgen.errors import ModelError
from sdkgen.fx.names import place_of
from sdkgen.fx.nodes import calls


def require_inference(graph_module: GraphModule) -> None:
    """Check a functional graph in the forms of `normalise`.

    Raises:
        ModelError: a float32 value is cast to another type.
    """
    for node in calls(graph_module, *CASTS):
        before, after = (n.meta["val"].dtype for n in (node.all_input_nodes[0], node))
        # A cast back to float32 is not the cause, and that of an argmax or a comparison has an operator before it.
        if before == torch.float32 and after != torch.float32:
            raise ModelError(
                f"{place_of(node)} casts float32 to {str(after).removeprefix('torch.')}, which changes the arithmetic",
                remedy="The SDK computes in int8 and float32: remove the cast from forward(), or torch.autocast, "
                "half() or bfloat16() around it.",
            )
