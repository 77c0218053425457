"""The bytes of a plan: a tiny one against bytes written by hand, and damage that the reader must notice."""

import struct
import zlib
from dataclasses import replace

import pytest

from sdkgen.errors import ExportError
from sdkgen.plan.format import ImageRecord
from sdkgen.plan.graph import Graph, Operator, Quantisation, Tensor, Window
from sdkgen.plan.operator_type import Kind
from sdkgen.plan.packing import pack_convolution
from sdkgen.plan.reader import read_plan
from sdkgen.plan.writer import write_plan

FINGERPRINT = 0x1122334455667788


def tiny_graph() -> Graph:
    """float32 (1, 3) -> quantize -> gemm -> float32 (1, 2), with weights that can be read in a hex dump."""
    import numpy as np

    weights = np.array([[1, 2, 3], [-1, -2, -3]], np.int8).reshape(2, 3, 1, 1)
    packed = pack_convolution(weights, np.array([100, -100], np.int32), np.array([0.5, 0.25], np.float32), 1)
    tensors = (
        Tensor(n=1, h=1, w=1, c=3, rank=2, quantisation=None, location="input"),
        Tensor(n=1, h=1, w=1, c=3, rank=4, quantisation=Quantisation(scale=0.125, zero_point=-5)),
        Tensor(n=1, h=1, w=1, c=2, rank=2, quantisation=None, location="output"),
    )
    operators = (
        Operator(kind=Kind.QUANTIZE, input0=0, output=1, layer="", scales=(8.0, 0.0)),
        Operator(kind=Kind.GEMM, input0=1, output=2, layer="fc", weights=packed, macs=6),
    )
    return Graph(tensors=tensors, operators=operators, inputs=(0,), outputs=(2,))


def image_graph() -> Graph:
    quantisation = Quantisation(scale=0.5, zero_point=3)
    tensors = (
        Tensor(n=1, h=2, w=2, c=3, rank=4, quantisation=None, location="input"),
        Tensor(n=1, h=2, w=2, c=3, rank=4, quantisation=quantisation),
        Tensor(n=1, h=2, w=2, c=3, rank=4, quantisation=None, location="output"),
    )
    operators = (
        Operator(kind=Kind.QUANTIZE, input0=0, output=1, layer="", scales=(2.0, 0.0)),
        Operator(kind=Kind.DEQUANTIZE, input0=1, output=2, layer=""),
    )
    return Graph(tensors=tensors, operators=operators, inputs=(0,), outputs=(2,))


def test_tiny_plan_byte_for_byte() -> None:
    labels = ("ab", "é")
    tensors = (
        struct.pack("<BBHIIIIIIIfiII", 2, 2, 2, 1, 1, 1, 3, 1, 0, 12, 0.0, 0, 0, 0)
        + struct.pack("<BBHIIIIIIIfiII", 1, 1, 4, 1, 1, 1, 3, 0, 0, 3, 0.125, -5, 0, 1)
        + struct.pack("<BBHIIIIIIIfiII", 2, 2, 2, 1, 1, 1, 2, 2, 0, 8, 0.0, 0, 1, 1)
    )
    nothing = bytes(44)  # kernel, stride, padding, dilation, groups
    operators = (
        struct.pack("<HHIIIiiII", 9, 0, 0, 0xFFFFFFFF, 1, -128, 127, 0, 0) + nothing + struct.pack("<ffI", 8, 0, 0)
        + bytes(24)
        + struct.pack("<HHIIIiiII", 1, 0, 1, 0xFFFFFFFF, 2, -128, 127, 0, 128) + nothing + bytes(12) + bytes(24)
    )  # fmt: skip
    io = struct.pack("<II", 0, 2)
    label_record = struct.pack("<III", 2, 2, 4) + b"ab\xc3\xa9"
    panel = (
        struct.pack("<8i", 100, -100, 0, 0, 0, 0, 0, 0)
        + struct.pack("<8f", 0.5, 0.25, 1, 1, 1, 1, 1, 1)
        + bytes([1, 2, 3, 0, 0xFF, 0xFE, 0xFD, 0])
        + bytes(56)
    )
    assert (len(tensors), len(operators), len(label_record), len(panel)) == (144, 224, 16, 128)
    body = tensors + operators + io + label_record  # 392 bytes from 128: ends at 520, padded to 576
    header = bytearray(128)
    header[0:8] = b"SGPL\x01\x00\x01\x00"
    struct.pack_into("<I", header, 8, 576 + 128)
    struct.pack_into("<4I", header, 16, 3, 2, 1, 1)
    struct.pack_into("<5I", header, 32, 128, 272, 496, 0, 504)
    struct.pack_into("<3I", header, 52, 576, 128, zlib.crc32(panel))
    struct.pack_into("<QI", header, 64, FINGERPRINT, 64)
    metadata = bytes(header) + body + bytes(56)
    struct.pack_into("<I", header, 12, zlib.crc32(metadata))
    assert (
        write_plan(tiny_graph(), fingerprint=FINGERPRINT, labels=labels).data
        == bytes(header) + body + bytes(56) + panel
    )


def test_reader_returns_what_was_written() -> None:
    plan = read_plan(write_plan(tiny_graph(), fingerprint=FINGERPRINT, labels=("ab", "é")).data)
    assert plan.fingerprint == FINGERPRINT and plan.labels == ("ab", "é") and plan.arena_bytes == 64
    assert [operator.kind for operator in plan.operators] == [Kind.QUANTIZE, Kind.GEMM]
    assert plan.image is None


