"""The byte format of a plan, version 1: records, constants and limits (native/README.md defines them to the byte)."""

import struct
from dataclasses import dataclass

MAGIC = b"SGPL"
VERSION = 1
WEIGHT_LAYOUT = 1  # n8c4
NO_TENSOR = 0xFFFFFFFF
ALIGNMENT = 64
MAXIMUM_BYTES = 2**31
MAXIMUM_BAND_BYTES = 2**24
MAXIMUM_RECORDS = 4096  # limit of runtime/plan.c, whose check for overlaps is quadratic

HEADER = struct.Struct("<4sHHIIIIIIIIIIIIIIQIIII40x")
TENSOR = struct.Struct("<BBHIIIIIIIfiII")
OPERATOR = struct.Struct("<HHIIIiiII2I2I4I2IIffIiI16x")
BAND = struct.Struct("<III4x")
IMAGE_HEAD = struct.Struct("<IIII16x")
IMAGE_BYTES = 800

DTYPE_INT8, DTYPE_FLOAT32 = 1, 2
LAYOUT_NHWC, LAYOUT_NCHW = 1, 2
LOCATIONS = {"arena": 0, "input": 1, "output": 2}
LOCATION_BAND = 3
FLAG_ADAPTIVE, FLAG_COUNT_INCLUDE_PAD, FLAG_IN_PLACE, FLAG_BILINEAR, FLAG_ALIGN_CORNERS = 1, 2, 4, 8, 16
RESIZE_RULES = {"shorter_side": 1, "stretch": 2}
COLOUR_ORDERS = {"rgb": 1, "bgr": 2}


@dataclass(frozen=True, kw_only=True)
class ImageRecord:
    """Conversion of an image to the network's int8 input by the runtime.

    Attributes:
        resize: a key of RESIZE_RULES; `resize_to` belongs to "shorter_side".
        colour_order: a key of COLOUR_ORDERS.
        table: i8[3][256] as 768 bytes, per channel of the network's order the int8 of every byte value.
    """

    resize: str
    resize_to: int
    colour_order: str
    table: bytes
