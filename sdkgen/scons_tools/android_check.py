"""Reads a linked Android library back: page size, what it needs, what it shows."""

from pathlib import Path

from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from sdkgen.errors import ToolchainError
from sdkgen.targets.android import PAGE_BYTES, Abi

ALLOWED = frozenset({"libc.so", "liblog.so", "libm.so"})
EXPORTED = ("JNI_OnLoad",)


def check_android_library(path: str | Path, abi: Abi) -> None:
    """Hold the library against what a device's loader asks of it.

    Raises:
        ToolchainError: names everything that is wrong.
    """
    with Path(path).open("rb") as stream:
        problems = _problems(ELFFile(stream), abi)
    if problems:
        raise ToolchainError(
            f"{path} is not fit for Android: {'; '.join(problems)}.",
            remedy="Compiler or linker flags are in sdkgen/scons_tools/flags.py.",
        )


def _problems(elf: ELFFile, abi: Abi) -> list[str]:
    problems = []
    if elf["e_machine"] != abi.elf_machine:
        problems.append(f"it is for {elf['e_machine']}, not {abi.elf_machine}")
    loads = [segment for segment in elf.iter_segments() if segment["p_type"] == "PT_LOAD"]
    if any(segment["p_align"] < PAGE_BYTES for segment in loads):
        problems.append("a segment is not aligned to 16 KB pages")
    if any(segment["p_flags"] & 3 == 3 for segment in loads):
        problems.append("a segment is both writable and executable")
    dynamic = elf.get_section_by_name(".dynamic")
    symbols = elf.get_section_by_name(".dynsym")
    if not isinstance(dynamic, DynamicSection) or not isinstance(symbols, SymbolTableSection):
        return [*problems, "it is not a shared library"]
    needed = [tag.needed for tag in dynamic.iter_tags("DT_NEEDED")]  # type: ignore[attr-defined]
    if strange := sorted(set(needed) - ALLOWED):
        problems.append(f"it needs {', '.join(strange)}")
    if any(dynamic.iter_tags("DT_TEXTREL")):
        problems.append("its code is relocated when loaded")
    visible = sorted(s.name for s in symbols.iter_symbols() if s["st_shndx"] != "SHN_UNDEF" and s.name)
    if visible != sorted(EXPORTED):
        problems.append(f"it exports {', '.join(visible) or 'nothing'} instead of {', '.join(EXPORTED)}")
    return problems
