"""What an operator's instruction count is a sum of: amounts of work by name, each with the loop that does it.

The names are the same for all tiers; the fit gives each tier its own cost per unit, or 0 where a tier has no such loop.
"""

from collections.abc import Callable, Mapping

from sdkgen.latency import products
from sdkgen.latency.operators import OperatorShape
from sdkgen.latency.tiling import VECTOR, copies, tiles, up

WORTH_A_TABLE = 2048
"""Elements (native/kernels/rescale_s8/neon.c)."""


def family(operator: OperatorShape) -> str:
    """Operators of one family run the same loops, so that one set of costs describes them."""
    kind, kernel = operator.kind, operator.kernel
    if kind == "gemm":
        return "gemm_few_rows" if operator.positions < products.FEW_ROWS else kind
    if kind == "conv":
        return products.gathering(operator)
    if kind == "dwconv":
        square = kernel[0] == kernel[1] and kernel[0] in (3, 5) and operator.dilation == (1, 1)
        fixed = square and operator.stride[0] == operator.stride[1] <= 2
        return f"dwconv_{kernel[0]}x{kernel[1]}_stride_{operator.stride[0]}" if fixed else "dwconv_any"
    if kind == "slice":
        return "slice_channels" if operator.channel_step > 1 and operator.output[3] > 1 else kind
    if kind == "channel_shuffle":
        return kind if operator.groups in (2, 3, 4) else "channel_shuffle_any"
    if kind == "mul":
        return "mul_per_channel" if operator.per_channel else kind
    if kind == "dequantize":
        return "dequantize_planes" if operator.positions > 1 and operator.output[3] > 1 else kind
    if kind == "resize":
        return "resize_bilinear" if operator.bilinear else "resize_nearest"
    return kind


def terms(operator: OperatorShape) -> Mapping[str, float]:
    """Amount of each kind of work, by "<family>.<term>".

    A convolution is two families: its windows are gathered, then multiplied as the rows of a gemm are.
    """
    if operator.kind in _PRODUCTS:
        return {name: float(amount) for name, amount in _PRODUCTS[operator.kind](operator).items()}
    name = family(operator)
    amounts = _AMOUNTS.get(name, _AMOUNTS.get(operator.kind, _element_wise))(operator)
    return {f"{name}.{term}": float(amount) for term, amount in amounts.items()}


Amounts = Mapping[str, int]


def _depthwise(operator: OperatorShape) -> Amounts:
    """Columns of 8 channels, unrolled for a fixed kernel."""
    n, out_h, out_w, channels = operator.output
    panels = tiles(channels, products.PANEL)
    return {
        "results": n * out_h * out_w * panels,
        "inputs": n * out_h * operator.input[2] * panels,  # columns are loaded once for all results that they feed
        "lines": n * out_h * panels,
        "ragged": n * out_h * out_w * (channels % products.PANEL > 0),  # as those of products
        "parts": n * out_h * out_w * (channels % products.PANEL).bit_count(),
        "panels": panels * operator.calls,
        "calls": operator.calls,
    }


def _depthwise_any(operator: OperatorShape) -> Amounts:
    """Each result by itself, 16 channels at a time: runs of taps before, inside and behind the image, two at once."""
    n, out_h, out_w, channels = operator.output
    panels = tiles(channels, VECTOR)
    rows, columns = products.taps_within(operator, 0), products.taps_within(operator, 1)
    height, width = operator.kernel
    inside = sum(last - first for first, last in rows)
    pairs = sum(tiles(first, 2) + tiles(last - first, 2) + tiles(width - last, 2) for first, last in columns)
    outside = out_h * height - inside
    return {
        "results": n * out_h * out_w * panels,
        "pairs": n * (inside * pairs + outside * out_w * tiles(width, 2)) * panels,
        "rows": n * inside * out_w * panels,
        "padding": n * outside * out_w * panels,
        "ragged": n * out_h * out_w * (channels % VECTOR > 0),
        "parts": n * out_h * out_w * (channels % VECTOR).bit_count(),
        "positions": operator.positions,
        "calls": operator.calls,
    }


def _pooling(operator: OperatorShape) -> Amounts:
    """Of each position 64 channels, then 16 at a time: a pass over the taps of its window that lie inside the input."""
    n, out_h, out_w, channels = operator.output
    adaptive = operator.kernel == (1, 1) != operator.input[1:3]  # its windows together cover the input
    rows, columns = operator.input[1:3]
    if not adaptive:
        rows, columns = (sum(last - first for first, last in products.taps_within(operator, axis)) for axis in (0, 1))
    passes = copies(channels)
    return {
        "inputs": n * rows * columns * tiles(channels, VECTOR),
        "taps": n * rows * columns * passes,
        "rows": n * rows * out_w * passes,
        "passes": operator.positions * passes,
        "results": operator.positions * tiles(channels, VECTOR),
        "ragged": operator.positions * (channels % VECTOR > 0),  # as in _rows
        "parts": operator.positions * (channels % VECTOR).bit_count(),
        "positions": operator.positions,
        "lines": n * out_h,
        "calls": operator.calls,
    }


def _element_wise(operator: OperatorShape) -> Amounts:
    """Whole tensors at once, or the channels of one position at a time."""
    elements = operator.positions * operator.output[3]
    return {
        "vectors": tiles(elements, VECTOR),
        "positions": operator.positions,
        "calls": operator.calls,
    }


