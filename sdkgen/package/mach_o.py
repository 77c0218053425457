"""Reads Mach-O objects and static libraries, and joins libraries of several architectures into a universal one.

Formats: <mach-o/loader.h>, <mach-o/nlist.h> and <mach-o/fat.h> of XNU, whose constants keep their names here, and the
BSD variant of ar(5).
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sdkgen.errors import PackageError

PLATFORMS = {1: "macos", 2: "ios", 7: "ios-simulator"}
"""PLATFORM_* of LC_BUILD_VERSION."""
CPU_TYPES = {"x86_64": (0x01000007, 3), "arm64": (0x0100000C, 0)}
"""cputype and cpusubtype by architecture, in the order in which a universal file lists them."""

_ARCHIVE_MAGIC = b"!<arch>\n"
_MEMBER = struct.Struct("16s12s6s6s8s10s2s")
_MH_MAGIC_64, _MH_OBJECT = 0xFEEDFACF, 1
_HEADER = struct.Struct("<IiiIIIII")
_COMMAND = struct.Struct("<II")
_LC_SYMTAB, _LC_SEGMENT_64, _LC_BUILD_VERSION = 0x2, 0x19, 0x32
_SYMTAB = struct.Struct("<IIII")
_SEGMENT_64 = struct.Struct("<16sQQQQiiII")
_SECTION_64 = struct.Struct("<16s16sQQIIIIIIII")
_BUILD_VERSION = struct.Struct("<IIII")
_NLIST_64 = struct.Struct("<IBBHQ")
_N_STAB, _N_TYPE, _N_EXT = 0xE0, 0x0E, 0x01
_S_ZEROFILL, _SECTION_TYPE = 1, 0xFF
_FAT_MAGIC = 0xCAFEBABE
_FAT_HEADER, _FAT_ARCH = struct.Struct(">II"), struct.Struct(">iiIII")
_FAT_ALIGNMENT = 3  # a power of two: 64-bit objects are aligned to 8 bytes


@dataclass(frozen=True, kw_only=True)
class StaticLibrary:
    """Facts about a static library of one architecture.

    Attributes:
        architecture, platform: keys of CPU_TYPES and values of PLATFORMS; the same in every member.
        min_os: oldest system, "major.minor".
        defined: external symbols that it defines, sorted.
        undefined: external symbols that it needs from elsewhere, sorted.
        sections: bytes by "segment,section", without those that take none in a file.
    """

    architecture: str
    platform: str
    min_os: str
    defined: tuple[str, ...]
    undefined: tuple[str, ...]
    sections: Mapping[str, int]

    def segment_bytes(self, segment: str) -> int:
        """Bytes of all sections of a segment such as "__TEXT"."""
        return sum(size for name, size in self.sections.items() if name.startswith(f"{segment},"))


@dataclass(frozen=True, kw_only=True)
class _Object:
    architecture: str
    platform: str
    min_os: str
    symbols: tuple[tuple[str, bool], ...]  # external ones: name, whether it is defined here
    sections: tuple[tuple[str, int], ...]


def read_static_library(data: bytes) -> StaticLibrary:
    """Read the facts about an archive of Mach-O objects.

    Raises:
        PackageError: it is none, is damaged, or holds objects for different systems.
    """
    try:
        objects = [_read_object(member) for _, member in members(data)]
    except (struct.error, ValueError, IndexError) as error:
        raise PackageError(f"not a static library of Mach-O objects: {error}", remedy=_REMEDY) from error
    systems = sorted({(o.architecture, o.platform, o.min_os) for o in objects})
    if len(systems) != 1:
        raise PackageError(f"a static library for {systems or 'nothing'}, expected one system", remedy=_REMEDY)
    defined = {name for o in objects for name, is_defined in o.symbols if is_defined}
    sections: dict[str, int] = {}
    for name, size in (section for o in objects for section in o.sections):
        sections[name] = sections.get(name, 0) + size
    architecture, platform, min_os = systems[0]
    return StaticLibrary(
        architecture=architecture,
        platform=platform,
        min_os=min_os,
        defined=tuple(sorted(defined)),
        undefined=tuple(sorted({name for o in objects for name, _ in o.symbols} - defined)),
        sections=dict(sorted(sections.items())),
    )


_REMEDY = "Build the native libraries again."


def members(archive: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each member of an archive, without its table of symbols.

    Raises:
        ValueError: it is no archive.
    """
    if not archive.startswith(_ARCHIVE_MAGIC):
        raise ValueError("no archive")
    at = len(_ARCHIVE_MAGIC)
    while at < len(archive):
        name, _, _, _, _, size, end = _MEMBER.unpack_from(archive, at)
        if end != b"`\n":
            raise ValueError(f"damaged archive at byte {at}")
        at += _MEMBER.size
        content = archive[at : at + int(size)]
        at += int(size) + int(size) % 2
        text = name.decode("ascii").rstrip()
        if text.startswith("#1/"):  # the name is the first bytes of the content
            length = int(text[3:])
            text, content = content[:length].rstrip(b"\0").decode(), content[length:]
        if not text.startswith("__.SYMDEF"):
            yield text, content


