"""What every external tool can say about itself: is it there, which version, what to do if not."""

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
        name: how the tool is called in messages.
        remedy: a full sentence that says how to get it.
        version: as the tool itself prints it.
    """

    name: ClassVar[str]
    remedy: ClassVar[str] = "Run ./sconsw once; it fetches what is missing."
    version: str

    @classmethod
    @abstractmethod
    def find(cls) -> Self | None:
        """The tool, or None when it is not there or too old."""

    @classmethod
    def require(cls) -> Self:
        """The tool.

        Raises:
            ToolchainError: it is not there; says how to get it.
        """
        found = cls.find()
        if found is None:
            raise ToolchainError(f"{cls.name} is needed and was not found.", remedy=cls.remedy)
        return found


def probe_version(executable: Path, arguments: Sequence[str], pattern: str) -> str | None:
    """First group of `pattern` in what the executable prints, or None when it fails or prints something else.

    The answer is remembered in the cache by path, size and time of change, because starting a JVM costs 0.1 s.
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
        pass  # never asked before, or written by an older sdkgen: ask again
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
