"""Amounts of work shared by kernels of several families: tiles, vectors, rows.

A term of work names one loop. The names are the same for all tiers; the fit gives each tier its own cost per unit.
"""

from sdkgen.plan.operator_shape import OperatorShape

VECTOR = 16
"""Bytes of a vector register."""


def tiles(count: int, size: int) -> int:
    """Return the number of tiles of `size` that cover `count`."""
    return -(-count // size)


def up(value: int, multiple: int) -> int:
    """Return the smallest multiple that is not below `value`."""
    return tiles(value, multiple) * multiple


def copies(count: int) -> int:
    """Count loads and stores of `count` bytes: 64 at a time, then 16 (native/kernels/bytes.h)."""
    return count // 64 + tiles(count % 64, VECTOR)


def element_wise(operator: OperatorShape) -> dict[str, int]:
    """Count the work of an element-wise operator: whole tensors at once, or the channels of one position at a time."""
    elements = operator.positions * operator.output[3]
    return {
        "vectors": tiles(elements, VECTOR),
        "positions": operator.positions,
        "calls": operator.calls,
    }


def of_rows(operator: OperatorShape, rows: int, elements: int) -> dict[str, int]:
    """Count the work of so many rows of `elements` bytes each."""
    return {
        "vectors": rows * tiles(elements, VECTOR),
        "rows": rows,
        "ragged": rows * (elements % VECTOR > 0),  # the last vector is stored in parts:
        "parts": rows * (elements % VECTOR).bit_count(),  # 8, 4, 2 and 1 bytes of it
        "calls": operator.calls,
    }
