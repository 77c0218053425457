"""Executes a plan in numpy, word for word after native/README.md: the second opinion on export and runtime."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from sdkgen.plan.operator_type import Kind
from sdkgen.plan.reader import BandRecord, OperatorRecord, Plan, TensorRecord, rows_kept
from tests.unit.export.plan_arithmetic import Array, finish, keeps_parameters, requantise, shape_of, unpack_convolution
from tests.unit.export.plan_resampling import conv_transpose, resize

WINDOWED = (Kind.CONV, Kind.DWCONV, Kind.MAX_POOL, Kind.AVG_POOL)
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
    offset = operator.channel_offset if operator.kind is Kind.RESCALE else 0
    channels = slice(offset, offset + result.shape[-1])
    whole = memory.setdefault(operator.output, np.zeros(shape_of(record), result.dtype))
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


def _to_caller(record: TensorRecord, value: Array) -> Array:
    nchw = value.transpose(0, 3, 1, 2)
    return nchw.reshape(record.n, record.c) if record.rank == 2 else nchw


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
    return finish(plan, operator, source.astype(np.float64) @ weights.T.astype(np.float64) + bias, scale)


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
    return finish(plan, operator, np.concatenate(parts, axis=-1) + bias, scale)


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
    return finish(plan, operator, (flat * weights).sum(axis=3) + bias, scale)


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
    result = np.empty(shape_of(record), np.float32)
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


def _pad(plan: Plan, operator: OperatorRecord, memory: dict[int, Array]) -> Array:
    assert keeps_parameters(plan, operator)
    top, left, bottom, right = operator.padding
    edges = ((0, 0), (top, bottom), (left, right), (0, 0))
    return np.pad(memory[operator.input0], edges, constant_values=operator.fill)


def _slice(plan: Plan, operator: OperatorRecord, memory: dict[int, Array]) -> Array:
    assert keeps_parameters(plan, operator) and operator.padding[2:] == (0, 0)
    out = plan.tensors[operator.output]
    rows = operator.padding[0] + np.arange(out.h) * operator.stride[0]
    columns = operator.padding[1] + np.arange(out.w) * operator.stride[1]
    channels = operator.channel_offset + np.arange(out.c) * operator.channel_step
    return memory[operator.input0][:, rows][:, :, columns][..., channels]


def _channel_shuffle(plan: Plan, operator: OperatorRecord, memory: dict[int, Array]) -> Array:
    assert keeps_parameters(plan, operator)
    channels = plan.tensors[operator.output].c
    source = [
        i * (channels // operator.groups) + j
        for j in range(channels // operator.groups)
        for i in range(operator.groups)
    ]
    return memory[operator.input0][..., source]


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
    Kind.RESIZE: resize,
    Kind.CONV_TRANSPOSE: conv_transpose,
}
