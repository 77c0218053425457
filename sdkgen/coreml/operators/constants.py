"""Compressed constants, which the program unpacks once, when it is loaded."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from sdkgen.coreml.operators.parameters import integer, integers
from sdkgen.coreml.weights import Array, unpacked

FloatArray = npt.NDArray[np.float64]


def _affine_dequantize(quantized_data: Array, zero_point: Array, scale: Array, axis: Any) -> FloatArray:
    """scale * (quantized_data - zero_point), both along `axis`."""
    data = quantized_data.astype(np.float64)
    shape = [1] * data.ndim
    shape[integer(axis)] = -1
    points, factors = (np.asarray(v, np.float64).reshape(-1).reshape(shape) for v in (zero_point, scale))
    return (data - points) * factors


def _blockwise_shift_scale(data: Array, scale: Array, offset: Array | None = None) -> FloatArray:
    """scale * (data - offset); scale and offset hold one number for each block of data."""
    shifted = data.astype(np.float64)
    if offset is not None:
        shifted = shifted - _spread(offset.astype(np.float64), data.shape)
    return shifted * _spread(scale.astype(np.float64), data.shape)


def _lut_to_dense(indices: Array, lut: Array, shape: Any = None, vector_axis: Any = None) -> FloatArray:
    """Look every element up as an index into a table of 2^bits values.

    Up to iOS 17 `indices` are packed bits and `shape` is their shape; from iOS 18 they are a tensor, and `lut` has the
    rank of it, then the table, then a vector length, which must be 1.
    """
    table = lut.astype(np.float64)
    if shape is not None:
        bits = int(math.log2(table.size))
        extents = integers(shape)
        numbers = unpacked(indices.astype(np.uint8).reshape(-1), bits, math.prod(extents)).reshape(extents)
        return np.asarray(table.reshape(-1)[numbers], np.float64)
    if table.shape[-1] != 1:
        raise ValueError("tables of vectors are not supported")
    tables = table.reshape(table.shape[:-1])
    groups: tuple[int, ...] = tables.shape[:-1]
    chosen = np.empty(indices.shape, np.float64)
    for group in np.ndindex(*groups):
        sizes = [extent // parts for extent, parts in zip(indices.shape, groups, strict=True)]
        block = tuple(slice(g * size, (g + 1) * size) for g, size in zip(group, sizes, strict=True))
        chosen[block] = tables[group][indices[block]]
    return chosen


def _sparse_to_dense(nonzero_data: Array, mask: Array, shape: Any = None) -> FloatArray:
    """Place the values where the mask has a one; up to iOS 17 the mask is packed bits of the shape `shape`."""
    extents = mask.shape if shape is None else integers(shape)
    bits = mask.reshape(-1) if shape is None else unpacked(mask.astype(np.uint8).reshape(-1), 1, math.prod(extents))
    dense = np.zeros(math.prod(extents), np.float64)
    dense[bits.astype(bool)] = nonzero_data.astype(np.float64)
    return dense.reshape(extents)


def _spread(values: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    for axis, extent in enumerate(shape):
        values = np.repeat(values, extent // values.shape[axis], axis)
    return values


RULES: Mapping[str, Callable[..., Any]] = {
    "constexpr_affine_dequantize": _affine_dequantize,
    "constexpr_blockwise_shift_scale": _blockwise_shift_scale,
    "constexpr_lut_to_dense": _lut_to_dense,
    "constexpr_sparse_to_dense": _sparse_to_dense,
    "constexpr_cast": lambda source_val, output_dtype: source_val.astype(np.float64),
}
