"""zig: the C and C++ compiler and linker for every target, from the ziglang wheel."""

import importlib.util
import platform
import sys
from importlib import metadata
from pathlib import Path
from typing import ClassVar, Self

from sdkgen.toolchain.base import Tool
from sdkgen.toolchain.cache import cache_root


class Zig(Tool):
    """The compiler of the ziglang wheel in this Python environment."""

    name: ClassVar[str] = "zig"
    remedy: ClassVar[str] = "Run ./sconsw once: it installs the ziglang wheel into .venv."

    def __init__(self, executable: Path, version: str) -> None:
        self.executable = executable
        self.version = version

    @classmethod
    def find(cls) -> Self | None:
        """Find the executable inside the installed wheel, or None."""
        spec = importlib.util.find_spec("ziglang")
        if spec is None or spec.origin is None:
            return None
        executable = Path(spec.origin).parent / "zig"
        return cls(executable, metadata.version("ziglang")) if executable.is_file() else None

    def cc(self, target: str) -> list[str]:
        """Return the command that compiles or links C for a target triple such as "aarch64-linux-android"."""
        return [str(self.executable), "cc", "-target", target]

    def cxx(self, target: str) -> list[str]:
        """Return the same command for C++."""
        return [str(self.executable), "c++", "-target", target]

    def environment(self) -> dict[str, str]:
        """Return variables that keep zig's own caches inside ours."""
        cache = str(cache_root() / "zig")
        return {"ZIG_GLOBAL_CACHE_DIR": cache, "ZIG_LOCAL_CACHE_DIR": cache}

    @staticmethod
    def host_target() -> str:
        """Return the target triple of the build machine; this Python process loads libraries for it."""
        machine = {"arm64": "aarch64", "AMD64": "x86_64"}.get(platform.machine(), platform.machine())
        return f"{machine}-macos.13.0" if sys.platform == "darwin" else f"{machine}-linux-gnu.2.28"
