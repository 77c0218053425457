"""Swift: this machine's, else Debian's in the cache, with the same calls for both."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Self

from sdkgen.toolchain import swift_root
from sdkgen.toolchain.base import Tool, probe_version
from sdkgen.toolchain.pins import load_pins

OLDEST = (5, 9)  # the tools version that the generated packages state


class Swift(Tool):
    """The compiler, the package manager and the formatter.

    Attributes:
        root: the folder of unpacked packages it runs from, or None when it is installed.
    """

    name: ClassVar[str] = "Swift"
    remedy: ClassVar[str] = f"On Debian, run ./sconsw target=ios once, which fetches it. {swift_root.REMEDY}"

    def __init__(self, version: str, root: Path | None) -> None:
        self.version = version
        self.root = root

    @classmethod
    def find(cls) -> Self | None:
        """Look on PATH, then in the cache; return None also when SDKGEN_SWIFT=off."""
        if switched_off():
            return None
        path = shutil.which("swift")
        version = probe_version(Path(path), ["--version"], r"Swift version (\d+\.\d+(?:\.\d+)?)") if path else None
        if version and tuple(int(number) for number in re.findall(r"\d+", version)[:2]) >= OLDEST:
            return cls(version, None)
        root = swift_root.swift_root()
        return cls(load_pins().swift.version, root) if root.is_dir() else None

    def run(
        self,
        arguments: Sequence[str],
        *,
        folder: Path,
        writable: Sequence[Path] = (),
        environment: Mapping[str, str] | None = None,
        timeout: float,
    ) -> subprocess.CompletedProcess[str]:
        """Run `swift …`, `swiftc …` or a program that Swift built, in `folder`; output is captured as text.

        Args:
            arguments: the whole command line, such as ["swift", "build"]; absolute paths are those of this machine.
            folder: the working folder. An isolated Swift can access it and `writable`, no other file of this machine.
            writable: further existing folders that the command reads or writes.
            environment: variables to set on top of the usual ones.
            timeout: in seconds.

        Raises:
            subprocess.TimeoutExpired: it took longer.
        """
        if self.root is not None:
            return swift_root.run_isolated(
                arguments, root=self.root, folder=folder, writable=writable, environment=environment, timeout=timeout
            )
        return subprocess.run(
            arguments,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=timeout,
        )


def switched_off() -> bool:
    """Return whether the user has disabled Swift, installed or not."""
    return os.environ.get("SDKGEN_SWIFT", "").lower() == "off"
