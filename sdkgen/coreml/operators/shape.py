"""Operators that rearrange, join and slice values; and the classifier's table."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from sdkgen.coreml.operators.parameters import integer, integers, number, truths

Tensor = torch.Tensor
functional = torch.nn.functional


def _reshape(x: Tensor, shape: Any) -> Tensor:
    # 0 keeps the extent of that axis.
    return x.reshape([x.shape[i] if n == 0 else n for i, n in enumerate(integers(shape))])


def _expand_dims(x: Tensor, axes: Any) -> Tensor:
    rank = x.dim() + len(integers(axes))
    for axis in sorted(axis % rank for axis in integers(axes)):
        x = x.unsqueeze(axis)
    return x


def _squeeze(x: Tensor, axes: Any = None) -> Tensor:
    return x.squeeze() if axes is None else x.squeeze(integers(axes))


def _concat(values: Sequence[Tensor] | Tensor, axis: Any, interleave: Any = False) -> Tensor:
    tensors = [values] if isinstance(values, Tensor) else list(values)
    at = integer(axis) % tensors[0].dim()
    if not interleave:
        return torch.cat(tensors, at)
    return torch.stack(tensors, at + 1).flatten(at, at + 1)


def _split(x: Tensor, axis: Any, num_splits: Any = None, split_sizes: Any = None) -> tuple[Tensor, ...]:
    at = integer(axis)
    if split_sizes is not None:
        return tuple(torch.split(x, list(integers(split_sizes)), at))
    return tuple(torch.split(x, x.shape[at] // integer(num_splits), at))


def _slice_by_index(
    x: Tensor,
    begin: Any,
    end: Any,
    stride: Any = None,
    begin_mask: Any = None,
    end_mask: Any = None,
    squeeze_mask: Any = None,
) -> Tensor:
    begins, ends, rank = integers(begin), integers(end), x.dim()
    steps = (1,) * rank if stride is None else integers(stride)
    open_begin, open_end, single = (truths(mask, rank) for mask in (begin_mask, end_mask, squeeze_mask))
    for axis in range(rank):
        at = slice(None if open_begin[axis] else begins[axis], None if open_end[axis] else ends[axis], abs(steps[axis]))
        if single[axis]:
            chosen = [begins[axis] % x.shape[axis]]
        elif steps[axis] > 0:
            chosen = list(range(x.shape[axis]))[at]
        else:
            chosen = list(range(x.shape[axis]))[at.start : at.stop : steps[axis]]
        x = x.index_select(axis, torch.tensor(chosen, dtype=torch.long))
    return x.squeeze([axis for axis in range(rank) if single[axis]])


def _slice_by_size(x: Tensor, begin: Any, size: Any) -> Tensor:
    for axis, (start, count) in enumerate(zip(integers(begin), integers(size), strict=True)):
        x = x.narrow(axis, start, x.shape[axis] - start if count == -1 else count)
    return x


def _pad(x: Tensor, pad: Any, mode: str = "constant", constant_val: Any = 0.0) -> Tensor:
    values = integers(pad)
    flat = [side for axis in reversed(range(len(values) // 2)) for side in values[2 * axis : 2 * axis + 2]]
    if mode == "constant":
        return functional.pad(x, flat, value=number(constant_val))
    while len(flat) > 4 and flat[-2:] == [0, 0]:  # torch pads only the axes of the list
        flat = flat[:-2]
    return functional.pad(x, flat, mode={"reflect": "reflect", "replicate": "replicate"}[mode])


def _stack(values: Sequence[Tensor] | Tensor, axis: Any) -> Tensor:
    return torch.stack([values] if isinstance(values, Tensor) else list(values), integer(axis))


def _argmax(x: Tensor, axis: Any = -1, keep_dims: Any = False, output_dtype: str = "int32") -> Tensor:
    return x.argmax(integer(axis), keepdim=bool(keep_dims)).to(torch.int32)


def _classify(probabilities: Tensor, classes: Sequence[str]) -> tuple[str, dict[str, float]]:
    scores = [float(p) for p in probabilities.reshape(-1)]
    if len(scores) != len(classes):
        raise ValueError(f"{len(scores)} scores for {len(classes)} labels")
    best = max(range(len(scores)), key=lambda i: (scores[i], -i))
    return classes[best], dict(zip(classes, scores, strict=True))


RULES: Mapping[str, Callable[..., Any]] = {
    "reshape": _reshape,
    "transpose": lambda x, perm: x.permute(integers(perm)),
    "expand_dims": _expand_dims,
    "squeeze": _squeeze,
    "concat": _concat,
    "split": _split,
    "slice_by_index": _slice_by_index,
    "slice_by_size": _slice_by_size,
    "pad": _pad,
    "stack": _stack,
    "tile": lambda x, reps: x.repeat(integers(reps)),
    "reduce_argmax": _argmax,
    "classify": _classify,
}
