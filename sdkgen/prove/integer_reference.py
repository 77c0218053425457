"""The quantised PyTorch program with exact sums: the same graph, int8 values, integer accumulators.

PyTorch executes quantized.pt2 by dequantising to float32 and rounding every sum, so that its own result depends on the
order of additions. The graph *means* integer arithmetic: conv(q_x - z_x, q_w) is exact, and one float32
multiplication brings it to the next scale (Jacob et al., "Quantization and Training of Neural Networks for Efficient
Integer-Arithmetic-Only Inference", 2018, section 2, with the multiplier as float32). This evaluates that meaning
with torch alone, from the PT2E graph and not from the plan, so that exporter and kernels can be compared with it
byte for byte. An operator without a rule here is executed by PyTorch on dequantised float32.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch.fx import GraphModule, Interpreter, Node
from torch.utils._pytree import tree_map

from sdkgen.prove.comparison import Outputs
from sdkgen.prove.integer_rules import REARRANGING, RULES
from sdkgen.prove.integer_values import Integers, Table, Tensor, real
from sdkgen.prove.layers import operator
from sdkgen.samples import Sample


class IntegerProgram(Interpreter):
    """Evaluates a PT2E-converted graph with exact sums.

    Attributes:
        quantised: of the last run, the int8 result of every quantise operator.
    """

    def __init__(self, graph_module: GraphModule) -> None:
        super().__init__(graph_module)
        self.quantised: dict[Node, Tensor] = {}

    def outputs(self, samples: Sequence[Sample]) -> list[Outputs]:
        """Return float32 outputs, one tuple per sample."""
        return [self.evaluate(sample) for sample in samples]

    def evaluate(self, sample: Sample) -> Outputs:
        """Return float32 outputs; fill `quantised`."""
        self.quantised = {}
        with torch.no_grad():
            answer = self.run(*(torch.from_numpy(array) for array in sample.inputs))
        tensors = answer if isinstance(answer, (tuple, list)) else (answer,)
        return tuple(tensor.numpy() for tensor in tensors)

    def run_node(self, n: Node) -> Any:
        if n.op != "call_function":
            return super().run_node(n)
        arguments, keywords = self.fetch_args_kwargs_from_env(n)
        name = operator(n)
        if name in REARRANGING and (moved := self._moved(n.target, arguments, keywords)) is not None:
            return moved
        rule = RULES.get(name)
        value = rule(*arguments, **keywords) if rule else None
        if value is None:  # no rule, or the rule does not apply
            plain_arguments, plain_keywords = tree_map(real, (arguments, keywords))
            value = super().call_function(n.target, plain_arguments, plain_keywords)
        if name == "quantized_decomposed.quantize_per_tensor":
            self.quantised[n] = value
        return value

    @staticmethod
    def _moved(target: Any, arguments: Any, keywords: Any) -> Integers | Table | None:
        value, *rest = arguments
        if isinstance(value, Table):
            return replace(value, at=target(value.at, *rest, **keywords))
        if not isinstance(value, Integers) or not value.is_plain:
            return None
        (term,) = value.terms
        return Integers(terms=(replace(term, integers=target(term.integers, *rest, **keywords)),))

    def output(self, target: Any, args: Any, kwargs: Any) -> Any:
        return tree_map(real, super().output(target, args, kwargs))
