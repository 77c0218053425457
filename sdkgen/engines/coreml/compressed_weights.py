"""Stores the palettes and zeros of earlier passes exactly: as tables of values and as sparse weights."""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from coremltools.converters.mil._deployment_compatibility import AvailableTarget
from coremltools.converters.mil.frontend._utils import _construct_constexpr_lut_op
from coremltools.converters.mil.mil import Builder as mb
from coremltools.converters.mil.mil import types
from coremltools.converters.mil.mil.block import is_current_opset_version_compatible_with
from coremltools.converters.mil.mil.passes.graph_pass import AbstractGraphPass
from coremltools.converters.mil.mil.passes.helper import block_context_manager
from coremltools.converters.mil.mil.passes.pass_registry import register_pass

from sdkgen.spec.check import configured
from sdkgen.spec.values import SdkSpec
from sdkgen.targets.ios import ios_target

Form = Literal["palette", "sparse"]

_NAME = "sdkgen::compress_weights"
_WEIGHTED = ("conv", "conv_transpose", "linear")
_INDEX_BITS = (1, 2, 4, 6, 8)
_HALF = 2  # bytes of a float16


@dataclass(frozen=True, kw_only=True)
class Shaped:
    """Structure that the spec's passes gave to the weights.

    Attributes:
        bits: of the palettes, 0 when no pass clusters.
        pruned: whether a pass set weights to zero.
        dense_bytes: bytes of one element of a dense weight: 2 in float16, 1 in int8.
    """

    bits: int
    pruned: bool
    dense_bytes: int

    def form(self, weight: npt.NDArray[np.floating[Any]]) -> Form | None:
        """Choose an exact form for a weight: a table of values with indices, a mask with the nonzero values, or dense.

        A table is taken when the weight has no more distinct values in float16 than the pass promised and float16
        would be larger; a mask when it is smaller than the table and the dense weight.
        """
        values = weight.astype(np.float16)
        bits = self.index_bits(values)
        palette = math.inf if bits is None else _HALF * (1 << bits) + math.ceil(bits * values.size / 8)
        sparse = _HALF * np.count_nonzero(values) + math.ceil(values.size / 8) if self.pruned else math.inf
        if palette < _HALF * values.size and palette <= sparse:
            return "palette"
        return "sparse" if sparse < self.dense_bytes * values.size else None

    def index_bits(self, values: npt.NDArray[np.float16]) -> int | None:
        """Return the bits of an index into the distinct values, or None when they are too many."""
        distinct = np.unique(values).size
        return next((b for b in _INDEX_BITS if distinct <= 1 << b and b <= self.bits), None)


def shaped(spec: SdkSpec) -> Shaped | None:
    """Return the structure by the passes of the spec; None when no pass leaves weights worth a table or a mask."""
    passes = [configured(entry.name, entry.options) for entry in spec.passes]
    bits = max((entry.palette_bits for entry in passes), default=0)
    pruned = any(entry.leaves_zeros for entry in passes)
    dense_bytes = _HALF if ios_target(spec).coreml == "float16" else 1
    return Shaped(bits=bits, pruned=pruned, dense_bytes=dense_bytes) if bits or pruned else None


def add_to(pipeline: Any, spec: SdkSpec) -> None:
    """Append to the conversion the exact compression of the float16 weights that the spec's passes shaped."""
    what = shaped(spec)
    if what is not None:
        pipeline.append_pass(_NAME)
        pipeline.set_options(_NAME, {"shaped": what})


@register_pass(namespace="sdkgen")
class compress_weights(AbstractGraphPass):  # type: ignore[misc]  # coremltools has no types; passes are named so
    """Pass of coremltools; `shaped` is its option."""

    shaped: Any = None

    def apply(self, prog: Any) -> None:
        """Replace the dense constants of all functions."""
        for function in prog.functions.values():
            self._compress(function)

    @block_context_manager  # type: ignore[untyped-decorator]  # coremltools has no types
    def _compress(self, block: Any) -> None:
        for operation in list(block.operations):
            weight = operation.inputs.get("weight") if operation.op_type in _WEIGHTED else None
            if weight is None or weight.op is None or weight.op.op_type != "const" or weight.dtype != types.fp16:
                continue
            form = self.shaped.form(weight.val)
            if form is not None:
                replacement = self._palette(weight) if form == "palette" else _sparse(weight, weight.val)
                block.replace_uses_of_var_after_op(anchor_op=weight.op, old_var=weight, new_var=replacement)
                block.remove_ops([weight.op])

    def _palette(self, weight: Any) -> Any:
        values: npt.NDArray[np.float16] = weight.val
        table, indices = np.unique(values, return_inverse=True)
        bits = self.shaped.index_bits(values)
        lut = np.zeros(1 << bits, np.float16)
        lut[: table.size] = table
        return _construct_constexpr_lut_op(
            indices=indices.reshape(values.shape).astype(np.uint8),
            lut=lut.reshape(*[1] * values.ndim, 1 << bits, 1),
            name=f"{weight.name}_palette",
            before_op=weight.op,
        )


def _sparse(weight: Any, values: npt.NDArray[np.float16]) -> Any:
    mask = (values != 0).reshape(-1)
    name = f"{weight.name}_sparse"
    if is_current_opset_version_compatible_with(AvailableTarget.iOS18):
        bit = types.nptype_from_builtin(types.uint1)
        return mb.constexpr_sparse_to_dense(
            nonzero_data=values[values != 0],
            mask=mask.reshape(values.shape).astype(bit),
            name=name,
            before_op=weight.op,
        )
    return mb.constexpr_sparse_to_dense(
        nonzero_data=values[values != 0],
        mask=np.packbits(mask, bitorder="little"),
        shape=np.array(values.shape, np.uint32),
        name=name,
        before_op=weight.op,
    )
