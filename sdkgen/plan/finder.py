"""Finds the plan inside a .pte: ExecuTorch stores a delegate's bytes in a segment without a name."""

import zlib

from sdkgen.errors import ExportError
from sdkgen.plan.format import HEADER, MAGIC, VERSION


def find_plan(pte: bytes) -> bytes:
    """Return the bytes of the one plan in a file.

    Weights may equal the magic by chance, so a candidate counts only if the sizes in its header agree and the checksum
    of its metadata is right.

    Raises:
        ExportError: the file holds no plan of this version.
    """
    position = pte.find(MAGIC)
    while position >= 0:
        if len(pte) - position >= HEADER.size:
            fields = HEADER.unpack_from(pte, position)
            version, plan_bytes, checksum, constants_at, constants_bytes = (fields[i] for i in (1, 3, 4, 14, 15))
            sized = version == VERSION and constants_at + constants_bytes == plan_bytes <= len(pte) - position
            if sized and zlib.crc32(_metadata(pte, position, constants_at)) == checksum:
                return pte[position : position + plan_bytes]
        position = pte.find(MAGIC, position + 1)
    raise ExportError("the .pte holds no plan of sdkgen", remedy="Build the model again from the export step.")


def _metadata(pte: bytes, position: int, constants_at: int) -> bytes:
    """Return everything before the constants, with zeros for the checksum itself."""
    return pte[position : position + 12] + bytes(4) + pte[position + 16 : position + constants_at]
