"""Work of gemm_s8, which every convolution calls: its tiles, and the windows that are gathered for it."""

from collections import Counter
from dataclasses import dataclass

from sdkgen.plan.operator_shape import OperatorShape
from sdkgen.plan.work import tiles, up

PANEL = 8
"""Output channels of a packed panel (native/README.md)."""
TILE_ROWS = 4
FEW_ROWS = 6
"""With fewer rows, gemm_s8 does not rearrange weights for SMMLA (native/kernels/gemm_s8/neoni8mm.c)."""

Work = Counter[str]
"""Amounts by "<family>.<term>": a convolution is the work of two families, of the gathering and of the gemm."""


def taps_within(operator: OperatorShape, axis: int) -> list[tuple[int, int]]:
    """Return, for each output along an axis, the taps [first, last) inside the input."""
    reach = reach_of(operator, axis)
    found = []
    for output in range(reach.out):
        begin = output * reach.stride - reach.pad
        first = tiles(max(0, -begin), reach.dilation)
        last = min(reach.kernel, tiles(max(0, reach.inside - begin), reach.dilation))
        found.append((min(first, last), last))
    return found


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Windows along one axis; `pad` is the padding before the first input."""

    inside: int
    out: int
    kernel: int
    stride: int = 1
    dilation: int = 1
    pad: int

    @property
    def windows_within(self) -> int:
        """Count the windows inside the input."""
        room = self.inside + self.pad - (self.kernel - 1) * self.dilation - 1
        last = min(self.out, room // self.stride + 1 if room >= 0 else 0)
        return max(0, last - tiles(self.pad, self.stride))


def reach_of(operator: OperatorShape, axis: int) -> Reach:
    """Derive the padding from the extents; the larger half of it is before."""
    inside, out = operator.input[axis + 1], operator.output[axis + 1]
    kernel, stride, dilation = operator.kernel[axis], operator.stride[axis], operator.dilation[axis]
    pad = tiles(max(0, (out - 1) * stride + (kernel - 1) * dilation + 1 - inside), 2)
    return Reach(inside=inside, out=out, kernel=kernel, stride=stride, dilation=dilation, pad=pad)


def multiplied(rows: int, depth: int, channels: int, calls: int, times: int = 1) -> Work:
    """Count tiles of 4 rows × 8 channels, in pairs of panels where possible; `rows` is the total of all `calls`."""
    few = rows < FEW_ROWS
    depth, panels = up(depth, 8), tiles(channels, PANEL)
    row_tiles = rows if few else tiles(rows, TILE_ROWS)
    all_tiles = row_tiles * panels
    repeated = max(4096 // depth // TILE_ROWS * TILE_ROWS, TILE_ROWS)
    amounts = {
        "products": all_tiles * depth,  # the inner loop, over padded tiles
        "tiles": all_tiles,  # bias, requantisation, store
        "pairs": row_tiles * tiles(panels, 2),  # the loop over tiles, which takes two panels at once
        "tails": all_tiles * (depth % 32 > 0),  # remainder of the loop unrolled to 32 steps
        "ragged": rows * (channels % PANEL > 0),  # the last panel's results are stored in parts:
        "parts": rows * (channels % PANEL).bit_count(),  # 4, 2 and 1 of them
        "operands": rows * depth,  # rows are repeated (armv8.0) or paired (SMMLA) once for all panels
        "weights": panels * depth * calls,  # a panel is paired (SMMLA)
        "panels": panels * calls,  # its sums are bounded,
        "passes": panels * max(calls, tiles(rows, repeated)),  # on armv8.0 for each 16 KB of repeated rows
        "calls": calls,
    }
    return Work({f"gemm{'_few_rows' * few}.{term}": times * amount for term, amount in amounts.items()})


def gathered(rows: int, within: int, lines: int, window_rows: int, run: int) -> dict[str, int]:
    """Count windows of `window_rows` runs of bytes; `within`: those that need no padding."""
    vectors = tiles(run, 16) if run <= 32 else tiles(run, 64)
    return {
        "windows": rows,
        "runs": rows * window_rows,
        "vectors": rows * window_rows * vectors,
        "padded": (rows - within) * window_rows,
        "lines": lines,
    }


def block(depth: int, rows: int) -> int:
    """Compute sg_gemm_s8_block."""
    return min(up(rows, 8), max(65536 // up(depth, 8) // 8 * 8, 56))
