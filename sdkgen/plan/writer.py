"""Writes a graph as a plan, in the byte format of format.py."""

import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sdkgen.errors import ExportError
from sdkgen.plan.arena import Arena, Lifetime, lifetimes, plan_arena
from sdkgen.plan.bands import Band, held, memory_bytes
from sdkgen.plan.format import (
    ALIGNMENT,
    BAND,
    COLOUR_ORDERS,
    DTYPE_FLOAT32,
    DTYPE_INT8,
    FLAG_ADAPTIVE,
    FLAG_ALIGN_CORNERS,
    FLAG_BILINEAR,
    FLAG_COUNT_INCLUDE_PAD,
    FLAG_IN_PLACE,
    HEADER,
    IMAGE_HEAD,
    LAYOUT_NCHW,
    LAYOUT_NHWC,
    LOCATION_BAND,
    LOCATIONS,
    MAGIC,
    MAXIMUM_BAND_BYTES,
    MAXIMUM_BYTES,
    MAXIMUM_RECORDS,
    NO_TENSOR,
    OPERATOR,
    RESIZE_RULES,
    TENSOR,
    VERSION,
    WEIGHT_LAYOUT,
    ImageRecord,
)
from sdkgen.plan.graph import NO_WINDOW, Graph, Operator, Tensor, round_up


@dataclass(frozen=True, kw_only=True)
class PlanBytes:
    """A finished plan with the arena it was laid out for; `data` is what the .pte carries."""

    data: bytes
    arena: Arena
    bands: tuple[Band, ...]
    band_bytes: int


@dataclass(kw_only=True)
class _Constants:
    """Collects packed weights at multiples of 64; the same bytes are stored once."""

    data: bytearray = field(default_factory=bytearray)
    offsets: dict[bytes, int] = field(default_factory=dict)

    def add(self, weights: bytes) -> int:
        if not weights:
            return 0
        if weights not in self.offsets:
            self.offsets[weights] = len(self.data)
            self.data += weights.ljust(round_up(len(weights), ALIGNMENT), b"\0")
        return self.offsets[weights]


def write_plan(
    graph: Graph,
    *,
    fingerprint: int,
    labels: Sequence[str] = (),
    image: ImageRecord | None = None,
    bands: Sequence[Band] = (),
) -> PlanBytes:
    """Write the plan of `graph`.

    Args:
        fingerprint: of the SDK, non-zero, 64 bit.
        labels: one per class, or none.
        image: makes `sg_model_run_image` possible; operator 0 must then quantise the only input.
        bands: parts of `chains(graph)`, in order.

    Raises:
        ExportError: the graph does not fit the format (sizes, counts, window extents).
    """
    if not 0 < fingerprint < 2**64:
        raise ExportError(f"the SDK's fingerprint {fingerprint:#x} is not a non-zero 64-bit number")
    _check_limits(graph, image)
    arena = plan_arena(graph, bands)
    alive = lifetimes(graph, bands)
    inner = {item.tensor: item.offset for band in bands for item in held(graph, band)}
    memory = max((memory_bytes(graph, band) for band in bands), default=0)
    constants = _Constants()
    tensors = b"".join(_tensor(graph, index, arena, alive, inner) for index in range(len(graph.tensors)))
    operators = b"".join(
        _operator(operator, index in arena.in_place, constants) for index, operator in enumerate(graph.operators)
    )
    io = struct.pack(f"<{len(graph.inputs) + len(graph.outputs)}I", *graph.inputs, *graph.outputs)

    tensors_offset = HEADER.size
    operators_offset = tensors_offset + len(tensors)
    io_offset = operators_offset + len(operators)
    image_offset = io_offset + len(io)
    image_record = b"" if image is None else _image(image, graph)
    bands_offset = image_offset + len(image_record)
    band_records = b"".join(BAND.pack(band.first, band.last, band.rows) for band in bands)
    labels_offset = bands_offset + len(band_records)
    metadata = tensors + operators + io + image_record + band_records + _labels(labels)
    constants_offset = round_up(HEADER.size + len(metadata), ALIGNMENT)
    plan_bytes = constants_offset + len(constants.data)
    if max(plan_bytes, arena.bytes) >= MAXIMUM_BYTES or memory > MAXIMUM_BAND_BYTES:
        raise ExportError(
            f"the network needs {plan_bytes} bytes of file and {arena.bytes} of memory; a plan is limited to 2 GiB",
            remedy="Use a smaller network or a smaller input.",
        )

    def header(checksum: int) -> bytes:
        return HEADER.pack(
            MAGIC,
            VERSION,
            WEIGHT_LAYOUT,
            plan_bytes,
            checksum,
            len(graph.tensors),
            len(graph.operators),
            len(graph.inputs),
            len(graph.outputs),
            tensors_offset,
            operators_offset,
            io_offset,
            image_offset if image is not None else 0,
            labels_offset if labels else 0,
            constants_offset,
            len(constants.data),
            zlib.crc32(constants.data),
            fingerprint,
            arena.bytes,
            bands_offset if bands else 0,
            len(bands),
            memory,
        )

    body = metadata.ljust(constants_offset - HEADER.size, b"\0")
    data = header(zlib.crc32(header(0) + body)) + body + bytes(constants.data)
    return PlanBytes(data=data, arena=arena, bands=tuple(bands), band_bytes=memory)


