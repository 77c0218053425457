"""Reads a plan back, strictly: every count, offset and checksum is checked as `sg_model_open` does."""

import math
import struct
import zlib
from dataclasses import dataclass

from sdkgen.errors import ExportError
from sdkgen.plan import format as format1
from sdkgen.plan.bands import MAXIMUM_OPERATORS
from sdkgen.plan.graph import Operator, Window, round_up
from sdkgen.plan.operator_shape import Extents
from sdkgen.plan.operator_type import OperatorType, types_by_number


@dataclass(frozen=True, kw_only=True)
class TensorRecord:
    """The 48 bytes of a tensor, field by field (native/README.md)."""

    dtype: int
    layout: int
    rank: int
    n: int
    h: int
    w: int
    c: int
    location: int
    arena_offset: int
    bytes: int
    scale: float
    zero_point: int
    first_op: int
    last_op: int

    @property
    def extents(self) -> Extents:
        """(n, h, w, c)."""
        return self.n, self.h, self.w, self.c


@dataclass(frozen=True, kw_only=True)
class OperatorRecord:
    """The 112 bytes of an operator, field by field (native/README.md)."""

    kind: OperatorType
    flags: int
    input0: int
    input1: int | None
    output: int
    clamp: tuple[int, int]
    weights: bytes
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int, int, int]
    dilation: tuple[int, int]
    groups: int
    scales: tuple[float, float]
    channel_offset: int
    fill: int
    channel_step: int

    @property
    def reads(self) -> tuple[int, ...]:
        return (self.input0,) if self.input1 is None else (self.input0, self.input1)

    def operator(self) -> Operator:
        """Return the graph's operator that this record was written from, without its layer, which a plan lacks."""
        return Operator(
            kind=self.kind,
            input0=self.input0,
            input1=self.input1,
            output=self.output,
            layer="",
            clamp=self.clamp,
            weights=self.weights,
            window=Window(kernel=self.kernel, stride=self.stride, padding=self.padding, dilation=self.dilation),
            groups=self.groups,
            scales=self.scales,
            channel_offset=self.channel_offset,
            adaptive=bool(self.flags & format1.FLAG_ADAPTIVE),
            count_include_pad=bool(self.flags & format1.FLAG_COUNT_INCLUDE_PAD),
            fill=self.fill,
            channel_step=self.channel_step,
            bilinear=bool(self.flags & format1.FLAG_BILINEAR),
            align_corners=bool(self.flags & format1.FLAG_ALIGN_CORNERS),
        )


