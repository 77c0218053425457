"""Executes a plan in numpy, word for word after native/README.md: the second opinion on export and runtime."""

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np

from sdkgen.export.graph import WINDOWED, Kind
from sdkgen.export.plan_reader import BandRecord, OperatorRecord, Plan, TensorRecord, rows_kept

Array = np.ndarray


Observer = Callable[[OperatorRecord, Array], Array]


def run_plan(plan: Plan, inputs: list[Array], observe: Observer | None = None) -> list[Array]:
    """float32 tensors in the caller's shapes in, the same out.

    Args:
        observe: sees every operator's result; what it returns is what the operators after it read. With it there are
            no bands: every operator runs whole.
    """
    memory: dict[int, Array] = {}
    for index, value in zip(plan.inputs, inputs, strict=True):
        record = plan.tensors[index]
        nchw = np.asarray(value, np.float32).reshape(record.n, record.c, record.h, record.w)
        memory[index] = nchw.transpose(0, 2, 3, 1)
    bands = {} if observe else {band.first_op: band for band in plan.bands}
    index = 0
    while index < len(plan.operators):
        if index in bands:
            _run_band(plan, bands[index], memory)
            index = bands[index].last_op + 1
            continue
        operator = plan.operators[index]
        result = _RUN[operator.kind](plan, operator, memory)
        _store(plan, operator, memory, observe(operator, result) if observe else result, 0)
        index += 1
    return [_to_caller(plan.tensors[index], memory[index]) for index in plan.outputs]


def _store(plan: Plan, operator: OperatorRecord, memory: dict[int, Array], result: Array, row: int) -> None:
    """Rows of a result, from `row` on, into the whole tensor."""
    record = plan.tensors[operator.output]
    assert result.dtype == (np.int8 if record.dtype == 1 else np.float32)
    channels = slice(operator.channel_offset, operator.channel_offset + result.shape[-1])
    whole = memory.setdefault(operator.output, np.zeros(_shape(record), result.dtype))
    assert whole[:, row : row + result.shape[1], :, channels].shape == result.shape, (operator, result.shape)
    whole[:, row : row + result.shape[1], :, channels] = result


def _run_band(plan: Plan, band: BandRecord, memory: dict[int, Array]) -> None:
    """All rows of the band's result; what lies between its operators exists in `band_bytes` of memory alone."""
    kept, data = rows_kept(plan, band), np.full(plan.band_bytes, 85, np.int8)
    held = dict.fromkeys(kept, (0, 0))
    height = plan.tensors[plan.operators[band.last_op].output].h
    for begin in range(0, height, band.rows):
        make = begin, min(begin + band.rows, height)
        steps = []
        for index in range(band.last_op, band.first_op - 1, -1):
            if make[0] == make[1]:
                break
            steps.append((index, make))
            if index > band.first_op:
                tensor = plan.operators[index - 1].output
                need = _rows_read(plan, plan.operators[index], make)
                room = _room(plan, tensor, kept, data)
                first, end = held[tensor]
                if first < need[0] < end:
                    room[: end - need[0]] = room[need[0] - first : end - first].copy()
                make = max(end, need[0]), max(end, need[1])
                held[tensor] = need[0], make[1]
        for index, make in reversed(steps):
            _run_rows(plan, plan.operators[index], make, memory, held, lambda t: _room(plan, t, kept, data))


def _room(plan: Plan, tensor: int, kept: dict[int, int], data: Array) -> Array:
    """The memory of a tensor within a band: (rows, w, c)."""
    record = plan.tensors[tensor]
    shape = kept[tensor], record.w, record.c
    return data[record.arena_offset : record.arena_offset + int(np.prod(shape))].reshape(shape)


def _rows_read(plan: Plan, operator: OperatorRecord, rows: tuple[int, int]) -> tuple[int, int]:
    if operator.kind not in WINDOWED:
        return rows
    first = rows[0] * operator.stride[0] - operator.padding[0]
    last = (rows[1] - 1) * operator.stride[0] - operator.padding[0] + operator.dilation[0] * (operator.kernel[0] - 1)
    return max(first, 0), min(last + 1, plan.tensors[operator.input0].h)


