"""How the kernels cut extents into tiles and vectors."""

VECTOR = 16
"""Bytes."""


def tiles(count: int, size: int) -> int:
    """How many of `size` cover `count`."""
    return -(-count // size)


def up(value: int, multiple: int) -> int:
    """The smallest multiple that is not below `value`."""
    return tiles(value, multiple) * multiple


def copies(count: int) -> int:
    """Loads and stores of `count` bytes: 64 by one, then 16 (native/kernels/bytes.h)."""
    return count // 64 + tiles(count % 64, VECTOR)
