"""g++ for arm64 Linux with its libraries: links programs against libraries that need the GNU C++ runtime."""

import shutil
from pathlib import Path
from typing import ClassVar, Self

from sdkgen.toolchain.base import Tool, probe_version

_TRIPLE = "aarch64-linux-gnu"


class Arm64Gcc(Tool):
    """The cross compiler, or the machine's own where that is arm64."""

    name: ClassVar[str] = f"{_TRIPLE}-g++"
    remedy: ClassVar[str] = f"Install it: apt-get install g++-{_TRIPLE}."
    libraries: ClassVar[Path] = Path("/usr") / _TRIPLE / "lib"
    """Debian's folder of the C and C++ runtime of arm64 Linux on another machine."""

    def __init__(self, executable: Path, version: str) -> None:
        self.executable = executable
        self.version = version

    @classmethod
    def find(cls) -> Self | None:
        """Find the compiler on PATH, with the libraries that its programs need."""
        path = shutil.which(f"{_TRIPLE}-g++")
        version = probe_version(Path(path), ["--version"], r"(\d+\.\d+\.\d+)") if path else None
        return cls(Path(path), version) if path and version and cls.libraries.is_dir() else None