def _run_rows(
    plan: Plan,
    operator: OperatorRecord,
    rows: tuple[int, int],
    memory: dict[int, Array],
    held: dict[int, tuple[int, int]],
    room: Callable[[int], Array],
) -> None:
    """Rows of one operator of a band: the rows that it reads are an image of their own, padded where it ends."""
    begin, end = _rows_read(plan, operator, rows)
    operands = {}
    for tensor in operator.reads:
        if tensor in held:
            operands[tensor] = room(tensor)[None, begin - held[tensor][0] : end - held[tensor][0]]
        else:
            operands[tensor] = memory[tensor][:, begin:end]
        assert operands[tensor].shape[1] == end - begin
    tensors = list(plan.tensors)
    for tensor in operands:
        tensors[tensor] = replace(tensors[tensor], h=end - begin)
    tensors[operator.output] = replace(tensors[operator.output], h=rows[1] - rows[0])
    local = operator
    if operator.kind in WINDOWED:
        top = begin + operator.padding[0] - rows[0] * operator.stride[0]
        reach = (rows[1] - rows[0] - 1) * operator.stride[0] + operator.dilation[0] * (operator.kernel[0] - 1) + 1
        bottom = max(reach - top - (end - begin), 0)
        local = replace(operator, padding=(top, operator.padding[1], bottom, operator.padding[3]))
    result = _RUN[operator.kind](replace(plan, tensors=tuple(tensors)), local, operands)
    if operator.output in held:
        first = held[operator.output][0]
        room(operator.output)[rows[0] - first : rows[1] - first] = result[0]
    else:
        _store(plan, operator, memory, result, rows[0])


def _shape(record: TensorRecord) -> tuple[int, int, int, int]:
    return record.n, record.h, record.w, record.c


def _to_caller(record: TensorRecord, value: Array) -> Array:
    nchw = value.transpose(0, 3, 1, 2)
    return nchw.reshape(record.n, record.c) if record.rank == 2 else nchw


def requantise(value: Array, record: TensorRecord, operator: OperatorRecord) -> Array:
    assert value.dtype == np.float32
    low, high = (np.float32(bound - record.zero_point) for bound in operator.clamp)
    return (np.rint(np.clip(value, low, high)) + record.zero_point).astype(np.int8)


