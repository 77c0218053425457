"""Resizing and transposed convolution in numpy, word for word after native/README.md."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np

from sdkgen.plan.reader import OperatorRecord, Plan
from tests.unit.export.plan_arithmetic import Array, finish, keeps_parameters, requantise, shape_of, unpack_convolution


def _positions(inside: int, out: int, align_corners: bool) -> list[tuple[int, int, int]]:
    """Both neighbours of every output position and the weight of the second in 128ths."""
    found = []
    for i in range(out):
        position = Fraction(i * (inside - 1), out - 1) if align_corners and out > 1 else Fraction(0)
        if not align_corners:
            position = max(Fraction((2 * i + 1) * inside - out, 2 * out), Fraction(0))
        first = math.floor(position)
        weight = math.floor((position - first) * 128 + Fraction(1, 2))
        found.append((first, min(first + 1, inside - 1), weight))
    return found


def resize(plan: Plan, operator: OperatorRecord, memory: dict[int, Array]) -> Array:
    source, out = plan.tensors[operator.input0], plan.tensors[operator.output]
    values = memory[operator.input0]
    if not operator.flags & 8:
        assert keeps_parameters(plan, operator) and operator.flags == 0
        rows, columns = (
            [math.floor(Fraction(i * inside, size)) for i in range(size)]
            for inside, size in ((source.h, out.h), (source.w, out.w))
        )
        return values[:, rows][:, :, columns]
    total = np.zeros(shape_of(out), np.int32)
    for y, (top, bottom, down) in enumerate(_positions(source.h, out.h, bool(operator.flags & 16))):
        for x, (left, right, across) in enumerate(_positions(source.w, out.w, bool(operator.flags & 16))):
            for row, row_weight in ((top, 128 - down), (bottom, down)):
                for column, weight in ((left, 128 - across), (right, across)):
                    total[:, y, x] += values[:, row, column].astype(np.int32) * row_weight * weight
    centred = (total - source.zero_point * 2**14).astype(np.float32)
    return requantise(centred * np.float32(operator.scales[0]), out, operator)


def conv_transpose(plan: Plan, operator: OperatorRecord, memory: dict[int, Array]) -> Array:
    """Every input pixel adds its taps to the output; the packed phases are first put together to the kernel."""
    source, out = plan.tensors[operator.input0], plan.tensors[operator.output]
    (height, width), (down, across) = operator.kernel, operator.stride
    top, left, bottom, right = operator.padding
    spare = (
        out.h - ((source.h - 1) * down - top - bottom + height),
        out.w - ((source.w - 1) * across - left - right + width),
    )
    assert 0 <= spare[0] < down and 0 <= spare[1] < across and operator.groups == 1
    rows, columns = source.h * down + height, source.w * across + width
    total = np.zeros((out.n, rows, columns, out.c), np.float64)
    bias, scale = np.zeros((down, across, out.c)), np.zeros((down, across, out.c), np.float32)
    kernel = np.zeros((height, width, out.c, source.c))
    at = 0
    for py in range(down):
        for px in range(across):
            taps_y, taps_x = list(range(py, height, down))[::-1], list(range(px, width, across))[::-1]
            depth = len(taps_y) * len(taps_x) * source.c
            size = -(-out.c // 8) * (64 + 8 * (-(-depth // 8) * 8))
            phase = replace(operator, weights=operator.weights[at : at + size], groups=0)
            at += size
            weights, bias[py, px], scale[py, px] = unpack_convolution(phase, out.c, depth)
            shaped = weights.reshape(out.c, len(taps_y), len(taps_x), source.c)
            for i, ky in enumerate(taps_y):
                for j, kx in enumerate(taps_x):
                    kernel[ky, kx] = shaped[:, i, j]
    assert at == len(operator.weights)
    # What lies outside the input is its zero point, so only the difference to it is added, and the bias, which holds
    # minus zero point times all taps of the phase, gets that back.
    centred = memory[operator.input0].astype(np.float64) - source.zero_point
    for y in range(source.h):
        for x in range(source.w):
            added = np.einsum("nc,hwoc->nhwo", centred[:, y, x], kernel)
            total[:, y * down : y * down + height, x * across : x * across + width] += added
    y, x = np.arange(out.h) + top, np.arange(out.w) + left
    all_taps = np.array([[kernel[py::down, px::across].sum((0, 1, 3)) for px in range(across)] for py in range(down)])
    whole = (bias + source.zero_point * all_taps)[y % down][:, x % across]
    return finish(plan, operator, total[:, y][:, :, x] + whole, scale[y % down][:, x % across])
