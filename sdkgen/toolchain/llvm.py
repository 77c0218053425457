"""LLVM's llvm-mca and llvm-objdump: modelled cycles of a loop, and the disassembly to take it from."""

import shutil
import subprocess
from pathlib import Path
from typing import ClassVar, Self

from sdkgen.errors import ToolchainError
from sdkgen.toolchain.base import Tool, probe_version

MAJOR = 19
"""Models of the same core differ between releases; figures are comparable within one."""


class Llvm(Tool):
    """The two tools of one LLVM release, under the names that Debian gives them."""

    name: ClassVar[str] = f"LLVM {MAJOR}"
    remedy: ClassVar[str] = f"Install it: apt-get install llvm-{MAJOR}."

    def __init__(self, mca: Path, objdump: Path, version: str) -> None:
        self._mca = mca
        self._objdump = objdump
        self.version = version

    @classmethod
    def find(cls) -> Self | None:
        """Find llvm-mca-19 and llvm-objdump-19 on PATH."""
        paths = [shutil.which(f"llvm-{tool}-{MAJOR}") for tool in ("mca", "objdump")]
        if paths[0] is None or paths[1] is None:
            return None
        version = probe_version(Path(paths[0]), ["--version"], r"LLVM version (\d+\.\d+\.\d+)")
        return cls(Path(paths[0]), Path(paths[1]), version) if version else None

    def mca(self, assembly: str, *, core: str, iterations: int) -> str:
        """Run llvm-mca on A64 code as the body of a loop on a core such as "cortex-a55"; return its output.

        Raises:
            ToolchainError: it refuses the code.
        """
        options = ["-mtriple=aarch64", f"-mcpu={core}", "-mattr=+dotprod,+i8mm", f"-iterations={iterations}"]
        return _run([str(self._mca), *options], assembly)

    def disassemble(self, binary: Path, *arguments: str) -> str:
        """Return llvm-objdump's listing, without the bytes of the instructions.

        Raises:
            ToolchainError: it cannot read the file.
        """
        return _run([str(self._objdump), "-d", "--no-show-raw-insn", *arguments, str(binary)], "")


def _run(command: list[str], text: str) -> str:
    answer = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise ToolchainError(f"{Path(command[0]).name} failed: {answer.stderr.strip()[:500]}")
    return answer.stdout