def unpack_convolution(operator: OperatorRecord, outputs: int, depth: int) -> tuple[Array, Array, Array]:
    """(weights (O, K), bias, scale) from layout n8c4."""
    padded = -(-depth // 8) * 8
    per_group = outputs // operator.groups if operator.groups else outputs
    panels = -(-per_group // 8)
    raw = np.frombuffer(operator.weights, np.uint8).reshape(-1, 64 + 8 * padded)
    assert len(raw) == panels * max(operator.groups, 1)
    bias, scale = raw[:, :32].copy().view("<i4"), raw[:, 32:64].copy().view("<f4")
    weights = raw[:, 64:].copy().view(np.int8).reshape(len(raw), padded // 4, 8, 4).transpose(0, 2, 1, 3)
    weights = weights.reshape(len(raw) // panels, panels * 8, padded)
    assert not weights[:, per_group:].any() and not weights[:, :, depth:].any()
    pick = (slice(None), slice(0, per_group))
    return (
        weights[pick][:, :, :depth].reshape(outputs, depth),
        bias.reshape(-1, panels * 8)[pick].reshape(-1),
        scale.reshape(-1, panels * 8)[pick].reshape(-1),
    )


def _finish(plan: Plan, operator: OperatorRecord, accumulator: Array, scale: Array) -> Array:
    value = accumulator.astype(np.int64).astype(np.int32).astype(np.float32) * scale
    record = plan.tensors[operator.output]
    return value if record.dtype == 2 else requantise(value, record, operator)


def _patches(plan: Plan, operator: OperatorRecord, source: Array, fill: int) -> Array:
    """(n, oh, ow, kh, kw, c): every window, what lies outside being `fill`."""
    out = plan.tensors[operator.output]
    top, left, bottom, right = operator.padding
    padded = np.pad(source, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=fill)
    rows = [i * operator.dilation[0] for i in range(operator.kernel[0])]
    columns = [i * operator.dilation[1] for i in range(operator.kernel[1])]
    taps = [
        padded[:, r : r + (out.h - 1) * operator.stride[0] + 1 : operator.stride[0],
               c : c + (out.w - 1) * operator.stride[1] + 1 : operator.stride[1]]
        for r in rows for c in columns
    ]  # fmt: skip
    stacked = np.stack(taps, axis=3)
    return stacked.reshape(*stacked.shape[:3], len(rows), len(columns), source.shape[-1])


def _gemm(plan: Plan, operator: OperatorRecord, memory: dict[int, Array]) -> Array:
    source = memory[operator.input0]
    weights, bias, scale = unpack_convolution(operator, plan.tensors[operator.output].c, source.shape[-1])
    return _finish(plan, operator, source.astype(np.float64) @ weights.T.astype(np.float64) + bias, scale)


def _conv(plan: Plan, operator: OperatorRecord, memory: dict[int, Array]) -> Array:
    source = memory[operator.input0]
    outputs = plan.tensors[operator.output].c
    groups = operator.groups
    patches = _patches(plan, operator, source, plan.tensors[operator.input0].zero_point)
    channels = source.shape[-1] // groups
    depth = operator.kernel[0] * operator.kernel[1] * channels
    weights, bias, scale = unpack_convolution(operator, outputs, depth)
    parts = []
    for group in range(groups):
        window = patches[..., group * channels : (group + 1) * channels]
        rows = window.reshape(*window.shape[:3], depth).astype(np.float64)
        parts.append(rows @ weights[group * outputs // groups : (group + 1) * outputs // groups].T.astype(np.float64))
    return _finish(plan, operator, np.concatenate(parts, axis=-1) + bias, scale)


def _dwconv(plan: Plan, operator: OperatorRecord, memory: dict[int, Array]) -> Array:
    source = memory[operator.input0]
    channels, taps = source.shape[-1], operator.kernel[0] * operator.kernel[1]
    assert operator.groups == channels == plan.tensors[operator.output].c
    raw = np.frombuffer(operator.weights, np.uint8).reshape(-1, 128 + 16 * taps)
    bias = raw[:, :64].copy().view("<i4").reshape(-1)[:channels]
    scale = raw[:, 64:128].copy().view("<f4").reshape(-1)[:channels]
    weights = raw[:, 128:].copy().view(np.int8).reshape(-1, taps, 16).transpose(1, 0, 2).reshape(taps, -1)[:, :channels]
    patches = _patches(plan, operator, source, plan.tensors[operator.input0].zero_point).astype(np.int64)
    flat = patches.reshape(*patches.shape[:3], taps, channels)
    return _finish(plan, operator, (flat * weights).sum(axis=3) + bias, scale)


def _add(plan: Plan, operator: OperatorRecord, memory: dict[int, Array]) -> Array:
    assert operator.input1 is not None
    terms = [
        (memory[index].astype(np.int32) - plan.tensors[index].zero_point).astype(np.float32) * np.float32(scale)
        for index, scale in zip((operator.input0, operator.input1), operator.scales, strict=True)
    ]
    return requantise(terms[0] + terms[1], plan.tensors[operator.output], operator)


def _max_pool(plan: Plan, operator: OperatorRecord, memory: dict[int, Array]) -> Array:
    highest = _patches(plan, operator, memory[operator.input0], -128).max(axis=(3, 4))
    return np.clip(highest, *operator.clamp).astype(np.int8)


def _avg_pool(plan: Plan, operator: OperatorRecord, memory: dict[int, Array]) -> Array:
    source, record = plan.tensors[operator.input0], plan.tensors[operator.output]
    values = memory[operator.input0].astype(np.int64) - source.zero_point
    result = np.empty(_shape(record), np.float32)
    for y in range(record.h):
        for x in range(record.w):
            spans = [
                _span(operator, axis, position, size, extent)
                for axis, position, size, extent in ((0, y, record.h, source.h), (1, x, record.w, source.w))
            ]
            (top, bottom, rows), (left, right, columns) = spans
            total = values[:, top:bottom, left:right].sum(axis=(1, 2)).astype(np.float32)
            result[:, y, x] = total * (np.float32(operator.scales[0]) / np.float32(rows * columns))
    return result if record.dtype == 2 else requantise(result, record, operator)


def _span(operator: OperatorRecord, axis: int, position: int, size: int, extent: int) -> tuple[int, int, int]:
    """[begin, end) inside the input along one axis, and the count of elements it is divided by."""
    if operator.flags & 1:
        begin, end = position * extent // size, -(-(position + 1) * extent // size)
        return begin, end, end - begin
    pad = operator.padding[axis]
    begin = position * operator.stride[axis] - pad
    end = min(begin + operator.kernel[axis], extent + pad)
    inside = max(begin, 0), min(end, extent)
    return *inside, (end - begin if operator.flags & 2 else inside[1] - inside[0])


def _rescale(plan: Plan, operator: OperatorRecord, memory: dict[int, Array]) -> Array:
    centred = memory[operator.input0].astype(np.int32) - plan.tensors[operator.input0].zero_point
    return requantise(
        centred.astype(np.float32) * np.float32(operator.scales[0]), plan.tensors[operator.output], operator
    )


def _softmax(plan: Plan, operator: OperatorRecord, memory: dict[int, Array]) -> Array:
    source = memory[operator.input0]
    exponential = np.exp(source - source.max(axis=-1, keepdims=True))
    return exponential / exponential.sum(axis=-1, keepdims=True)


def _quantize(plan: Plan, operator: OperatorRecord, memory: dict[int, Array]) -> Array:
    scaled = memory[operator.input0] * np.float32(operator.scales[0])
    return requantise(np.nan_to_num(scaled, nan=0.0), plan.tensors[operator.output], operator)


def _dequantize(plan: Plan, operator: OperatorRecord, memory: dict[int, Array]) -> Array:
    record = plan.tensors[operator.input0]
    return (memory[operator.input0].astype(np.int32) - record.zero_point).astype(np.float32) * np.float32(record.scale)


def _to_nchw(plan: Plan, operator: OperatorRecord, memory: dict[int, Array]) -> Array:
    value = memory[operator.input0].transpose(0, 3, 1, 2)
    return value.reshape(value.shape[0], 1, 1, -1)


def _mul(plan: Plan, operator: OperatorRecord, memory: dict[int, Array]) -> Array:
    assert operator.input1 is not None
    a, b = (
        memory[index].astype(np.int32) - plan.tensors[index].zero_point for index in (operator.input0, operator.input1)
    )
    assert b.shape in (a.shape, (*a.shape[:1], 1, 1, *a.shape[3:]))
    return requantise(
        (a * b).astype(np.float32) * np.float32(operator.scales[0]), plan.tensors[operator.output], operator
    )


def _lut(plan: Plan, operator: OperatorRecord, memory: dict[int, Array]) -> Array:
    assert len(operator.weights) == 256
    return np.frombuffer(operator.weights, np.int8)[memory[operator.input0].astype(np.int64) + 128]


def _prelu(plan: Plan, operator: OperatorRecord, memory: dict[int, Array]) -> Array:
    centred = memory[operator.input0].astype(np.int32) - plan.tensors[operator.input0].zero_point
    slopes = np.frombuffer(operator.weights, "<f4")
    assert len(slopes) == -(-centred.shape[-1] // 16) * 16 and (slopes[centred.shape[-1] :] == 1).all()
    multiplier = np.where(centred >= 0, np.float32(operator.scales[0]), slopes[: centred.shape[-1]])
    return requantise(centred.astype(np.float32) * multiplier, plan.tensors[operator.output], operator)


def _keeps_parameters(plan: Plan, operator: OperatorRecord) -> bool:
    source, target = plan.tensors[operator.input0], plan.tensors[operator.output]
    return (source.scale, source.zero_point) == (target.scale, target.zero_point)


def _pad(plan: Plan, operator: OperatorRecord, memory: dict[int, Array]) -> Array:
    assert _keeps_parameters(plan, operator)
    top, left, bottom, right = operator.padding
    edges = ((0, 0), (top, bottom), (left, right), (0, 0))
    return np.pad(memory[operator.input0], edges, constant_values=operator.fill)


def _slice(plan: Plan, operator: OperatorRecord, memory: dict[int, Array]) -> Array:
    assert _keeps_parameters(plan, operator) and operator.padding[2:] == (0, 0)
    out = plan.tensors[operator.output]
    rows = operator.padding[0] + np.arange(out.h) * operator.stride[0]
    columns = operator.padding[1] + np.arange(out.w) * operator.stride[1]
    channels = operator.channel_offset + np.arange(out.c) * operator.channel_step
    return memory[operator.input0][:, rows][:, :, columns][..., channels]


def _channel_shuffle(plan: Plan, operator: OperatorRecord, memory: dict[int, Array]) -> Array:
    assert _keeps_parameters(plan, operator)
    channels = plan.tensors[operator.output].c
    source = [
        i * (channels // operator.groups) + j
        for j in range(channels // operator.groups)
        for i in range(operator.groups)
    ]
    return memory[operator.input0][..., source]


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


def _resize(plan: Plan, operator: OperatorRecord, memory: dict[int, Array]) -> Array:
    source, out = plan.tensors[operator.input0], plan.tensors[operator.output]
    values = memory[operator.input0]
    if not operator.flags & 8:
        assert _keeps_parameters(plan, operator) and operator.flags == 0
        rows, columns = (
            [math.floor(Fraction(i * inside, size)) for i in range(size)]
            for inside, size in ((source.h, out.h), (source.w, out.w))
        )
        return values[:, rows][:, :, columns]
    total = np.zeros(_shape(out), np.int32)
    for y, (top, bottom, down) in enumerate(_positions(source.h, out.h, bool(operator.flags & 16))):
        for x, (left, right, across) in enumerate(_positions(source.w, out.w, bool(operator.flags & 16))):
            for row, row_weight in ((top, 128 - down), (bottom, down)):
                for column, weight in ((left, 128 - across), (right, across)):
                    total[:, y, x] += values[:, row, column].astype(np.int32) * row_weight * weight
    centred = (total - source.zero_point * 2**14).astype(np.float32)
    return requantise(centred * np.float32(operator.scales[0]), out, operator)


def _conv_transpose(plan: Plan, operator: OperatorRecord, memory: dict[int, Array]) -> Array:
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
    return _finish(plan, operator, total[:, y][:, :, x] + whole, scale[y % down][:, x % across])


_RUN = {
    Kind.GEMM: _gemm,
    Kind.CONV: _conv,
    Kind.DWCONV: _dwconv,
    Kind.ADD: _add,
    Kind.MAX_POOL: _max_pool,
    Kind.AVG_POOL: _avg_pool,
    Kind.RESCALE: _rescale,
    Kind.SOFTMAX: _softmax,
    Kind.QUANTIZE: _quantize,
    Kind.DEQUANTIZE: _dequantize,
    Kind.TO_NCHW: _to_nchw,
    Kind.MUL: _mul,
    Kind.LUT: _lut,
    Kind.PRELU: _prelu,
    Kind.PAD: _pad,
    Kind.SLICE: _slice,
    Kind.CHANNEL_SHUFFLE: _channel_shuffle,
    Kind.RESIZE: _resize,
    Kind.CONV_TRANSPOSE: _conv_transpose,
}
