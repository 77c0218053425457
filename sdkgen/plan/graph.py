"""The int8 network between PyTorch and the plan: tensors (NHWC) and operators, frozen, in execution order."""

import math
from dataclasses import dataclass
from typing import Literal

from sdkgen.plan.operator_shape import Extents, OperatorShape
from sdkgen.plan.operator_type import OperatorType

Location = Literal["arena", "input", "output"]


@dataclass(frozen=True, kw_only=True)
class Quantisation:
    """Per-tensor affine int8: real = (q - zero_point) * scale; `scale` is exactly a float32."""

    scale: float
    zero_point: int


@dataclass(frozen=True, kw_only=True)
class Tensor:
    """One activation.

    Attributes:
        n, h, w, c: extents; rank 2 has h = w = 1.
        rank: 2 = (N, C) or 4 = NCHW, in the layout of the plan's caller.
        quantisation: of an int8 tensor; None = float32.
        location: plan inputs and outputs are float32 and stay in the caller's memory.
    """

    n: int
    h: int
    w: int
    c: int
    rank: int
    quantisation: Quantisation | None
    location: Location = "arena"

    @property
    def extents(self) -> Extents:
        """(n, h, w, c)."""
        return self.n, self.h, self.w, self.c

    @property
    def elements(self) -> int:
        return self.n * self.h * self.w * self.c

    @property
    def bytes(self) -> int:
        """Size without padding."""
        return self.elements * (4 if self.quantisation is None else 1)

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, C) or (N, C, H, W)."""
        return (self.n, self.c) if self.rank == 2 else (self.n, self.c, self.h, self.w)


@dataclass(frozen=True, kw_only=True)
class Window:
    """Window of an operator. Each pair is (height, width), padding (top, left, bottom, right).

    A convolution or pooling uses all of it, a transposed convolution all but the dilation, which is 1. `pad` has only
    the padding, with a kernel of 0; `slice` has its stride, and its first row and column are in the padding.
    """

    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    dilation: tuple[int, int] = (1, 1)

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """Return the extent of the result by the rule of native/README.md."""
        top, left, bottom, right = self.padding
        padded = (height + top + bottom, width + left + right)
        return (
            (padded[0] - self.dilation[0] * (self.kernel[0] - 1) - 1) // self.stride[0] + 1,
            (padded[1] - self.dilation[1] * (self.kernel[1] - 1) - 1) // self.stride[1] + 1,
        )


NO_WINDOW = Window(kernel=(0, 0), stride=(0, 0), dilation=(0, 0))


@dataclass(frozen=True, kw_only=True)
class Operator:
    """One step. Tensors are indices into `Graph.tensors`.

    Attributes:
        clamp: bounds of the int8 result, after the zero point was added.
        weights: the packed constant (pack.py), b"" if none.
        window: of kinds that are windowed, of a transposed convolution, a pad and a slice.
        groups: of a convolution or a channel shuffle.
        scales: multipliers of input0 and input1, 0 where the kind has none.
        channel_offset: first channel that a RESCALE writes in its output, or that a SLICE reads in its input.
        fill: the int8 value around the input of a PAD.
        channel_step: of a SLICE.
        bilinear, align_corners: rule of a RESIZE.
        layer: path of the module in the user's network, such as "features.3.conv.0.0".
        macs: multiply-accumulates; 0 for all but convolutions and linear.
    """

    kind: OperatorType
    input0: int
    input1: int | None = None
    output: int
    layer: str
    clamp: tuple[int, int] = (-128, 127)
    weights: bytes = b""
    window: Window | None = None
    groups: int = 0
    scales: tuple[float, float] = (0.0, 0.0)
    channel_offset: int = 0
    adaptive: bool = False
    count_include_pad: bool = False
    fill: int = 0
    channel_step: int = 0
    bilinear: bool = False
    align_corners: bool = False
    macs: int = 0

    @property
    def reads(self) -> tuple[int, ...]:
        return (self.input0,) if self.input1 is None else (self.input0, self.input1)


@dataclass(frozen=True, kw_only=True)
class Graph:
    """A whole network; `operators` in execution order, `inputs` and `outputs` as the user's module orders them."""

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    @property
    def macs(self) -> int:
        return sum(operator.macs for operator in self.operators)

    @property
    def weight_bytes(self) -> int:
        return sum(len(operator.weights) for operator in self.operators)

    def quantises_input(self, operator: Operator) -> bool:
        """Return whether `operator` quantises a float32 input of the network."""
        source, target = self.tensors[operator.input0], self.tensors[operator.output]
        return source.location == "input" and target.quantisation is not None

    def shape(self, operator: Operator, calls: int = 1) -> OperatorShape:
        """Return the extents of an operator; `calls`: number of calls of its kernel in one inference."""
        factor = None if operator.input1 is None else self.tensors[operator.input1].extents
        return operator_shape(
            operator, self.tensors[operator.input0].extents, factor, self.tensors[operator.output].extents, calls
        )


def operator_shape(
    operator: Operator, source: Extents, factor: Extents | None, target: Extents, calls: int
) -> OperatorShape:
    """Return the extents of an operator that reads `source`, `factor` if it has two operands, and writes `target`."""
    window = operator.window or NO_WINDOW
    return OperatorShape(
        kind=operator.kind.name,
        input=source,
        output=target,
        kernel=_at_least_one(window.kernel),
        stride=_at_least_one(window.stride),
        dilation=_at_least_one(window.dilation),
        groups=max(1, operator.groups),
        channel_step=max(1, operator.channel_step),
        per_channel=factor is not None and factor[1] * factor[2] < source[1] * source[2],
        bilinear=operator.bilinear,
        calls=calls,
    )


def _at_least_one(pair: tuple[int, int]) -> tuple[int, int]:
    """Replace 0, the format's value of a missing attribute, by 1."""
    return max(1, pair[0]), max(1, pair[1])


def round_up(value: int, multiple: int) -> int:
    """Return the smallest multiple of `multiple` that is >= value."""
    return math.ceil(value / multiple) * multiple
