"""Mach-O objects, archives and universal files: read from what a compiler wrote, and refused when damaged."""

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdkgen.errors import PackageError
from sdkgen.package.mach_o import CPU_TYPES, members, read_static_library, universal
from tests.unit.package.apple_objects import static_library
from tests.universal_binary import read_universal


@pytest.mark.parametrize(
    ("target", "architecture", "platform", "min_os"),
    [
        ("aarch64-ios.16.4", "arm64", "ios", "16.4"),
        ("x86_64-ios.16.0-simulator", "x86_64", "ios-simulator", "16.0"),
        ("aarch64-macos.13.1", "arm64", "macos", "13.1"),
    ],
)
def test_what_a_library_is_for(target: str, architecture: str, platform: str, min_os: str) -> None:
    library = read_static_library(static_library(target))
    assert (library.architecture, library.platform, library.min_os) == (architecture, platform, min_os)


def test_symbols_and_sections() -> None:
    library = read_static_library(static_library("aarch64-ios.16.0", objects=4))
    assert library.defined == (
        "_photo_tagger_inner",
        "_photo_tagger_open",
        "_photo_tagger_part0",
        "_photo_tagger_part1",
        "_photo_tagger_part2",
    )
    assert library.undefined == ("_malloc",)
    assert library.sections["__DATA,__data"] == 4
    assert library.segment_bytes("__TEXT") >= library.sections["__TEXT,__text"] > 0
    assert library.segment_bytes("__TEX") == 0


def test_members_of_an_archive_keep_their_long_names() -> None:
    found = dict(members(static_library("aarch64-ios.16.0", objects=4)))
    assert list(found) == [f"a_rather_long_name_{'x' * i}.o" for i in range(4)]
    assert all(data.startswith(b"\xcf\xfa\xed\xfe") for data in found.values())


def test_objects_for_two_systems_do_not_belong_together() -> None:
    ios, macos = static_library("aarch64-ios.16.0"), static_library("aarch64-macos.13.0")
    with pytest.raises(PackageError, match="expected one system"):
        read_static_library(ios + macos.removeprefix(b"!<arch>\n"))


@pytest.mark.parametrize("damage", [b"", b"!<arch>\n", b"\x7fELF" * 20, b"!<arch>\n" + b"x" * 100])
def test_no_library(damage: bytes) -> None:
    with pytest.raises(PackageError, match="Build the native libraries again"):
        read_static_library(damage)


@given(st.data())
def test_a_damaged_library_is_refused_or_read_but_never_a_traceback(data: st.DataObject) -> None:
    library = bytearray(static_library("aarch64-ios.16.0"))
    at = data.draw(st.integers(0, len(library) - 1))
    library[at] ^= data.draw(st.integers(1, 255))
    end = data.draw(st.integers(0, len(library)))
    with contextlib.suppress(PackageError):
        read_static_library(bytes(library[:end]))


@given(st.dictionaries(st.sampled_from(sorted(CPU_TYPES)), st.binary(max_size=40), min_size=2))
def test_universal_files_can_be_read_back(files: dict[str, bytes]) -> None:
    assert read_universal(universal(files)) == files


def test_the_bytes_of_a_universal_file() -> None:
    """fat_header and fat_arch are big-endian; the files begin at multiples of 8; x86_64 goes first."""
    data = universal({"arm64": b"ARM", "x86_64": b"INTEL"})
    assert struct.unpack_from(">II", data) == (0xCAFEBABE, 2)
    assert struct.unpack_from(">IIIII", data, 8) == (0x01000007, 3, 48, 5, 3)
    assert struct.unpack_from(">IIIII", data, 28) == (0x0100000C, 0, 56, 3, 3)
    assert data[48:] == b"INTEL\0\0\0ARM"


def test_a_single_architecture_stays_as_it_is() -> None:
    assert universal({"arm64": b"ARM"}) == b"ARM"
