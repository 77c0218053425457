"""Each operator's contract (native/README.md): a sound plan with one thing changed is refused at open."""

import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sdkgen.plan.format import OPERATOR, TENSOR
from sdkgen.plan.graph import NO_WINDOW, Operator, Tensor, Window
from sdkgen.plan.operator_type import Kind, OperatorType
from sdkgen.plan.writer import write_plan
from tests.native.hostile import FORMAT, OK, VERSION, reseal, statuses
from tests.native.more_plans import all_cases
from tests.native.plans import float_tensor, graph_of, int8_tensor

FIELDS = [
    "kind",
    "flags",
    "input0",
    "input1",
    "output",
    "clamp_min",
    "clamp_max",
    "weights_offset",
    "weights_bytes",
    "kernel_h",
    "kernel_w",
    "stride_h",
    "stride_w",
    "pad_top",
    "pad_left",
    "pad_bottom",
    "pad_right",
    "dilation_h",
    "dilation_w",
    "groups",
    "scale0",
    "scale1",
    "channel_offset",
    "fill",
    "channel_step",
]
TENSOR_FIELDS = [
    "dtype",
    "layout",
    "rank",
    "n",
    "h",
    "w",
    "c",
    "location",
    "arena_offset",
    "bytes",
    "scale",
    "zero_point",
    "first_op",
    "last_op",
]
NAN, INFINITY = float("nan"), float("inf")


class Plan:
    """A plan whose records are changed in place; the checksum is made right at the end."""

    def __init__(self, data: bytes, kind: OperatorType) -> None:
        self.data = bytearray(data)
        self._tensors = struct.unpack_from("<I", data, 32)[0]
        (count,) = struct.unpack_from("<I", data, 20)
        (first,) = struct.unpack_from("<I", data, 36)
        offsets = [first + i * OPERATOR.size for i in range(count)]
        (self._at,) = [at for at in offsets if struct.unpack_from("<H", data, at)[0] == kind.number][:1]

    def field(self, name: str) -> int:
        return int(OPERATOR.unpack_from(self.data, self._at)[FIELDS.index(name)])

    def operator(self, **fields: float) -> "Plan":
        record = list(OPERATOR.unpack_from(self.data, self._at))
        for name, value in fields.items():
            record[FIELDS.index(name)] = value
        OPERATOR.pack_into(self.data, self._at, *record)
        return self

    def tensor(self, operand: str, **fields: float) -> "Plan":
        at = self._tensors + self.field(operand) * TENSOR.size
        record = list(TENSOR.unpack_from(self.data, at))
        for name, value in fields.items():
            record[TENSOR_FIELDS.index(name)] = value
        TENSOR.pack_into(self.data, at, *record)
        return self

    def constant(self, offset: int, value: float) -> "Plan":
        """A float32 `offset` bytes into the operator's constants."""
        (constants,) = struct.unpack_from("<I", self.data, 52)
        struct.pack_into("<f", self.data, constants + self.field("weights_offset") + offset, value)
        return self

    def sealed(self) -> bytes:
        return reseal(self.data)


ENLARGED = "conv_transpose (4, 5) 3 to 8"  # 2x2 taps, stride 2: four phases of a panel of 128 bytes