def _tensor(graph: Graph, index: int, arena: Arena, alive: Mapping[int, Lifetime], inner: Mapping[int, int]) -> bytes:
    tensor = graph.tensors[index]
    quantisation = tensor.quantisation
    return TENSOR.pack(
        DTYPE_FLOAT32 if quantisation is None else DTYPE_INT8,
        LAYOUT_NHWC if tensor.location == "arena" else LAYOUT_NCHW,
        tensor.rank,
        tensor.n,
        tensor.h,
        tensor.w,
        tensor.c,
        LOCATION_BAND if index in inner else LOCATIONS[tensor.location],
        inner[index] if index in inner else arena.offsets.get(index, 0),
        tensor.bytes,
        0.0 if quantisation is None else quantisation.scale,
        0 if quantisation is None else quantisation.zero_point,
        0 if tensor.location == "input" else alive[index].first,
        alive[index].last,
    )


def _operator(operator: Operator, in_place: bool, constants: _Constants) -> bytes:
    window = operator.window or NO_WINDOW
    flags = (
        FLAG_ADAPTIVE * operator.adaptive
        | FLAG_COUNT_INCLUDE_PAD * operator.count_include_pad
        | FLAG_IN_PLACE * in_place
        | FLAG_BILINEAR * operator.bilinear
        | FLAG_ALIGN_CORNERS * operator.align_corners
    )
    return OPERATOR.pack(
        operator.kind.number,
        flags,
        operator.input0,
        NO_TENSOR if operator.input1 is None else operator.input1,
        operator.output,
        *operator.clamp,
        constants.add(operator.weights),
        len(operator.weights),
        *window.kernel,
        *window.stride,
        *window.padding,
        *window.dilation,
        operator.groups,
        *operator.scales,
        operator.channel_offset,
        operator.fill,
        operator.channel_step,
    )


def _image(image: ImageRecord, graph: Graph) -> bytes:
    head = IMAGE_HEAD.pack(
        RESIZE_RULES[image.resize],
        image.resize_to if image.resize == "shorter_side" else 0,
        COLOUR_ORDERS[image.colour_order],
        graph.operators[0].output,
    )
    return head + image.table


def _labels(labels: Sequence[str]) -> bytes:
    if not labels:
        return b""
    texts = [label.encode() for label in labels]
    ends: list[int] = []
    for text in texts:
        ends.append((ends[-1] if ends else 0) + len(text))
    return struct.pack(f"<{1 + len(ends)}I", len(ends), *ends) + b"".join(texts)


def _check_limits(graph: Graph, image: ImageRecord | None) -> None:
    """Check the format's limits; an error names the layer."""
    if not graph.operators or max(len(graph.operators), len(graph.tensors)) > MAXIMUM_RECORDS:
        raise ExportError(
            f"the network has {len(graph.operators)} operators and {len(graph.tensors)} tensors; a plan holds 1 to "
            f"{MAXIMUM_RECORDS} of each"
        )
    if not 1 <= len(graph.inputs) <= 64 or not 1 <= len(graph.outputs) <= 64:
        raise ExportError("a plan has 1 to 64 inputs and 1 to 64 outputs")
    if image is not None:
        first = graph.operators[0]
        readers = sum(graph.inputs[0] in operator.reads for operator in graph.operators)
        if len(graph.inputs) != 1 or not graph.quantises_input(first) or readers != 1:
            raise ExportError(
                "the image is read by more than one quantisation or the network has further inputs",
                remedy="Let a single layer read the image, and give every reader the same quantisation parameters.",
            )
    for operator in graph.operators:
        if operator.window is not None:
            _check_window(operator, graph.tensors[operator.input0], graph.tensors[operator.output])


def _check_window(operator: Operator, source: Tensor, target: Tensor) -> None:
    window = operator.window
    assert window is not None
    extents = (*window.kernel, *window.stride, *window.dilation, operator.channel_step)
    if not all(0 <= extent <= 1024 for extent in extents) or not all(0 <= pad <= 1023 for pad in window.padding):
        raise ExportError(f"layer {operator.layer!r}: window {window} exceeds the plan's limit of 1024")
    plain = operator.kind.windowed and not operator.adaptive
    if plain and window.output_size(source.h, source.w) != (target.h, target.w):
        raise ExportError(
            f"layer {operator.layer!r}: {window} makes {window.output_size(source.h, source.w)} of "
            f"{(source.h, source.w)}, the program says {(target.h, target.w)}"
        )
