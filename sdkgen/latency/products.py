"""Work of the operators that multiply by gemm_s8: its tiles, and the windows that are gathered for it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from sdkgen.latency.operators import OperatorShape
from sdkgen.latency.tiling import copies, tiles, up

PANEL = 8
"""Output channels of a packed panel (native/README.md)."""
TILE_ROWS = 4
FEW_ROWS = 6
"""Below, gemm_s8 does not rearrange weights for SMMLA (native/kernels/gemm_s8/neoni8mm.c)."""
NARROW = 32
NARROW_BLOCK = 64
"""Shorter rows of a phase are multiplied together, so many at once (native/kernels/conv_transpose_s8)."""

Work = Counter[str]


def gemm(operator: OperatorShape) -> Work:
    """A 1×1 convolution or a linear layer: its rows are multiplied where they stand."""
    return _multiplied(operator.positions, operator.input[3], operator.output[3], operator.calls)


def conv(operator: OperatorShape) -> Work:
    """Some positions at a time, group by group: windows are gathered in scratch, and multiplied there."""
    n, out_h, _, channels = operator.output
    kernel_h, kernel_w = operator.kernel
    each = operator.input[3] // operator.groups
    rows, depth = operator.positions, up(operator.depth, 8)
    calls = max(operator.calls, tiles(rows, _block(depth, rows)))
    work = _multiplied(rows, depth, channels // operator.groups, calls, operator.groups)
    name = gathering(operator)
    if name == "conv_taps":
        taps = rows * kernel_h * kernel_w
        gathered = {"taps": taps, "vectors": taps * copies(each), "lines": n * out_h}
    else:
        within = n * _reach(operator, 0).windows_within * _reach(operator, 1).windows_within
        gathered = _gathered(rows, within, n * out_h, kernel_h, kernel_w * each)
    work.update({f"{name}.{term}": operator.groups * amount for term, amount in gathered.items()})
    work[f"{name}.calls"] += calls
    return work


def gathering(operator: OperatorShape) -> str:
    """How the windows of a convolution are gathered: the family of that work."""
    kernel_h, run = operator.kernel[0], operator.kernel[1] * operator.input[3]
    if operator.kernel[1] > 1 and (operator.groups > 1 or operator.dilation[1] > 1):
        return "conv_taps"  # tap by tap
    # native/kernels/conv_image_s8: windows over an image of few channels.
    image = operator.groups == 1 and ((kernel_h == 3 and run <= 16) or (kernel_h == 7 and run <= 32))
    return "conv_image" if image else "conv"


def conv_transpose(operator: OperatorShape) -> Work:
    """A convolution of stride 1 for each remainder of a position by the stride, the results of which stand apart."""
    n, channels = operator.output[0], operator.output[3]
    most = tiles(operator.kernel[0], operator.stride[0]) * tiles(operator.kernel[1], operator.stride[1])
    block = _block(most * operator.input[3], operator.positions)
    work = Work({"conv_transpose.calls": operator.calls})
    for y in _phases(operator, 0):
        for x in _phases(operator, 1):
            rows, depth = n * y.out * x.out, up(y.kernel * x.kernel * operator.input[3], 8)
            work["conv_transpose.phases"] += 1
            if depth == 0 or x.out < NARROW:
                work["conv_transpose.copied"] += rows
                work["conv_transpose.vectors"] += rows * copies(channels)
            if depth == 0:
                continue
            narrow = tiles(rows, min(block, NARROW_BLOCK))
            calls = narrow if x.out < NARROW else n * y.out * tiles(x.out, block)
            work.update(_multiplied(rows, depth, channels, calls))
            within = n * y.windows_within * x.windows_within
            gathered = _gathered(rows, within, n * y.out, y.kernel, x.kernel * operator.input[3])
            work.update({f"conv.{term}": amount for term, amount in gathered.items()})
            work["conv.calls"] += calls
    return work


def taps_within(operator: OperatorShape, axis: int) -> list[tuple[int, int]]:
    """For each output along an axis, which taps [first, last) lie inside the input."""
    reach = _reach(operator, axis)
    found = []
    for output in range(reach.out):
        begin = output * reach.stride - reach.pad
        first = tiles(max(0, -begin), reach.dilation)
        last = min(reach.kernel, tiles(max(0, reach.inside - begin), reach.dilation))
        found.append((min(first, last), last))
    return found


@dataclass(frozen=True, kw_only=True)
class _Reach:
    """Windows along one axis; `pad`: before the first input."""

    inside: int
    out: int
    kernel: int
    stride: int = 1
    dilation: int = 1
    pad: int

    @property
    def windows_within(self) -> int:
        """How many windows lie inside the input."""
        room = self.inside + self.pad - (self.kernel - 1) * self.dilation - 1
        last = min(self.out, room // self.stride + 1 if room >= 0 else 0)
        return max(0, last - tiles(self.pad, self.stride))


def _reach(operator: OperatorShape, axis: int) -> _Reach:
    """The padding is what the extents ask for, the larger half of it before."""
    inside, out = operator.input[axis + 1], operator.output[axis + 1]
    kernel, stride, dilation = operator.kernel[axis], operator.stride[axis], operator.dilation[axis]
    pad = tiles(max(0, (out - 1) * stride + (kernel - 1) * dilation + 1 - inside), 2)
    return _Reach(inside=inside, out=out, kernel=kernel, stride=stride, dilation=dilation, pad=pad)


def _phases(operator: OperatorShape, axis: int) -> Iterator[_Reach]:
    """sg_phase_of (native/kernels/conv_transpose_s8), what is cut off the result being cut off both ends."""
    inside, out = operator.input[axis + 1], operator.output[axis + 1]
    kernel, stride = operator.kernel[axis], operator.stride[axis]
    pad = tiles(max(0, (inside - 1) * stride + kernel - out), 2)
    for phase in range(stride):
        skipped = tiles(max(0, pad - phase), stride)
        first = skipped * stride + phase - pad
        taps = tiles(max(0, kernel - phase), stride)
        yield _Reach(inside=inside, out=tiles(max(0, out - first), stride), kernel=taps, pad=max(0, taps - 1 - skipped))


def _multiplied(rows: int, depth: int, channels: int, calls: int, times: int = 1) -> Work:
    """Tiles of 4 rows × 8 channels, in pairs of panels where there are two; `rows` in all of `calls` calls."""
    few = rows < FEW_ROWS
    depth, panels = up(depth, 8), tiles(channels, PANEL)
    row_tiles = rows if few else tiles(rows, TILE_ROWS)
    all_tiles = row_tiles * panels
    repeated = max(4096 // depth // TILE_ROWS * TILE_ROWS, TILE_ROWS)
    amounts = {
        "products": all_tiles * depth,  # the inner loop, over padded tiles
        "tiles": all_tiles,  # bias, requantisation, store
        "pairs": row_tiles * tiles(panels, 2),  # the loop over tiles, which takes two panels at once
        "tails": all_tiles * (depth % 32 > 0),  # what the unrolled 32 steps leave over
        "ragged": rows * (channels % PANEL > 0),  # the last panel's results are stored in parts:
        "parts": rows * (channels % PANEL).bit_count(),  # 4, 2 and 1 of them
        "operands": rows * depth,  # rows are repeated (armv8.0) or paired (SMMLA) once for all panels
        "weights": panels * depth * calls,  # a panel is paired (SMMLA)
        "panels": panels * calls,  # its sums are bounded,
        "passes": panels * max(calls, tiles(rows, repeated)),  # on armv8.0 for each 16 KB of repeated rows
        "calls": calls,
    }
    return Work({f"gemm{'_few_rows' * few}.{term}": times * amount for term, amount in amounts.items()})


def _gathered(rows: int, within: int, lines: int, window_rows: int, run: int) -> dict[str, int]:
    """Windows of `window_rows` runs of bytes; `within`: those that need no padding."""
    vectors = tiles(run, 16) if run <= 32 else tiles(run, 64)
    return {
        "windows": rows,
        "runs": rows * window_rows,
        "vectors": rows * window_rows * vectors,
        "padded": (rows - within) * window_rows,
        "lines": lines,
    }


def _block(depth: int, rows: int) -> int:
    """sg_gemm_s8_block."""
    return min(up(rows, 8), max(65536 // up(depth, 8) // 8 * 8, 56))
