"""Values of nodes of the PyTorch program while it is lowered, and the builder that collects the graph."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sdkgen.plan.graph import Graph, Location, Operator, Quantisation, Tensor
from sdkgen.plan.operator_shape import Extents
from sdkgen.plan.unsupported import rejected

if TYPE_CHECKING:
    from torch.fx import Node

Shape = tuple[int, ...]
Reals = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Constant:
    """A parameter or buffer as it is stored; `values` keeps its dtype."""

    values: NDArray[np.generic]


@dataclass(frozen=True, kw_only=True)
class QuantisedWeights:
    """int8 weights that the program dequantises: real = q[o] * scales[o].

    Attributes:
        values: int8 in -127 … 127, (O, …), or (I, O, …) of a transposed convolution.
        scales: (O,) float64, or (1,) for one scale.
        axis: of `values` along which the scales vary.
    """

    values: NDArray[np.int8]
    scales: NDArray[np.float64]
    axis: int = 0


@dataclass(frozen=True, kw_only=True)
class Int8:
    """An activation that exists in int8; `dequantised` after the program's dequantise operator.

    Attributes:
        tensor: index in the graph.
        shape: in PyTorch; views keep the elements in N, C, H, W order.
    """

    tensor: int
    shape: Shape
    dequantised: bool


@dataclass(frozen=True, kw_only=True)
class Float:
    """A float32 activation that exists: an input of the network or the result of a softmax."""

    tensor: int
    shape: Shape


@dataclass(frozen=True, kw_only=True)
class Int8Result:
    """Request for an int8 result with these parameters, clamped in the quantised domain."""

    quantisation: Quantisation
    clamp: tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class FloatResult:
    """Request for a float32 result."""

    location: Location
    rank: int


Result = Int8Result | FloatResult


@dataclass(frozen=True, kw_only=True)
class Pending:
    """An operator whose real result is fixed, and whose form (int8 parameters, float32) its reader decides.

    The following activation, and the quantisation after it, thereby become the operator's clamp and scale.

    Attributes:
        emit: adds the operator for one form of the result and returns the tensor.
        shape: of the result in PyTorch, after views.
        extents: (n, h, w, c) of the tensor that `emit` makes.
        low, high: bounds of an activation that was folded in, in real numbers.
        closed: parameters for which the result is exact without a separate quantisation, or None.
        forms: of results that `emit` supports.
        operator: ATen name, for messages.
    """

    emit: Callable[[Result], int]
    shape: Shape
    extents: tuple[int, int, int, int]
    low: float = -math.inf
    high: float = math.inf
    closed: Quantisation | None = None
    forms: tuple[type[Int8Result] | type[FloatResult], ...]
    operator: str
    layer: str
    made: dict[Result, int] = field(default_factory=dict, compare=False)

    def make(self, result: Result) -> int:
        """Return the tensor for `result`; a second call with an equal request does not add the operator again."""
        if result not in self.made:
            self.made[result] = self.emit(result)
        return self.made[result]


@dataclass(frozen=True, kw_only=True)
class Pointwise:
    """A function of one element whose table is made once its reader decides on the result's parameters.

    Functions and clamps that follow each other are one table.

    Attributes:
        source: int8 tensor in the graph.
        function: real numbers to real numbers, float64, any shape.
        shape: in PyTorch.
    """

    source: int
    function: Callable[[Reals], Reals]
    shape: Shape
    operator: str
    layer: str


Value = Constant | QuantisedWeights | Int8 | Float | Pending | Pointwise


@dataclass(kw_only=True)
class Builder:
    """Collects tensors and operators in execution order."""

    tensors: list[Tensor] = field(default_factory=list)
    operators: list[Operator] = field(default_factory=list)
    inputs: list[int] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    flattened: dict[int, int] = field(default_factory=dict)  # (N, C·H·W) tensors in the order c, h, w, by their source

    def tensor(self, tensor: Tensor) -> int:
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def result(self, extents: Sequence[int], result: Result) -> int:
        """Add a tensor of (n, h, w, c) in the requested form."""
        n, h, w, c = extents
        if isinstance(result, FloatResult):
            return self.tensor(
                Tensor(n=n, h=h, w=w, c=c, rank=result.rank, quantisation=None, location=result.location)
            )
        return self.tensor(Tensor(n=n, h=h, w=w, c=c, rank=4, quantisation=result.quantisation))

    def add(self, operator: Operator) -> int:
        """Append an operator; return the output's index."""
        assert len(operator.reads) == operator.kind.operands and bool(operator.weights) == operator.kind.weighted
        self.operators.append(operator)
        return operator.output

    def extents(self, tensor: int) -> Extents:
        return self.tensors[tensor].extents

    def quantisation(self, tensor: int) -> Quantisation:
        quantisation = self.tensors[tensor].quantisation
        assert quantisation is not None
        return quantisation

    def graph(self) -> Graph:
        return Graph(
            tensors=tuple(self.tensors),
            operators=tuple(self.operators),
            inputs=tuple(self.inputs),
            outputs=tuple(self.outputs),
        )


FULL = (-128, 127)


def ratio(source: Quantisation, target: Quantisation) -> float:
    """Return s_in / s_out in float32."""
    return float(np.float32(source.scale) / np.float32(target.scale))


def quantise_scalar(value: float, quantisation: Quantisation) -> int:
    """Quantise one real number like quantize_per_tensor: float32 product, round half to even, clamp."""
    if math.isinf(value):
        return -128 if value < 0 else 127
    inverse = np.float32(1.0) / np.float32(quantisation.scale)
    return int(np.clip(np.rint(np.float32(value) * inverse) + quantisation.zero_point, -128, 127))


def shape_of(node: "Node") -> Shape:
    """Return the static shape of a node's tensor.

    Raises:
        ExportError: a dimension is symbolic.
    """
    value = node.meta["val"]
    tensor = value[0] if isinstance(value, (tuple, list)) else value
    if not all(isinstance(extent, int) for extent in tensor.shape):
        raise rejected(
            node, f"has the dynamic shape {tuple(tensor.shape)}", remedy="Export the program with fixed shapes."
        )
    return tuple(int(extent) for extent in tensor.shape)
