"""Compiler and linker flags, as data."""

import sys
from collections.abc import Sequence
from pathlib import Path

from sdkgen.generate.naming import jni_class
from sdkgen.layout import shared_library
from sdkgen.targets.android import PAGE_BYTES
from sdkgen.toolchain.zig import Zig

INCLUDE = Path("native/include")

_WARNINGS = ("-Wall", "-Wextra", "-Werror")

_C = (
    "-std=c11",
    "-O3",
    "-g0",
    "-ffreestanding",
    "-fvisibility=hidden",
    "-ffp-contract=off",  # a*b+c rounds twice on every CPU, so that all give the same bytes
    "-fno-math-errno",
    *_WARNINGS,
)
C = (*_C, "-fPIC", "-ffunction-sections", "-fdata-sections", f"-I{INCLUDE}")
# Mach-O divides sections at symbols by itself, and all code is position independent. Apple's debuggers walk the frame
# pointers, which every function keeps: unwind tables would be a tenth of the library.
APPLE_C = (*_C, "-fno-unwind-tables", "-fno-asynchronous-unwind-tables")
_VISIBLE = '_API=__attribute__((visibility("default")))'
EXPORTED = (f"-DSG{_VISIBLE}",)

HOSTED_C = ("-std=gnu11", "-O2", "-g0", *_WARNINGS, f"-I{INCLUDE}")

UNDEFINED_ALLOWED = ("-Wl,-undefined,dynamic_lookup",) if sys.platform == "darwin" else ()


def exported(sdk: str) -> str:
    """Return the define that makes the public C API visible, in sources with the names of an SDK."""
    return f"-D{sdk.upper()}{_VISIBLE}"


def jni_class_define(android_package: str) -> str:
    """Return the define of the Kotlin class on which jni.c registers its methods."""
    return f'-DSG_JNI_CLASS="{jni_class(android_package)}"'


def host_link(zig: Zig, name: str) -> list[str]:
    """Return the command, without inputs and output, that links a shared library for this machine."""
    command = [*zig.cc(zig.host_target()), "-shared", "-g0"]
    if sys.platform == "darwin":
        return [*command, f"-Wl,-install_name,@rpath/{shared_library(name)}"]
    return [*command, f"-Wl,-soname,{shared_library(name)}", "-Wl,-z,defs", "-Wl,--gc-sections", "-s"]


def android_link(name: str, exports: Path) -> Sequence[str]:
    """Return arguments of ld.lld for an Android library: 16 KB pages, read-only relocations, only `exports` visible.

    Sources: Android's guide to 16 KB page sizes; bionic's linker notes (android-changes-for-ndk-developers.md).
    """
    return (
        "-shared",
        f"-soname=lib{name}.so",
        f"-zmax-page-size={PAGE_BYTES}",
        f"-zcommon-page-size={PAGE_BYTES}",
        "-zdefs",
        "-zrelro",
        "-znow",
        "-znoexecstack",
        "--hash-style=gnu",
        "--pack-dyn-relocs=none",
        "--gc-sections",
        "--build-id=sha1",
        "--no-undefined-version",
        f"--version-script={exports}",
        "--strip-all",
    )
