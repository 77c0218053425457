"""Checks a native library for Android: reads the finished ELF file and refuses it if it breaks a rule."""

import io
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from elftools.common.exceptions import ELFError
from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from sdkgen.errors import PackageError
from sdkgen.targets.android import ABIS, PAGE_BYTES
from sdkgen.types import JsonValue

ALLOWED_LIBRARIES = frozenset({"libc.so", "liblog.so", "libm.so"})
_DF_TEXTREL = 0x4
_EXECUTABLE, _WRITABLE = 1, 2  # of a segment's flags


@dataclass(frozen=True, kw_only=True)
class NativeLibrary:
    """Facts about one library.

    Attributes:
        load_alignment_bytes: smallest alignment of its LOAD segments.
        needed: DT_NEEDED, in order.
        exports: global symbols that it defines, sorted.
        sections: bytes in the file by section, without those that take none.
        headers_bytes: bytes of the file outside of the sections: headers and padding.
    """

    soname: str
    machine: str
    load_alignment_bytes: int
    needed: tuple[str, ...]
    exports: tuple[str, ...]
    has_text_relocations: bool
    has_writable_code: bool
    sections: Mapping[str, int]
    headers_bytes: int

    def to_json(self) -> JsonValue:
        """Convert to JSON for sizes.json; the report's table of native code shows `objects`."""
        objects = [*self.sections.items(), ("headers and padding", self.headers_bytes)]
        return {
            **{k: v for k, v in asdict(self).items() if k not in ("sections", "headers_bytes")},
            "needed": list(self.needed),
            "exports": list(self.exports),
            "objects": [{"name": name, "bytes": size} for name, size in objects],
        }


def read_native_library(name: str, data: bytes) -> NativeLibrary:
    """Read the facts about the ELF file `data`.

    Raises:
        PackageError: it is no shared library.
    """
    try:
        elf = ELFFile(io.BytesIO(data))
        dynamic = elf.get_section_by_name(".dynamic")
        symbols = elf.get_section_by_name(".dynsym")
        loads = [s for s in elf.iter_segments() if s["p_type"] == "PT_LOAD"]
        if not isinstance(dynamic, DynamicSection) or not isinstance(symbols, SymbolTableSection) or not loads:
            raise PackageError(f"{name} is not a shared library", remedy="Build the native libraries again.")
        tags: list[Any] = list(dynamic.iter_tags())  # their attributes are set at run time: soname, needed
        sections = {
            s.name: int(s["sh_size"])
            for s in elf.iter_sections()
            if s["sh_type"] not in ("SHT_NULL", "SHT_NOBITS") and s["sh_size"]
        }
        return NativeLibrary(
            soname=next((t.soname for t in tags if t.entry.d_tag == "DT_SONAME"), ""),
            machine=str(elf["e_machine"]),
            load_alignment_bytes=min(s["p_align"] for s in loads),
            needed=tuple(t.needed for t in tags if t.entry.d_tag == "DT_NEEDED"),
            exports=tuple(
                sorted(
                    s.name
                    for s in symbols.iter_symbols()
                    if s["st_shndx"] != "SHN_UNDEF" and s["st_info"]["bind"] in ("STB_GLOBAL", "STB_WEAK")
                )
            ),
            has_text_relocations=any(
                t.entry.d_tag == "DT_TEXTREL" or (t.entry.d_tag == "DT_FLAGS" and t.entry.d_val & _DF_TEXTREL)
                for t in tags
            ),
            has_writable_code=any(s["p_flags"] & _WRITABLE and s["p_flags"] & _EXECUTABLE for s in loads),
            sections=sections,
            headers_bytes=len(data) - sum(sections.values()),
        )
    except (ELFError, UnicodeDecodeError, ValueError, OverflowError) as error:
        raise PackageError(f"{name} is not an ELF file: {error}", remedy="Build the native libraries again.") from error


def check_native_library(name: str, data: bytes, abi: str) -> NativeLibrary:
    """Read a library's facts and check them: it must load on every device of `abi` and export JNI functions only.

    Raises:
        PackageError: names everything that is wrong with it.
    """
    library = read_native_library(name, data)
    foreign = [n for n in library.needed if n not in ALLOWED_LIBRARIES]
    exports = [n for n in library.exports if not n.startswith(("JNI_", "Java_"))]
    alignment = library.load_alignment_bytes
    problems = {
        f"it is for {library.machine}, not for {abi}": library.machine != ABIS[abi].elf_machine,
        f"its soname is {library.soname!r}": library.soname != name,
        f"its LOAD segments are aligned to {alignment} bytes, not {PAGE_BYTES}": alignment % PAGE_BYTES != 0,
        f"it needs {', '.join(foreign)}": bool(foreign),
        f"it exports {', '.join(exports[:5])}": bool(exports),
        "it does not export JNI_OnLoad": "JNI_OnLoad" not in library.exports,
        "it has text relocations": library.has_text_relocations,
        "it has a segment both writable and executable": library.has_writable_code,
    }
    found = [problem for problem, is_so in problems.items() if is_so]
    if found:
        raise PackageError(
            f"{name} for {abi} cannot be shipped: {'; '.join(found)}",
            remedy="Build it with the flags that sdkgen sets; an environment variable may override them.",
        )
    return library
