"""Reads a universal file by <mach-o/fat.h> alone: fat_header and fat_arch, big-endian."""

import struct

_NAMES = {0x01000007: "x86_64", 0x0100000C: "arm64"}  # CPU_TYPE_X86_64, CPU_TYPE_ARM64


def read_universal(data: bytes) -> dict[str, bytes]:
    """The files inside, by architecture."""
    magic, count = struct.unpack_from(">II", data)
    assert magic == 0xCAFEBABE, "no universal file"
    entries = [struct.unpack_from(">5I", data, 8 + 20 * index) for index in range(count)]
    return {_NAMES[cpu]: data[offset : offset + size] for cpu, _, offset, size, _ in entries}
