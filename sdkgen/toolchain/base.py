"""The interface of every external tool: detection, version, and the remedy when it is missing."""

import json
import re
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Self

from sdkgen.errors import ToolchainError
from sdkgen.files import write_bytes
from sdkgen.toolchain.cache import cache_root


class Tool(ABC):
    """An external tool that was found; `find` makes one.

    Attributes:
        name: of the tool, in messages.
        remedy: how to get it, a full sentence.
        version: as the tool itself prints it.
    """

    name: ClassVar[str]
    remedy: ClassVar[str] = "Run ./sconsw once; it fetches what is missing."
    version: str

    @classmethod
    @abstractmethod
    def find(cls) -> Self | None:
        """Return the tool, or None when it is missing or too old."""

    @classmethod
    def require(cls) -> Self:
        """Return the tool.

        Raises:
            ToolchainError: it is missing; the remedy is how to get it.
        """
        found = cls.find()
        if found is None:
            raise ToolchainError(f"{cls.name} is needed and was not found.", remedy=cls.remedy)
        return found


def probe_version(executable: Path, arguments: Sequence[str], pattern: str) -> str | None:
    """Return the first group of `pattern` in the executable's output; None when it fails or does not match.

    The result is cached by path, size and modification time, because starting a JVM costs 0.1 s.
    """
    status = executable.stat()
    key = [str(executable), status.st_size, status.st_mtime_ns, list(arguments), pattern]
    memory = cache_root() / "probes" / (re.sub(r"\W+", "_", str(executable)).strip("_") + ".json")
    try:
        remembered = json.loads(memory.read_text())
        if remembered["key"] == key:
            version = remembered["version"]
            return version if isinstance(version, str) else None
    except (OSError, ValueError, KeyError, TypeError):
        pass  # not cached yet, or written by an older sdkgen: probe again
    try:
        answer = subprocess.run(
            [executable, *arguments], capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(pattern, answer.stdout + answer.stderr) if answer.returncode == 0 else None
    version = match.group(1) if match else None
    write_bytes(memory, json.dumps({"key": key, "version": version}).encode())
    return version
