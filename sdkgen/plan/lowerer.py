"""The state of a lowering: gives lowering functions the value of every node in int8, in NHWC or in float32."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sdkgen.fx.names import is_node, layer_of, operator_name
from sdkgen.plan.graph import Operator, Quantisation
from sdkgen.plan.operator_type import Kind
from sdkgen.plan.unsupported import rejected
from sdkgen.plan.values import (
    FULL,
    Builder,
    Float,
    FloatResult,
    Int8,
    Int8Result,
    Pending,
    Pointwise,
    QuantisedWeights,
    Result,
    Value,
    quantise_scalar,
    shape_of,
)

if TYPE_CHECKING:
    from torch.fx import Node


@dataclass(kw_only=True)
class Lowerer:
    """The state of one lowering: the value of every visited node, and the graph so far."""

    values: dict["Node", Value]
    builder: Builder

    def value(self, argument: Any, node: "Node") -> Value:
        """Return the value of an argument that must be a tensor."""
        if not is_node(argument):
            raise rejected(node, f"takes the number {argument!r} where the int8 runtime needs a tensor")
        return self.values[argument]

    def weights(self, argument: Any, node: "Node", *, axis: int) -> QuantisedWeights:
        """Return the int8 weights of a layer, quantised per channel along `axis`, the output channels."""
        value = self.value(argument, node)
        if not isinstance(value, QuantisedWeights):
            raise rejected(
                node, "has weights that are not quantised", remedy="Quantise the layer: add the pass int8_ptq."
            )
        if value.scales.size > 1 and value.axis != axis:
            raise rejected(
                node, f"has weight scales along axis {value.axis}; there is one per output channel, along axis {axis}"
            )
        return value

    def int8(self, value: Value, node: "Node") -> Int8:
        """Return `value` in int8, where it was quantised or an exact int8 form of it exists."""
        if isinstance(value, Int8) and value.dequantised:
            return value
        if isinstance(value, Pending) and value.closed is not None:
            return Int8(tensor=self.make_int8(value, value.closed), shape=value.shape, dequantised=True)
        raise rejected(
            node,
            "reads float32 values that were not quantised",
            remedy="Quantise this layer's inputs (pass int8_ptq), or move the layer behind the network.",
        )

    def spatial(self, value: Value, node: "Node") -> int:
        """Return the int8 tensor whose (n, h, w, c) equals PyTorch's shape here; flatten where a view requires it."""
        int8 = self.int8(value, node)
        n, h, w, c = self.builder.extents(int8.tensor)
        if int8.shape in ((n, c, h, w), *([(n, c)] if h * w == 1 else [])):
            return int8.tensor
        if int8.shape in ((n, c * h * w), (n, c * h * w, 1, 1)):
            return self._flattened(int8.tensor, layer_of(node))
        raise rejected(
            node, f"reads a {(n, c, h, w)} tensor as {int8.shape}; only flattening to (N, C·H·W) is possible"
        )

    def make_int8(self, value: Pending, quantisation: Quantisation, clamp: tuple[int, int] = FULL) -> int:
        """Emit a pending operator with an int8 result, its activation folded into the clamp."""
        low = max(clamp[0], quantise_scalar(value.low, quantisation))
        high = max(low, min(clamp[1], quantise_scalar(value.high, quantisation)))
        return value.make(Int8Result(quantisation=quantisation, clamp=(low, high)))

    def make_float(self, value: Value, node: "Node", result: FloatResult) -> int:
        """Return the float32 tensor of a value: of its own operator where NHWC and NCHW agree, else dequantised."""
        if isinstance(value, Pending) and writes_float(value):
            return value.make(result)
        if isinstance(value, Pending) and value.closed is None:
            raise rejected(
                node,
                f"reads the float32 result {tuple(value.shape)} of {value.operator} in layer {value.layer!r}; "
                "unquantised results are possible only as (N, C), (N, C, 1, 1) or (N, 1, H, W), without an activation",
                remedy="Quantise that layer's output (pass int8_ptq).",
            )
        if isinstance(value, Pointwise):
            raise rejected(
                node,
                f"reads the float32 result of {value.operator} in layer {value.layer!r}, which exists in int8 only",
                remedy="Quantise that layer's output (pass int8_ptq).",
            )
        if isinstance(value, Float):
            raise rejected(node, "returns a float32 tensor that the int8 network did not compute")
        source = self.spatial(value, node)
        return self._dequantised(source, result, layer_of(node))

    def pending(
        self,
        node: "Node",
        extents: Sequence[int],
        emit: Callable[[Result], int],
        *,
        forms: tuple[type[Int8Result] | type[FloatResult], ...] = (Int8Result, FloatResult),
        closed: Quantisation | None = None,
    ) -> Pending:
        n, h, w, c = extents
        return Pending(
            emit=emit,
            shape=shape_of(node),
            extents=(n, h, w, c),
            closed=closed,
            forms=forms,
            operator=operator_name(node),
            layer=layer_of(node),
        )

    def _flattened(self, tensor: int, layer: str) -> int:
        """Return the (N, C·H·W) tensor in the order c, h, w; the tensor itself where H = W = 1."""
        n, h, w, c = self.builder.extents(tensor)
        if h * w == 1:
            return tensor
        if tensor not in self.builder.flattened:
            form = Int8Result(quantisation=self.builder.quantisation(tensor), clamp=FULL)
            output = self.builder.result((n, 1, 1, c * h * w), form)
            moved = Operator(kind=Kind.TO_NCHW, input0=tensor, output=output, layer=layer)
            self.builder.flattened[tensor] = self.builder.add(moved)
        return self.builder.flattened[tensor]

    def _dequantised(self, tensor: int, result: FloatResult, layer: str) -> int:
        """Dequantise an int8 tensor to float32 in NCHW, the caller's layout."""
        output = self.builder.result(self.builder.extents(tensor), result)
        return self.builder.add(Operator(kind=Kind.DEQUANTIZE, input0=tensor, output=output, layer=layer))


def writes_float(value: Pending) -> bool:
    """Return whether the operator can write its result as a float32 output of the plan: NHWC and NCHW agree."""
    if FloatResult not in value.forms or not np.isinf([value.low, value.high]).all():
        return False
    n, h, w, c = value.extents
    return (h * w == 1 or c == 1) and value.shape in ((n, c, h, w), *([(n, c)] if h * w == 1 else []))
