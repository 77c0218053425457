"""The extents of an operator of the plan, which determine its executed instructions."""

from dataclasses import dataclass

Extents = tuple[int, int, int, int]


@dataclass(frozen=True, kw_only=True)
class OperatorShape:
    """One operator of the plan (native/README.md).

    Attributes:
        kind: name of the plan's operator kind in lower case, such as "gemm".
        input, output: (n, h, w, c) of input 0 and of the output, of which a `rescale` may write a part of the channels.
        kernel, stride, dilation: (height, width); 1 where the operator has none.
        groups: of a convolution or a channel shuffle, else 1.
        channel_step: of a `slice`, else 1.
        per_channel: whether input 1 of a `mul` has one value per channel, not one per element.
        bilinear: of a `resize`; the other is the nearest neighbour.
        calls: number of calls of its kernel in one inference: the steps of its band, or 1.
    """

    kind: str
    input: Extents
    output: Extents
    kernel: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    groups: int = 1
    channel_step: int = 1
    per_channel: bool = False
    bilinear: bool = False
    calls: int = 1

    @property
    def positions(self) -> int:
        """Rows of the output seen as a matrix: n·h·w."""
        n, h, w, _ = self.output
        return n * h * w

    @property
    def depth(self) -> int:
        """Number of products per result of a gemm or convolution: kernel_h · kernel_w · channels / groups."""
        return self.kernel[0] * self.kernel[1] * self.input[3] // self.groups
