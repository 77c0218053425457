"""qemu-aarch64: executes arm64 Linux programs on another CPU."""

import shutil
from pathlib import Path
from typing import ClassVar, Self

from sdkgen.toolchain.base import Tool, probe_version


class Qemu(Tool):
    """User-mode emulation of arm64."""

    name: ClassVar[str] = "qemu-aarch64"
    remedy: ClassVar[str] = "Install it: apt-get install qemu-user."

    def __init__(self, executable: Path, version: str) -> None:
        self.executable = executable
        self.version = version

    @classmethod
    def find(cls) -> Self | None:
        """Find qemu-aarch64 or qemu-aarch64-static on PATH."""
        for name in ("qemu-aarch64", "qemu-aarch64-static"):
            path = shutil.which(name)
            version = probe_version(Path(path), ["--version"], r"version (\d+\.\d+\.\d+)") if path else None
            if path and version:
                return cls(Path(path), version)
        return None

    def command(self, cpu: str, *arguments: str) -> list[str]:
        """Return the command line that runs a static arm64 program on an emulated CPU such as "cortex-a53"."""
        return [str(self.executable), "-cpu", cpu, *arguments]