def _rescaled(operator: OperatorShape) -> Amounts:
    """By a table, which small tensors are not worth; by neither where the parameters are equal, which nobody knows yet.

    The whole tensor is one row, but for a part of the output's channels.
    """
    channels = operator.input[3]
    part = channels < operator.output[3]
    rows, length = (operator.positions, channels) if part else (1, operator.positions * channels)
    looked_up = operator.positions * channels >= WORTH_A_TABLE * operator.calls
    vectors = rows * tiles(length, VECTOR)
    return {
        **_rows(operator, rows, length),
        "vectors": looked_up * vectors,
        "computed": (not looked_up) * vectors,
        "tables": looked_up * operator.calls,
    }


def _multiplication(operator: OperatorShape) -> Amounts:
    """One long row, or with a factor per channel one for each position."""
    if operator.per_channel:
        return _rows(operator, operator.positions, operator.output[3])
    return _rows(operator, 1, operator.positions * operator.output[3])


def _prelu(operator: OperatorShape) -> Amounts:
    channels = operator.output[3]
    slopes = {"slopes": tiles(channels, 4) * operator.calls}  # the largest is looked for
    return {**_rows(operator, operator.positions, channels), **slopes}


def _rows(operator: OperatorShape, rows: int, elements: int) -> Amounts:
    return {
        "vectors": rows * tiles(elements, VECTOR),
        "rows": rows,
        "ragged": rows * (elements % VECTOR > 0),  # the last vector is stored in parts:
        "parts": rows * (elements % VECTOR).bit_count(),  # 8, 4, 2 and 1 bytes of it
        "calls": operator.calls,
    }


def _table(operator: OperatorShape) -> Amounts:
    return {"vectors": tiles(operator.positions * operator.output[3], 2 * VECTOR), "calls": operator.calls}


def _planes(operator: OperatorShape) -> Amounts:
    """To NCHW, channel by channel."""
    n, h, w, channels = operator.output
    return {
        "elements": operator.positions * channels,
        "vectors": n * channels * tiles(h * w, VECTOR),
        "calls": operator.calls,
    }


def _pad(operator: OperatorShape) -> Amounts:
    n, out_h, out_w, channels = operator.output
    in_h, in_w = operator.input[1:3]
    beside = (out_w - in_w) * channels
    return {
        "rows": n * out_h,
        "copied": n * in_h,
        "vectors": n * in_h * copies(in_w * channels),
        "filled": n * (in_h * tiles(beside, VECTOR) + (out_h - in_h) * tiles(out_w * channels, VECTOR)),
        "calls": operator.calls,
    }


def _slice(operator: OperatorShape) -> Amounts:
    """A row is one copy where its bytes stand together, else one for each position."""
    n, out_h, out_w, channels = operator.output
    whole = operator.stride[1] == 1 and channels == operator.input[3]
    positions = 0 if whole else operator.positions
    vectors = n * out_h * copies(out_w * channels) if whole else positions * copies(channels)
    return {"rows": n * out_h, "positions": positions, "vectors": vectors, "calls": operator.calls}


def _slice_channels(operator: OperatorShape) -> Amounts:
    """Channel by channel."""
    n, out_h, _, channels = operator.output
    return {
        "elements": operator.positions * channels,
        "positions": operator.positions,
        "rows": n * out_h,
        "calls": operator.calls,
    }


def _shuffle(operator: OperatorShape) -> Amounts:
    """16 channels of every group at once; near the end of the tensor, where those have no room, one by one."""
    groups, channels = operator.groups, operator.output[3]
    each = channels // groups
    last = min(operator.positions, tiles(up(each, VECTOR), each) - 1)
    return {
        "stores": operator.positions * tiles(each, VECTOR),
        "loads": operator.positions * tiles(each, VECTOR) * groups,
        "elements": last * (each % VECTOR) * groups,
        "positions": operator.positions,
        "calls": operator.calls,
    }


def _shuffle_any(operator: OperatorShape) -> Amounts:
    channels = operator.output[3]
    return {
        "elements": operator.positions * channels,
        "channels": operator.positions * channels // operator.groups,
        "positions": operator.positions,
        "calls": operator.calls,
    }


def _nearest(operator: OperatorShape) -> Amounts:
    """Positions are copied one by one; a row like the one before is one copy."""
    n, out_h, out_w, channels = operator.output
    different = min(operator.input[1], out_h)
    repeated = (out_h - different) * copies(out_w * channels)
    return {
        "rows": n * out_h,
        "positions": n * different * out_w,
        "vectors": n * (different * out_w * copies(channels) + repeated),
        "calls": operator.calls,
    }


def _bilinear(operator: OperatorShape) -> Amounts:
    """Input rows are widened to int16 once, and two of them weighed for each output row."""
    n, out_h, out_w, channels = operator.output
    widened = min(operator.input[1], 2 * out_h) * out_w
    return {
        "rows": n * out_h,
        "positions": n * widened,
        "inputs": n * widened * tiles(channels, VECTOR),
        "results": n * out_h * tiles(out_w * channels, VECTOR),
        "calls": operator.calls,
    }


_PRODUCTS: Mapping[str, Callable[[OperatorShape], Amounts]] = {
    "gemm": products.gemm,
    "conv": products.conv,
    "conv_transpose": products.conv_transpose,
}
_AMOUNTS: Mapping[str, Callable[[OperatorShape], Amounts]] = {
    "dwconv": _depthwise,
    "dwconv_any": _depthwise_any,
    "max_pool": _pooling,
    "avg_pool": _pooling,
    "rescale": _rescaled,
    "mul": _multiplication,
    "prelu": _prelu,
    "lut": _table,
    "dequantize_planes": _planes,
    "pad": _pad,
    "slice": _slice,
    "slice_channels": _slice_channels,
    "channel_shuffle": _shuffle,
    "channel_shuffle_any": _shuffle_any,
    "resize_nearest": _nearest,
    "resize_bilinear": _bilinear,
}
"""By family or kind; what is in neither table is element-wise."""
