"""kotlinc: KOTLIN_HOME or a kotlinc on PATH if new enough, else the pinned compiler jars in the cache; run by Java."""

import os
import shutil
from pathlib import Path
from typing import ClassVar, Self

from sdkgen.toolchain.base import Tool
from sdkgen.toolchain.java import Java
from sdkgen.toolchain.pins import load_pins

OLDEST = (2, 2)  # older compilers warn about the language version that we write
_CLASS_PATH = (
    "kotlin-compiler.jar",
    "kotlin-stdlib.jar",
    "kotlin-script-runtime.jar",
    "kotlin-reflect.jar",
    "kotlin-daemon-client.jar",
    "annotations-13.0.jar",
    "kotlinx-coroutines-core-jvm.jar",
)


class Kotlinc(Tool):
    """The Kotlin compiler and the libraries of the same version.

    Attributes:
        lib: folder of the jars.
    """

    name: ClassVar[str] = "kotlinc"
    remedy: ClassVar[str] = "Run ./sconsw once, or set KOTLIN_HOME to a kotlinc distribution."

    def __init__(self, lib: Path, version: str) -> None:
        self.lib = lib
        self.version = version
        self.stdlib = lib / "kotlin-stdlib.jar"
        self.coroutines = lib / "kotlinx-coroutines-core-jvm.jar"
        self.annotations = lib / "annotations-13.0.jar"
        self.test = lib / "kotlin-test.jar"
        self.test_junit = lib / "kotlin-test-junit.jar"

    @classmethod
    def find(cls) -> Self | None:
        """Look in KOTLIN_HOME, on PATH, then in the cache."""
        return cls.find_on_machine() or cls._in(load_pins().tool("kotlin-compiler").folder)

    @classmethod
    def find_on_machine(cls) -> Self | None:
        """Look in KOTLIN_HOME, then in the distribution of the `kotlinc` on PATH."""
        home, on_path = os.environ.get("KOTLIN_HOME"), shutil.which("kotlinc")
        folders = [Path(home)] if home else []
        folders += [Path(on_path).resolve().parent.parent] if on_path else []
        return next((found for folder in folders if (found := cls._in(folder))), None)

    @classmethod
    def _in(cls, folder: Path) -> Self | None:
        lib, build = folder / "lib", folder / "build.txt"
        if not build.is_file() or not all((lib / jar).is_file() for jar in _CLASS_PATH):
            return None
        version = build.read_text().strip().split("-")[0]
        parts = version.split(".")
        new_enough = len(parts) >= 2 and all(p.isdecimal() for p in parts[:2]) and tuple(map(int, parts[:2])) >= OLDEST
        return cls(lib, version) if new_enough else None

    def command(self, *arguments: str) -> list[str]:
        """Return the command line of the compiler with these arguments.

        Raises:
            ToolchainError: there is no Java.
        """
        java = Java.require()
        class_path = os.pathsep.join(str(self.lib / jar) for jar in _CLASS_PATH)
        main = "org.jetbrains.kotlin.cli.jvm.K2JVMCompiler"
        return [str(java.java), *java.jvm_flags(), "-cp", class_path, main, *arguments]
