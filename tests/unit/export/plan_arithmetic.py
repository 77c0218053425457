"""What the operators of a plan share: requantisation, and convolution weights unpacked."""

import numpy as np

from sdkgen.plan.reader import OperatorRecord, Plan, TensorRecord

Array = np.ndarray


def shape_of(record: TensorRecord) -> tuple[int, int, int, int]:
    return record.n, record.h, record.w, record.c


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


def finish(plan: Plan, operator: OperatorRecord, accumulator: Array, scale: Array) -> Array:
    value = accumulator.astype(np.int64).astype(np.int32).astype(np.float32) * scale
    record = plan.tensors[operator.output]
    return value if record.dtype == 2 else requantise(value, record, operator)


def keeps_parameters(plan: Plan, operator: OperatorRecord) -> bool:
    source, target = plan.tensors[operator.input0], plan.tensors[operator.output]
    return (source.scale, source.zero_point) == (target.scale, target.zero_point)
