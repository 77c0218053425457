"""ktlint: the style checker for Kotlin, from the pinned package in the cache; run by Java."""

from pathlib import Path
from typing import ClassVar, Self

from sdkgen.toolchain.base import Tool
from sdkgen.toolchain.java import Java
from sdkgen.toolchain.pins import load_pins


class Ktlint(Tool):
    """The executable jar of ktlint."""

    name: ClassVar[str] = "ktlint"
    remedy: ClassVar[str] = "Run ./sconsw test once; it fetches what only the tests need."

    def __init__(self, jar: Path, version: str) -> None:
        self.jar = jar
        self.version = version

    @classmethod
    def find(cls) -> Self | None:
        """Find the jar in the cache; the version is the package's."""
        pin = load_pins().tool("ktlint")
        jar = pin.folder / "resources" / "ktlint"
        return cls(jar, pin.version) if jar.is_file() else None

    def command(self, *arguments: str) -> list[str]:
        """Return the command line of ktlint with these arguments.

        Raises:
            ToolchainError: there is no Java.
        """
        java = Java.require()
        return [str(java.java), *java.jvm_flags(), "-jar", str(self.jar), *arguments]
