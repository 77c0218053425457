"""Where the bytes of a .pte are, layer by layer, from the plan inside it (format: native/README.md)."""

import struct
from collections.abc import Mapping, Sequence
from typing import Any

from sdkgen.errors import PackageError

_MAGIC = b"SGPL"
_HEADER = struct.Struct("<4sHHIIIIIIIIIIIII")  # up to constants_bytes
_OPERATOR_BYTES = 112
_WEIGHTS = struct.Struct("<II")  # weights_offset, weights_bytes
_WEIGHTS_AT = 24


def layer_bytes(pte: bytes, operators: Sequence[Mapping[str, Any]]) -> dict[str, bytes]:
    """The weights of each layer that has some, by its name, in the order of execution.

    Args:
        operators: `ops` of export.json, one per operator of the plan.

    Raises:
        PackageError: the file and export.json do not belong together.
    """
    start = _find_plan(pte)
    header = _HEADER.unpack_from(pte, start)
    count, operators_at, constants_at = header[6], header[10], header[14]
    if count != len(operators):
        raise PackageError(
            f"export.json describes {len(operators)} operators, the model has {count}",
            remedy="Build again: one of the two is older than the other.",
        )
    layers: dict[str, bytes] = {}
    seen: set[int] = set()
    for index, operator in enumerate(operators):
        offset, size = _WEIGHTS.unpack_from(pte, start + operators_at + index * _OPERATOR_BYTES + _WEIGHTS_AT)
        if size and offset not in seen:  # the same weights are stored once
            seen.add(offset)
            first = start + constants_at + offset
            layers[operator["layer"]] = layers.get(operator["layer"], b"") + pte[first : first + size]
    return layers


def _find_plan(pte: bytes) -> int:
    position = pte.find(_MAGIC)
    while position >= 0:
        if len(pte) - position >= _HEADER.size:
            fields = _HEADER.unpack_from(pte, position)
            version, plan_bytes, constants_at, constants_bytes = fields[1], fields[3], fields[14], fields[15]
            if version == 1 and constants_at + constants_bytes == plan_bytes <= len(pte) - position:
                return position
        position = pte.find(_MAGIC, position + 1)
    raise PackageError("the .pte holds no plan of sdkgen", remedy="Build the model again from the export step.")
