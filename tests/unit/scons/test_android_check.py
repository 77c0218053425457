"""The check of a linked Android library accepts what a device loads and names what it would not."""

import subprocess
from pathlib import Path

import pytest

from sdkgen.errors import ToolchainError
from sdkgen.scons_tools.android_check import check_android_library
from sdkgen.targets.android import ABIS
from sdkgen.toolchain.zig import Zig

ARM64 = ABIS["arm64-v8a"]


def _link(folder: Path, code: str, *flags: str, zig_target: str = ARM64.zig_target) -> Path:
    zig = Zig.require()
    environment = {"PATH": "/usr/bin:/bin", **zig.environment()}
    source, item, library = folder / "a.c", folder / "a.o", folder / "a.so"
    source.write_text(code)
    compile_command = [*zig.cc(zig_target), "-O1", "-ffreestanding", "-fPIC", "-c", "-o", str(item), str(source)]
    subprocess.run(compile_command, check=True, env=environment)
    link_command = [str(zig.executable), "ld.lld", "-shared", *flags, "-o", str(library), str(item)]
    subprocess.run(link_command, check=True, env=environment)
    return library


GOOD = "int JNI_OnLoad(void *vm, void *reserved) { (void)vm, (void)reserved; return 65542; }"


def test_a_good_library_passes(tmp_path: Path) -> None:
    check_android_library(_link(tmp_path, GOOD, "-zmax-page-size=16384"), ARM64)


def test_small_pages_are_refused(tmp_path: Path) -> None:
    library = _link(tmp_path, GOOD, "-zmax-page-size=4096")
    with pytest.raises(ToolchainError, match="16 KB pages"):
        check_android_library(library, ARM64)


def test_another_export_is_refused_by_name(tmp_path: Path) -> None:
    library = _link(tmp_path, GOOD + " int sg_leak(void) { return 1; }", "-zmax-page-size=16384")
    with pytest.raises(ToolchainError, match="JNI_OnLoad, sg_leak"):
        check_android_library(library, ARM64)


def test_the_wrong_machine_is_refused(tmp_path: Path) -> None:
    library = _link(tmp_path, GOOD, "-zmax-page-size=16384", zig_target="x86_64-linux-android")
    with pytest.raises(ToolchainError, match="EM_X86_64, not EM_AARCH64"):
        check_android_library(library, ARM64)


def test_another_needed_library_is_refused_by_name(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    stranger = _link(other, "int f(void) { return 1; }", "-soname=libc++_shared.so")
    library = _link(tmp_path, GOOD, "-zmax-page-size=16384", "--no-as-needed", str(stranger))
    with pytest.raises(ToolchainError, match=r"needs libc\+\+_shared\.so"):
        check_android_library(library, ARM64)