def universal(libraries: Mapping[str, bytes]) -> bytes:
    """Join files by architecture into one; a single one stays unchanged, as with `lipo`."""
    if len(libraries) == 1:
        return next(iter(libraries.values()))
    ordered = [(CPU_TYPES[name], libraries[name]) for name in CPU_TYPES if name in libraries]
    assert len(ordered) == len(libraries), "an architecture that is not in CPU_TYPES"
    header = _FAT_HEADER.pack(_FAT_MAGIC, len(ordered))
    bodies = b""
    start = _aligned(_FAT_HEADER.size + _FAT_ARCH.size * len(ordered))
    for (cpu_type, cpu_subtype), data in ordered:
        bodies = bodies.ljust(_aligned(len(bodies)), b"\0")
        header += _FAT_ARCH.pack(cpu_type, cpu_subtype, start + len(bodies), len(data), _FAT_ALIGNMENT)
        bodies += data
    return header.ljust(start, b"\0") + bodies


def _aligned(size: int) -> int:
    step = 1 << _FAT_ALIGNMENT
    return -(-size // step) * step


def _read_object(data: bytes) -> _Object:
    magic, cpu_type, _, file_type, command_count, _, _, _ = _HEADER.unpack_from(data)
    if (magic, file_type) != (_MH_MAGIC_64, _MH_OBJECT):
        raise ValueError("a member is no 64-bit Mach-O object")
    platform, min_os = "none", ""
    symbols: list[tuple[str, bool]] = []
    sections: list[tuple[str, int]] = []
    at = _HEADER.size
    for _ in range(command_count):
        command, size = _COMMAND.unpack_from(data, at)
        body = at + _COMMAND.size
        if command == _LC_BUILD_VERSION:
            number, version, _, _ = _BUILD_VERSION.unpack_from(data, body)
            platform, min_os = PLATFORMS.get(number, f"platform {number}"), f"{version >> 16}.{version >> 8 & 0xFF}"
        elif command == _LC_SEGMENT_64:
            sections += _read_sections(data, body)
        elif command == _LC_SYMTAB:
            symbols += _read_symbols(data, body)
        at += size
    names = {cpu: name for name, (cpu, _) in CPU_TYPES.items()}
    return _Object(
        architecture=names.get(cpu_type, f"CPU {cpu_type:#x}"),
        platform=platform,
        min_os=min_os,
        symbols=tuple(symbols),
        sections=tuple(sections),
    )


def _read_sections(data: bytes, at: int) -> Iterator[tuple[str, int]]:
    count = _SEGMENT_64.unpack_from(data, at)[7]
    for index in range(count):
        fields = _SECTION_64.unpack_from(data, at + _SEGMENT_64.size + index * _SECTION_64.size)
        section, segment, size, flags = fields[0], fields[1], fields[3], fields[8]
        if size and flags & _SECTION_TYPE != _S_ZEROFILL:
            yield f"{_text(segment)},{_text(section)}", size


def _read_symbols(data: bytes, at: int) -> Iterator[tuple[str, bool]]:
    """Yield the name of each external symbol and whether it is defined here; debugging and local ones are left out."""
    symbols_at, count, strings_at, strings_bytes = _SYMTAB.unpack_from(data, at)
    strings = data[strings_at : strings_at + strings_bytes]
    for index in range(count):
        name_at, kind, _, _, _ = _NLIST_64.unpack_from(data, symbols_at + index * _NLIST_64.size)
        if kind & _N_EXT and not kind & _N_STAB:
            yield strings[name_at : strings.index(b"\0", name_at)].decode(), bool(kind & _N_TYPE)


def _text(field: bytes) -> str:
    return field.rstrip(b"\0").decode("ascii")