def test_fields_of_the_operators_that_move_values() -> None:
    """fill at 88, channel_step at 92, starts of a slice in the padding, the rule of a resize in the flags."""
    graph = image_graph()
    slice_window = Window(kernel=(0, 0), stride=(2, 1), padding=(1, 0, 0, 0), dilation=(0, 0))
    pad_window = Window(kernel=(0, 0), stride=(0, 0), padding=(1, 2, 3, 4), dilation=(0, 0))
    moving = (
        Operator(kind=Kind.SLICE, input0=1, output=3, layer="", window=slice_window, channel_offset=1, channel_step=2),
        Operator(kind=Kind.PAD, input0=3, output=4, layer="", window=pad_window, fill=-7),
        Operator(kind=Kind.RESIZE, input0=4, output=5, layer="", scales=(0.5, 0.0), bilinear=True, align_corners=True),
        Operator(kind=Kind.DEQUANTIZE, input0=5, output=2, layer=""),
    )
    tensors = (
        *graph.tensors,
        replace(graph.tensors[1], h=1, c=1),
        replace(graph.tensors[1], h=5, w=8, c=1),
        replace(graph.tensors[1], h=2, w=2, c=3),
    )
    data = write_plan(replace(graph, tensors=tensors, operators=(graph.operators[0], *moving)), fingerprint=1).data
    (at,) = struct.unpack_from("<I", data, 36)
    slice_bytes, pad_bytes, resize_bytes = (data[at + 112 * i : at + 112 * (i + 1)] for i in (1, 2, 3))
    zeros = bytes(16)
    assert (
        slice_bytes[32:]
        == struct.pack("<11I", 0, 0, 2, 1, 1, 0, 0, 0, 0, 0, 0) + struct.pack("<ffIiI", 0, 0, 1, 0, 2) + zeros
    )
    assert (
        pad_bytes[32:]
        == struct.pack("<11I", 0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0) + struct.pack("<ffIiI", 0, 0, 0, -7, 0) + zeros
    )
    assert struct.unpack_from("<HH", resize_bytes) == (18, 8 | 16)
    assert resize_bytes[32:] == bytes(44) + struct.pack("<ffIiI", 0.5, 0, 0, 0, 0) + zeros
    plan = read_plan(data)
    assert (plan.operators[1].channel_step, plan.operators[2].fill) == (2, -7)


def test_image_record() -> None:
    table = bytes(range(256)) * 3
    record = ImageRecord(resize="shorter_side", resize_to=256, colour_order="bgr", table=table)
    plan = write_plan(image_graph(), fingerprint=1, image=record).data
    (offset,) = struct.unpack_from("<I", plan, 44)
    assert plan[offset : offset + 800] == struct.pack("<4I", 1, 256, 2, 1) + bytes(16) + table
    stretch = write_plan(image_graph(), fingerprint=1, image=replace(record, resize="stretch", colour_order="rgb")).data
    assert stretch[offset : offset + 16] == struct.pack("<4I", 2, 0, 1, 1)


def test_equal_weights_are_stored_once() -> None:
    graph = tiny_graph()
    twice = replace(
        graph,
        tensors=(*graph.tensors, graph.tensors[2]),
        operators=(*graph.operators, replace(graph.operators[1], output=3)),
        outputs=(2, 3),
    )
    plan = read_plan(write_plan(twice, fingerprint=1).data)
    assert plan.operators[1].weights == plan.operators[2].weights
    assert struct.unpack_from("<I", write_plan(twice, fingerprint=1).data, 56) == (128,)


@pytest.mark.parametrize("position", [0, 4, 9, 12, 64, 72, 130, 300, 500, 600, 640])
def test_a_changed_byte_is_noticed(position: int) -> None:
    data = bytearray(write_plan(tiny_graph(), fingerprint=FINGERPRINT, labels=("ab", "é")).data)
    data[position] ^= 1
    with pytest.raises(ExportError, match="not a valid plan"):
        read_plan(bytes(data))


def test_a_shortened_plan_is_noticed() -> None:
    data = write_plan(tiny_graph(), fingerprint=FINGERPRINT).data
    for size in (0, 127, len(data) - 64):
        with pytest.raises(ExportError, match="not a valid plan"):
            read_plan(data[:size])


@pytest.mark.parametrize("fingerprint", [0, 2**64, -1])
def test_a_fingerprint_is_64_bits_and_not_zero(fingerprint: int) -> None:
    with pytest.raises(ExportError, match="fingerprint"):
        write_plan(tiny_graph(), fingerprint=fingerprint)


def test_a_window_beyond_the_format_names_its_layer() -> None:
    graph = image_graph()
    pool = Operator(kind=Kind.MAX_POOL, input0=1, output=2, layer="features.pool", window=Window(kernel=(1, 1025)))
    with pytest.raises(ExportError, match=r"features\.pool"):
        write_plan(replace(graph, operators=(graph.operators[0], pool)), fingerprint=1)


def test_an_image_that_two_operators_read_is_refused() -> None:
    graph = image_graph()
    again = replace(graph.operators[0], output=3)
    broken = replace(graph, tensors=(*graph.tensors, graph.tensors[1]), operators=(*graph.operators, again))
    record = ImageRecord(resize="stretch", resize_to=0, colour_order="rgb", table=bytes(768))
    with pytest.raises(ExportError, match="more than one quantisation"):
        write_plan(broken, fingerprint=1, image=record)