Change = Callable[[Plan], Plan]
# kind, how the name of a sound case begins, what is changed
CHANGES: list[tuple[Kind, str, str, Change]] = [
    (Kind.MUL, "mul 5x3x7 broadcast=False", "scale 0", lambda p: p.operator(scale0=0.0)),
    (Kind.MUL, "mul 5x3x7 broadcast=False", "scale NaN", lambda p: p.operator(scale0=NAN)),
    (Kind.MUL, "mul 5x3x7 broadcast=False", "no second factor", lambda p: p.operator(input1=0xFFFFFFFF)),
    (Kind.MUL, "mul 5x3x7 broadcast=False", "a factor that does not exist", lambda p: p.operator(input1=99)),
    (Kind.MUL, "mul 5x3x7 broadcast=False", "constants", lambda p: p.operator(weights_bytes=64)),
    (Kind.MUL, "mul 5x3x7 broadcast=False", "flag of a resize", lambda p: p.operator(flags=8)),
    (Kind.MUL, "mul 5x3x7 broadcast=False", "fill", lambda p: p.operator(fill=1)),
    (Kind.MUL, "mul 5x3x7 broadcast=False", "channel_step", lambda p: p.operator(channel_step=1)),
    (Kind.LUT, "lut 5x3x7", "a short table", lambda p: p.operator(weights_bytes=255)),
    (Kind.LUT, "lut 5x3x7", "a table outside", lambda p: p.operator(weights_offset=256)),
    (Kind.LUT, "lut 5x3x7", "an uneven table", lambda p: p.operator(weights_offset=4)),
    (Kind.PRELU, "prelu 4x4x35", "a NaN slope", lambda p: p.constant(4 * 34, NAN)),
    (Kind.PRELU, "prelu 4x4x35", "an infinite slope", lambda p: p.constant(0, -INFINITY)),
    (Kind.PRELU, "prelu 4x4x35", "NaN behind the slopes", lambda p: p.constant(4 * 47, NAN)),
    (Kind.PRELU, "prelu 4x4x35", "too few slopes", lambda p: p.operator(weights_bytes=4 * 35)),
    (Kind.PRELU, "prelu 4x4x35", "scale infinite", lambda p: p.operator(scale0=INFINITY)),
    (Kind.PAD, "pad 5x3x7 (1, 1, 1, 1)", "fill 128", lambda p: p.operator(fill=128)),
    (Kind.PAD, "pad 5x3x7 (1, 1, 1, 1)", "fill -129", lambda p: p.operator(fill=-129)),
    (Kind.PAD, "pad 5x3x7 (1, 1, 1, 1)", "too much", lambda p: p.operator(pad_left=2)),
    (Kind.PAD, "pad 5x3x7 (1, 1, 1, 1)", "wrapped around", lambda p: p.operator(pad_left=2**32 - 1, pad_right=3)),
    (Kind.PAD, "pad 5x3x7 (1, 1, 1, 1)", "another scale", lambda p: p.tensor("output", scale=2.0)),
    (Kind.SLICE, "slice 0:1 0:1 16:1", "channels beyond", lambda p: p.operator(channel_offset=17)),
    (Kind.SLICE, "slice 0:1 0:1 16:1", "step 0", lambda p: p.operator(channel_step=0)),
    (Kind.SLICE, "slice 0:1 0:1 16:1", "step 2", lambda p: p.operator(channel_step=2)),
    (Kind.SLICE, "slice 4:1 1:3 2:7", "rows beyond", lambda p: p.operator(pad_top=5)),
    (Kind.SLICE, "slice 4:1 1:3 2:7", "columns beyond", lambda p: p.operator(pad_left=3)),
    (Kind.SLICE, "slice 4:1 1:3 2:7", "a stride that wraps", lambda p: p.operator(stride_w=2**31)),
    (Kind.SLICE, "slice 0:1 0:1 16:1", "another zero point", lambda p: p.tensor("output", zero_point=6)),
    (Kind.CHANNEL_SHUFFLE, "channel_shuffle 2", "no groups", lambda p: p.operator(groups=0)),
    (Kind.CHANNEL_SHUFFLE, "channel_shuffle 2", "groups that do not divide", lambda p: p.operator(groups=3)),
    (Kind.RESIZE, "nearest 3x4x21", "align_corners", lambda p: p.operator(flags=16)),
    (Kind.RESIZE, "nearest 3x4x21", "another scale", lambda p: p.tensor("output", scale=2.0)),
    (Kind.RESIZE, "nearest 3x4x21", "bilinear without a scale", lambda p: p.operator(flags=8)),
    (Kind.RESIZE, "bilinear 3x4x21", "scale NaN", lambda p: p.operator(scale0=NAN)),
    (Kind.RESIZE, "bilinear 3x4x21", "in place", lambda p: p.operator(flags=12)),
    (Kind.CONV_TRANSPOSE, ENLARGED, "stride 0", lambda p: p.operator(stride_h=0)),
    (Kind.CONV_TRANSPOSE, ENLARGED, "kernel 0", lambda p: p.operator(kernel_w=0)),
    (Kind.CONV_TRANSPOSE, ENLARGED, "kernel beyond", lambda p: p.operator(kernel_w=1025)),
    (Kind.CONV_TRANSPOSE, ENLARGED, "groups", lambda p: p.operator(groups=2)),
    (Kind.CONV_TRANSPOSE, ENLARGED, "dilation", lambda p: p.operator(dilation_h=2)),
    (Kind.CONV_TRANSPOSE, ENLARGED, "output_padding 2", lambda p: p.operator(pad_top=2)),
    (Kind.CONV_TRANSPOSE, ENLARGED, "negative output_padding", lambda p: p.operator(kernel_h=3)),
    (Kind.CONV_TRANSPOSE, ENLARGED, "no weights", lambda p: p.operator(weights_bytes=0)),
    (Kind.CONV_TRANSPOSE, ENLARGED, "weights cut", lambda p: p.operator(weights_bytes=4 * 128 - 64)),
    (Kind.CONV_TRANSPOSE, ENLARGED, "weights outside", lambda p: p.operator(weights_offset=64)),
    (Kind.CONV_TRANSPOSE, ENLARGED, "scale of the last phase", lambda p: p.constant(3 * 128 + 32, 0.0)),
]  # fmt: skip


CASES = list(all_cases())


def _plan(kind: OperatorType, name: str) -> Plan:
    return next(Plan(case.data, kind) for case in CASES if case.name.startswith(name))


@pytest.mark.parametrize(("kind", "name", "what", "change"), CHANGES, ids=lambda v: v if isinstance(v, str) else "")
def test_a_field_beyond_the_contract_is_refused(
    kind: OperatorType, name: str, what: str, change: Change, driver: Path, tmp_path: Path
) -> None:
    sound = _plan(kind, name)
    before = sound.sealed()
    after = change(sound).sealed()
    assert after != before
    assert statuses(driver, [before, after], tmp_path) == [OK, FORMAT], what


