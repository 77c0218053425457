"""Locates the C sources that SDKs carry: in the checkout, and in a Swift package's C target."""

from collections.abc import Sequence
from pathlib import Path

NATIVE = Path(__file__).resolve().parents[1] / "native"
SHIPPED = ("image", "include", "kernels", "runtime")
"""Folders of native/ that SDKs carry; adapters/ and tools/ are for other hosts."""

HEADER = "include/sdkgen.h"
MODULE_MAP = "include/module.modulemap"
_SUFFIXES = frozenset({".c", ".h", ".inc"})


def shipped_sources(native: Path = NATIVE) -> Sequence[Path]:
    """Return the C files, headers and tables that SDKs carry, sorted."""
    found = (path for folder in SHIPPED for path in (native / folder).rglob("*") if path.suffix in _SUFFIXES)
    return sorted(found)


def c_target_sources(native: Path, name: str) -> dict[str, Path]:
    """Map each path in the C target of the SDK `name` to the file that is copied to it."""
    return {c_target_path(path.relative_to(native).as_posix(), name): path for path in shipped_sources(native)}


def c_target_paths(native: Path, name: str) -> list[str]:
    """Return the paths of all files of the C target, sorted; no file is read."""
    return sorted([*c_target_sources(native, name), MODULE_MAP])


def c_target_path(path: str, name: str) -> str:
    """Return the path in the C target of `path` below native/; the public header is named after the SDK."""
    if path == HEADER:
        return f"include/{name}.h"
    return f"{path}.h" if path.endswith(".inc") else path  # SwiftPM warns of every unknown suffix