@dataclass(frozen=True, kw_only=True)
class BandRecord:
    """A band: operators `first_op` … `last_op` run `rows` rows of the last one's result at a time."""

    first_op: int
    last_op: int
    rows: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A plan's content. `image` is (resize rule, resize_to, colour order, tensor, table) or None."""

    fingerprint: int
    arena_bytes: int
    band_bytes: int
    bands: tuple[BandRecord, ...]
    tensors: tuple[TensorRecord, ...]
    operators: tuple[OperatorRecord, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    image: tuple[int, int, int, int, bytes] | None
    labels: tuple[str, ...]


def read_plan(data: bytes) -> Plan:
    """Read the records of a plan.

    Raises:
        ExportError: the bytes are not a plan of this version or contradict themselves.
    """
    _require(len(data) >= format1.HEADER.size, "it is shorter than its header")
    (magic, version, layout, plan_bytes, checksum, tensor_count, op_count, input_count, output_count, tensors_offset,
     ops_offset, io_offset, image_offset, labels_offset, constants_offset, constants_bytes, constants_checksum,
     fingerprint, arena_bytes, bands_offset, band_count, band_bytes) = format1.HEADER.unpack_from(data)  # fmt: skip
    _require(magic == format1.MAGIC, "the magic is missing")
    _require(version == format1.VERSION and layout == format1.WEIGHT_LAYOUT, "version or layout is another one")
    _require(plan_bytes == len(data) == constants_offset + constants_bytes, "its sizes disagree")
    _require(
        plan_bytes % 64 == constants_offset % 64 == constants_bytes % 64 == arena_bytes % 64 == band_bytes % 64 == 0,
        "alignment",
    )
    metadata = data[:12] + bytes(4) + data[16:constants_offset]
    _require(zlib.crc32(metadata) == checksum, "the metadata's checksum is wrong")
    _require(zlib.crc32(data[constants_offset:]) == constants_checksum, "the constants' checksum is wrong")
    _require(fingerprint != 0, "the fingerprint is 0")
    io = struct.unpack_from(f"<{input_count + output_count}I", data, io_offset)
    plan = Plan(
        fingerprint=fingerprint,
        arena_bytes=arena_bytes,
        band_bytes=band_bytes,
        bands=tuple(
            BandRecord(first_op=first, last_op=last, rows=rows)
            for first, last, rows in (_records(format1.BAND, data, bands_offset, band_count) if band_count else ())
        ),
        tensors=tuple(
            TensorRecord(**dict(zip(TensorRecord.__dataclass_fields__, record, strict=True)))
            for record in _records(format1.TENSOR, data, tensors_offset, tensor_count)
        ),
        operators=tuple(
            _operator(record, data[constants_offset:])
            for record in _records(format1.OPERATOR, data, ops_offset, op_count)
        ),
        inputs=io[:input_count],
        outputs=io[input_count:],
        image=_image(data, image_offset) if image_offset else None,
        labels=_labels(data, labels_offset, constants_offset) if labels_offset else (),
    )
    _check_tensors(plan)
    _check_bands(plan)
    _check_overlaps(plan)
    return plan


def _records(record: struct.Struct, data: bytes, offset: int, count: int) -> list[tuple[int, ...]]:
    _require(count > 0 and offset % 4 == 0, "a table is empty or misaligned")
    _require(offset + count * record.size <= len(data), "a table ends beyond the plan")
    return list(record.iter_unpack(data[offset : offset + count * record.size]))


def _operator(record: tuple[int, ...], constants: bytes) -> OperatorRecord:
    at, size = record[7], record[8]
    _require(at % 64 == 0 and at + size <= len(constants), "weights lie outside the constants")
    _require(record[0] in types_by_number(), f"there is no operator of the number {record[0]}")
    return OperatorRecord(
        kind=types_by_number()[record[0]],
        flags=record[1],
        input0=record[2],
        input1=None if record[3] == format1.NO_TENSOR else record[3],
        output=record[4],
        clamp=(record[5], record[6]),
        weights=constants[at : at + size],
        kernel=(record[9], record[10]),
        stride=(record[11], record[12]),
        padding=(record[13], record[14], record[15], record[16]),
        dilation=(record[17], record[18]),
        groups=record[19],
        scales=(record[20], record[21]),
        channel_offset=record[22],
        fill=record[23],
        channel_step=record[24],
    )


def _image(data: bytes, offset: int) -> tuple[int, int, int, int, bytes]:
    _require(offset + format1.IMAGE_BYTES <= len(data), "the image record ends beyond the plan")
    rule, resize_to, order, tensor = format1.IMAGE_HEAD.unpack_from(data, offset)
    return rule, resize_to, order, tensor, data[offset + format1.IMAGE_HEAD.size : offset + format1.IMAGE_BYTES]


def _labels(data: bytes, offset: int, end: int) -> tuple[str, ...]:
    (count,) = struct.unpack_from("<I", data, offset)
    _require(offset + 4 + 4 * count <= end, "the label record ends beyond the metadata")
    ends = struct.unpack_from(f"<{count}I", data, offset + 4)
    texts = offset + 4 + 4 * count
    _require(list(ends) == sorted(ends) and texts + ends[-1] <= end, "the labels' ends are out of order")
    return tuple(data[texts + a : texts + b].decode() for a, b in zip((0, *ends), ends, strict=False))


def _check_tensors(plan: Plan) -> None:
    touched: dict[int, list[int]] = {}
    for index, operator in enumerate(plan.operators):
        for tensor in (*operator.reads, operator.output):
            _require(tensor < len(plan.tensors), f"operator {index} names tensor {tensor}")
            touched.setdefault(tensor, []).append(index)
        _require(-128 <= operator.clamp[0] <= operator.clamp[1] <= 127, f"operator {index} has a wrong clamp")
    for index, record in enumerate(plan.tensors):
        uses = touched.get(index, [])
        _require(bool(uses), f"no operator touches tensor {index}")
        first = 0 if record.location == 1 else uses[0]
        size = {1: 1, 2: 4}[record.dtype] * record.n * record.h * record.w * record.c
        _require(size == record.bytes > 0, f"tensor {index} has a wrong size")
        _require(record.rank == 4 or (record.rank == 2 and record.h == record.w == 1), f"tensor {index}'s rank")
        exact = record.location == format1.LOCATION_BAND
        spans = record.first_op <= first and uses[-1] <= record.last_op < len(plan.operators)
        _require(
            spans and (not exact or (first, uses[-1]) == (record.first_op, record.last_op)),
            f"tensor {index}'s lifetime",
        )
        if record.dtype == 1:
            _require(0 < record.scale < math.inf and -128 <= record.zero_point <= 127, f"tensor {index}'s scale")
        if record.location == 0:
            fits = record.arena_offset % 64 == 0 and record.arena_offset + record.bytes <= plan.arena_bytes
            _require(fits, f"tensor {index} lies outside the arena")
        elif record.location != format1.LOCATION_BAND:
            _require(index in (plan.inputs if record.location == 1 else plan.outputs), f"tensor {index}'s location")


def rows_kept(plan: Plan, band: BandRecord) -> dict[int, int]:
    """Return for every tensor within a band the rows that fit in its memory, the last tensor first."""
    rows = band.rows
    kept: dict[int, int] = {}
    for index in range(band.last_op, band.first_op, -1):
        operator, tensor = plan.operators[index], plan.operators[index - 1].output
        if operator.kind.windowed:
            rows = (rows - 1) * operator.stride[0] + operator.dilation[0] * (operator.kernel[0] - 1) + 1
        kept[tensor] = rows = min(rows, plan.tensors[tensor].h)
    return kept


def _check_bands(plan: Plan) -> None:
    inner: set[int] = set()
    previous = -1
    for band in plan.bands:
        _require(previous < band.first_op < band.last_op < len(plan.operators) and band.rows > 0, "a band's operators")
        _require(band.last_op - band.first_op < MAXIMUM_OPERATORS, "a band has too many operators")
        previous, offset, kept = band.last_op, 0, rows_kept(plan, band)
        for tensor, rows in kept.items():
            record = plan.tensors[tensor]
            chained = record.last_op == record.first_op + 1 and plan.operators[record.first_op].output == tensor
            _require(record.location == format1.LOCATION_BAND and chained, f"tensor {tensor} is not within a band")
            _require(record.arena_offset == offset, f"tensor {tensor}'s place in the band's memory")
            offset += round_up(rows * record.bytes // record.h, 64)
        _require(offset <= plan.band_bytes, "a band's memory is too small")
        for operator in plan.operators[band.first_op : band.last_op + 1]:
            _require(operator.kind.may_band, f"{operator.kind} in a band")
            for tensor in {*operator.reads, operator.output} - kept.keys():
                record = plan.tensors[tensor]
                lives = record.first_op <= band.first_op and band.last_op <= record.last_op
                _require(
                    record.n == 1 and (lives or record.location == 2), f"tensor {tensor} lives shorter than its band"
                )
        inner |= kept.keys()
    outside = {index for index, record in enumerate(plan.tensors) if record.location == format1.LOCATION_BAND} - inner
    _require(not outside, "a tensor belongs to no band")


def _check_overlaps(plan: Plan) -> None:
    in_place = {
        (operator.input0, operator.output) for operator in plan.operators if operator.flags & format1.FLAG_IN_PLACE
    }
    arena = [(index, tensor) for index, tensor in enumerate(plan.tensors) if tensor.location == 0]
    for position, (i, a) in enumerate(arena):
        for j, b in arena[:position]:
            together = a.first_op <= b.last_op and b.first_op <= a.last_op
            overlap = a.arena_offset < b.arena_offset + b.bytes and b.arena_offset < a.arena_offset + a.bytes
            same = a.arena_offset == b.arena_offset and bool({(i, j), (j, i)} & in_place)
            _require(not (together and overlap) or same, f"tensors {i} and {j} overlap")


def _require(condition: bool, what: str) -> None:
    if not condition:
        raise ExportError(f"this is not a valid plan: {what}")