A, B = int8_tensor(1, 4, 6, 8, 3), int8_tensor(1, 1, 1, 8, -3)
MUL = Operator(kind=Kind.MUL, input0=2, input1=3, output=4, layer="", scales=(1.0, 0.0))
LUT = Operator(kind=Kind.LUT, input0=1, output=2, layer="", weights=bytes(256))
PRELU = Operator(kind=Kind.PRELU, input0=1, output=2, layer="", weights=np.ones(16, "<f4").tobytes(), scales=(1.0, 0.0))
PAD = Operator(kind=Kind.PAD, input0=1, output=2, layer="", window=replace(NO_WINDOW, padding=(1, 0, 0, 2)))
SLICE = Operator(kind=Kind.SLICE, input0=1, output=2, layer="", window=Window(kernel=(0, 0)), channel_step=1)
SHUFFLE = Operator(kind=Kind.CHANNEL_SHUFFLE, input0=1, output=2, layer="", groups=2)
NEAREST = Operator(kind=Kind.RESIZE, input0=1, output=2, layer="")
BILINEAR = replace(NEAREST, bilinear=True, scales=(2.0**-14, 0.0))
PANEL = np.array([0] * 8, "<i4").tobytes() + np.array([1] * 8, "<f4").tobytes()
TRANSPOSED = Operator(
    kind=Kind.CONV_TRANSPOSE, input0=1, output=2, layer="", groups=1, weights=(PANEL + bytes(64)) * 2,
    window=Window(kernel=(1, 2), stride=(1, 2)),
)  # fmt: skip
# Every phase is a panel at least: 64 MB of them, where there are 256 bytes.
MANY_PHASES = replace(TRANSPOSED, window=Window(kernel=(1024, 1024), stride=(1024, 1024), padding=(1023, 1023, 0, 0)))
# operator, its inputs, a result that fits or None, one that does not
SHAPES: list[tuple[str, Operator, list[Tensor], Tensor | None, Tensor]] = [
    ("mul", MUL, [A, A], A, replace(A, h=6, w=4)),
    ("mul by one pixel", MUL, [A, B], A, B),
    ("mul by a row", MUL, [A, replace(A, h=1)], None, A),
    ("mul by a channel", MUL, [A, replace(A, c=1)], None, A),
    ("mul by a batch", MUL, [A, replace(B, n=2)], None, A),
    ("lut", LUT, [A], A, replace(A, h=6, w=4)),
    ("prelu", PRELU, [A], A, replace(A, h=6, w=4)),
    ("pad", PAD, [A], replace(A, h=5, w=8), replace(A, h=8, w=5)),
    ("pad of channels", PAD, [A], None, replace(A, h=5, w=8, c=9)),
    ("slice", SLICE, [A], replace(A, h=1, w=2, c=3), replace(A, h=5)),
    ("slice of channels", SLICE, [A], replace(A, c=8), replace(A, c=9)),
    ("slice of batches", SLICE, [A], None, replace(A, n=2)),
    ("channel_shuffle", SHUFFLE, [A], A, replace(A, h=6, w=4)),
    ("nearest", NEAREST, [A], replace(A, h=9, w=1), replace(A, c=9)),
    ("bilinear", BILINEAR, [A], replace(A, h=9, w=1), replace(A, n=2)),
    ("bilinear to float", BILINEAR, [A], None, float_tensor(A, "arena")),
    ("conv_transpose", TRANSPOSED, [A], replace(A, w=12, c=1), replace(A, w=14, c=1)),
    ("conv_transpose of batches", TRANSPOSED, [A], replace(A, w=13, c=1), replace(A, n=2, w=12, c=1)),
    ("conv_transpose of many phases", MANY_PHASES, [replace(A, h=1, w=1)], None, int8_tensor(1, 1, 1, 1)),
]


@pytest.mark.parametrize(("name", "operator", "inputs", "sound", "wrong"), SHAPES, ids=[row[0] for row in SHAPES])
def test_shapes_beyond_the_contract_are_refused(
    name: str,
    operator: Operator,
    inputs: list[Tensor],
    sound: Tensor | None,
    wrong: Tensor,
    driver: Path,
    tmp_path: Path,
) -> None:
    results = [wrong] if sound is None else [sound, wrong]
    graphs = [graph_of([float_tensor(t, "input") for t in inputs], [operator], [*inputs, r]) for r in results]
    files = [write_plan(graph, fingerprint=1).data for graph in graphs]
    assert statuses(driver, files, tmp_path) == [*([] if sound is None else [OK]), FORMAT], name


def test_an_operator_of_a_later_version_has_its_own_status(driver: Path, tmp_path: Path) -> None:
    files = [_plan(Kind.LUT, "lut").operator(kind=kind).sealed() for kind in (0, 20, 65535)]
    assert statuses(driver, files, tmp_path) == [VERSION] * 3
