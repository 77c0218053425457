"""What an operator's instruction count is a sum of: amounts of work by name, each with the loop that does it.

The names are the same for all tiers; the fit gives each tier its own cost per unit, or 0 where a tier has no such loop.
"""

from collections.abc import Mapping

from sdkgen.latency.operators import OperatorShape

PANEL = 8
"""Output channels of a packed panel (native/README.md)."""
TILE_ROWS = 4
FEW_ROWS = 6
"""Below, gemm_s8 does not rearrange weights for SMMLA (native/kernels/gemm_s8/neoni8mm.c)."""
VECTOR = 16


def family(operator: OperatorShape) -> str:
    """Operators of one family run the same loops, so that one set of costs describes them."""
    kind, kernel = operator.kind, operator.kernel
    if kind in ("gemm", "conv") and operator.positions < FEW_ROWS:
        return f"{kind}_few_rows"
    if kind == "conv":
        run = kernel[1] * operator.input[3]
        if operator.groups > 1:
            return "conv_grouped"
        # native/kernels/conv_image_s8: windows over an image of few channels.
        return "conv_image" if (kernel[0] == 3 and run <= 16) or (kernel[0] == 7 and run <= 32) else "conv"
    if kind == "dwconv":
        square = kernel[0] == kernel[1] and kernel[0] in (3, 5) and operator.stride[0] == operator.stride[1] <= 2
        return f"dwconv_{kernel[0]}x{kernel[1]}_stride_{operator.stride[0]}" if square else "dwconv_any"
    return kind


def terms(operator: OperatorShape) -> Mapping[str, float]:
    """Amount of each kind of work, by "<family>.<term>"."""
    name = family(operator)
    if operator.kind in ("gemm", "conv", "conv_transpose"):
        amounts = _products(operator)
    elif operator.kind == "dwconv":
        amounts = _depthwise(operator)
    elif operator.kind in ("max_pool", "avg_pool"):
        amounts = _pooling(operator)
    else:
        amounts = _element_wise(operator)
    return {f"{name}.{term}": float(amount) for term, amount in amounts.items()}


def _products(operator: OperatorShape) -> Mapping[str, float]:
    """Tiles of 4 rows × 8 channels, in pairs of panels where there are two."""
    rows, groups = operator.positions, operator.groups
    # A transposed convolution is one of fewer taps for each remainder of a position by the stride.
    taps = operator.stride[0] * operator.stride[1] if operator.kind == "conv_transpose" else 1
    depth = _up(_tiles(operator.depth, taps), 8)
    channels = operator.output[3] // groups
    panels = _tiles(channels, PANEL)
    row_tiles = rows if operator.positions < FEW_ROWS else _tiles(rows, TILE_ROWS)
    tiles = groups * row_tiles * panels
    amounts = {
        "products": tiles * depth,  # the inner loop, over padded tiles
        "tiles": tiles,  # bias, requantisation, store
        "pairs": groups * row_tiles * _tiles(panels, 2),  # the loop over tiles, which takes two panels at once
        "tails": tiles * (depth % 32 > 0),  # what the unrolled 32 steps leave over
        "ragged": groups * rows * (channels % PANEL > 0),  # the last panel's results are stored in parts:
        "parts": groups * rows * (channels % PANEL).bit_count(),  # 4, 2 and 1 of them
        "operands": groups * rows * depth,  # rows are repeated (armv8.0) or paired (SMMLA) once for all panels
        "weights": groups * panels * depth * operator.calls,  # a panel is paired (SMMLA), its sums are bounded
        "panels": groups * panels * operator.calls,
        "calls": operator.calls,
    }
    if operator.kind != "gemm":
        amounts["runs"] = groups * rows * operator.kernel[0]  # rows of a window are gathered, a copy each
        amounts["lines"] = groups * operator.output[0] * operator.output[1]  # begin and end of a line are padded
    return amounts


def _depthwise(operator: OperatorShape) -> Mapping[str, float]:
    """Columns of 8 channels, unrolled for a fixed kernel; any other loops over its taps, 16 channels at a time."""
    n, out_h, out_w, channels = operator.output
    general = family(operator) == "dwconv_any"
    panels = _tiles(channels, VECTOR if general else PANEL)
    amounts: dict[str, float] = {
        "results": n * out_h * out_w * panels,
        "inputs": n * out_h * operator.input[2] * panels,  # columns are loaded once for all results that they feed
        "lines": n * out_h * panels,
        "ragged": n * out_h * out_w * (channels % PANEL > 0),  # as those of products
        "parts": n * out_h * out_w * (channels % PANEL).bit_count(),
        "panels": panels * operator.calls,
        "calls": operator.calls,
    }
    if general:
        amounts["products"] = amounts["results"] * operator.kernel[0] * operator.kernel[1]
    return amounts


def _pooling(operator: OperatorShape) -> Mapping[str, float]:
    n, _, _, channels = operator.output
    vectors = _tiles(channels, VECTOR)
    # An adaptive window has no kernel in the plan: together its windows cover the input.
    taps = operator.kernel[0] * operator.kernel[1]
    window = operator.positions * taps if taps > 1 else n * operator.input[1] * operator.input[2]
    return {
        "inputs": window * vectors,
        "taps": window,
        "results": operator.positions * vectors,
        "positions": operator.positions,
        "calls": operator.calls,
    }


def _element_wise(operator: OperatorShape) -> Mapping[str, float]:
    """Whole tensors at once, or the channels of one position at a time."""
    elements = operator.positions * operator.output[3]
    return {
        "vectors": _tiles(elements, VECTOR),
        "positions": operator.positions,
        "calls": operator.calls,
    }


def _tiles(count: int, size: int) -> int:
    return -(-count // size)


def _up(value: int, multiple: int) -> int:
    return _tiles(value, multiple) * multiple
