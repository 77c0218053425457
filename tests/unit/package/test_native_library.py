"""Native libraries that may not be shipped are refused, each for its reason."""

import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sdkgen.errors import PackageError
from sdkgen.package.native_library import check_native_library, read_native_library

NAME = "libphoto_tagger.so"
SOURCE = "int JNI_OnLoad(void) { return 0x10006; }\n"


@pytest.mark.parametrize("abi", ["arm64-v8a", "x86_64"])
def test_good_library_passes(link, abi):  # type: ignore[no-untyped-def]
    data = link(abi)
    library = check_native_library(NAME, data, abi)
    assert (library.exports, library.needed, library.load_alignment_bytes) == (("JNI_OnLoad",), (), 16384)
    json = library.to_json()
    assert sum(entry["bytes"] for entry in json["objects"]) == len(data)
    assert json["load_alignment_bytes"] == 16384


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("arm64-v8a", SOURCE + "int helper(void) { return 1; }"), "it exports helper"),
        (("arm64-v8a", "int Java_x(void) { return 1; }"), "does not export JNI_OnLoad"),
        (("arm64-v8a", SOURCE, "libother.so"), "soname is 'libother.so'"),
        (("arm64-v8a", SOURCE, NAME, 4096), "aligned to 4096 bytes, not 16384"),
        (("x86_64", SOURCE), "it is for EM_X86_64, not for arm64-v8a"),
    ],
)
def test_bad_library_is_refused(link, arguments, reason):  # type: ignore[no-untyped-def]
    with pytest.raises(PackageError, match=reason):
        check_native_library(NAME, link(*arguments), "arm64-v8a")


def test_foreign_dependency_is_refused(link, tmp_path):  # type: ignore[no-untyped-def]
    (tmp_path / "libc++_shared.so").write_bytes(link("arm64-v8a", "int cxx(void) { return 1; }", "libc++_shared.so"))
    source = "int cxx(void); int JNI_OnLoad(void) { return cxx(); }"
    data = link("arm64-v8a", source, NAME, 16384, str(tmp_path / "libc++_shared.so"))
    with pytest.raises(PackageError, match=r"it needs libc\+\+_shared.so"):
        check_native_library(NAME, data, "arm64-v8a")


def test_writable_code_is_refused(link):  # type: ignore[no-untyped-def]
    data = bytearray(link("x86_64", SOURCE))
    headers, count = struct.unpack_from("<Q", data, 32)[0], struct.unpack_from("<H", data, 56)[0]
    for at in range(headers, headers + 56 * count, 56):  # Elf64_Phdr: u32 type, u32 flags (execute 1, write 2), …
        kind, flags = struct.unpack_from("<II", data, at)
        struct.pack_into("<II", data, at, kind, flags | 2 if flags & 1 else flags)
    with pytest.raises(PackageError, match="both writable and executable"):
        check_native_library(NAME, bytes(data), "x86_64")


def test_text_relocations_are_refused(link):  # type: ignore[no-untyped-def]
    source = SOURCE + '__asm__(".text\\n.quad JNI_OnLoad\\n");'
    data = link("x86_64", source, NAME, 16384, "-Wl,-z,notext")
    with pytest.raises(PackageError, match="text relocations"):
        check_native_library(NAME, data, "x86_64")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(cut=st.integers(0, 5000), position=st.integers(0, 4999), value=st.integers(0, 255))
def test_damaged_file_is_a_package_error(link_cached, cut, position, value):  # type: ignore[no-untyped-def]
    data = bytearray(link_cached[: cut or None])
    if position < len(data):
        data[position] = value
    try:
        read_native_library(NAME, bytes(data))
    except PackageError as error:
        assert NAME in str(error)


@pytest.fixture(scope="module")
def link_cached(link):  # type: ignore[no-untyped-def]
    return link()
