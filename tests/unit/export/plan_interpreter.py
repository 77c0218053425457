"""Executes a plan in numpy, word for word after native/README.md: the second opinion on export and runtime."""

from collections.abc import Callable

import numpy as np

from sdkgen.export.graph import Kind
from sdkgen.export.plan_reader import OperatorRecord, Plan, TensorRecord
from tests.unit.export.plan_arithmetic import Array, finish, keeps_parameters, requantise, shape_of, unpack_convolution
from tests.unit.export.plan_resampling import conv_transpose, resize


def run_plan(
    plan: Plan, inputs: list[Array], observe: Callable[[OperatorRecord, Array], Array] = lambda operator, result: result
) -> list[Array]:
    """float32 tensors in the caller's shapes in, the same out.

    Args:
        observe: sees every operator's result; what it returns is what the operators after it read.
    """
    memory: dict[int, Array] = {}
    for index, value in zip(plan.inputs, inputs, strict=True):
        record = plan.tensors[index]
        nchw = np.asarray(value, np.float32).reshape(record.n, record.c, record.h, record.w)
        memory[index] = nchw.transpose(0, 2, 3, 1)
    for operator in plan.operators:
        result = observe(operator, _RUN[operator.kind](plan, operator, memory))
        record = plan.tensors[operator.output]
        if operator.kind is Kind.RESCALE:
            whole = memory.setdefault(operator.output, np.zeros(shape_of(record), np.int8))
            whole[..., operator.channel_offset : operator.channel_offset + result.shape[-1]] = result
        else:
            assert result.shape == shape_of(record), (operator, result.shape)
            assert result.dtype == (np.int8 if record.dtype == 1 else np.float32)
            memory[operator.output] = result
    return [_to_caller(plan.tensors[index], memory[index]) for index in plan.outputs]


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
