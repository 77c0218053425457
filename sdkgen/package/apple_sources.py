"""The C target of a Swift package: the native sources under a prefix of the SDK's own, and a module map.

Symbols, macros and header names of C are global. Two SDKs in one app would clash, so each carries its own names.
"""

import re
from pathlib import Path

from sdkgen import files
from sdkgen.errors import PackageError
from sdkgen.types import Artifact

NATIVE = Path(__file__).resolve().parents[2] / "native"
FOLDERS = ("image", "include", "kernels", "runtime")
"""Of native/; adapters/ and tools/ are for other hosts."""

_SUFFIXES = frozenset({".c", ".h", ".inc"})
_HEADER = "include/sdkgen.h"
_MODULE_MAP = "include/module.modulemap"


def c_target_files(native: Path, name: str, module: str) -> dict[str, bytes]:
    """The files of the C target by path, sorted.

    Args:
        native: the folder native/ of the checkout.
        name: of the SDK, snake_case; `sg_model_open` becomes `<name>_model_open`, `SG_OK` becomes `<NAME>_OK`.
        module: what Swift imports, such as "CPhotoTagger".

    Raises:
        PackageError: `native` does not hold the sources.
    """
    found = {path: renamed(source.read_text(encoding="utf-8"), name) for path, source in _sources(native, name).items()}
    if _renamed_path(_HEADER, name) not in found:
        raise PackageError(f"{native / _HEADER} is not there", remedy="Restore the folder native/ of the checkout.")
    found[_MODULE_MAP] = module_map(module, name)
    return {path: text.encode() for path, text in sorted(found.items())}


def c_target_paths(native: Path, name: str) -> list[str]:
    """The paths of `c_target_files`, sorted; no file is read."""
    return sorted([*_sources(native, name), _MODULE_MAP])


def write_c_target(native: Path, name: str, directory: Path, *, module: str) -> tuple[Artifact, ...]:
    """`c_target_files` into `directory`, which they replace.

    Returns:
        The files, paths relative to `directory`, sorted.
    """
    content = c_target_files(native, name, module)
    with files.atomic_directory(directory) as temporary:
        for path, data in content.items():
            files.write_bytes(temporary / path, data)
        return tuple(files.artifact(temporary, path) for path in content)


def renamed(text: str, name: str) -> str:
    """C source or Swift that calls it, with the prefixes and the header's name of the SDK `name`."""
    text = re.sub(r"\bsg_", f"{name}_", text)
    text = re.sub(r"\bSG_", f"{name.upper()}_", text)
    text = re.sub(r"\bSDKGEN_H\b", f"{name.upper()}_H", text)
    text = re.sub(r"\bsdkgen\.h\b", f"{name}.h", text)
    # SwiftPM ignores headers, and warns of every file whose suffix it does not know.
    return re.sub(r'(#include "[^"\n]+)\.inc"', r'\1.inc.h"', text)


def module_map(module: str, name: str) -> str:
    """Clang's module map (clang.llvm.org/docs/Modules.html) for the one public header."""
    return f'module {module} {{\n    header "{name}.h"\n    export *\n}}\n'


def _sources(native: Path, name: str) -> dict[str, Path]:
    """What is copied, by its path in the C target."""
    return {
        _renamed_path(path.relative_to(native).as_posix(), name): path
        for folder in FOLDERS
        for path in (native / folder).rglob("*")
        if path.suffix in _SUFFIXES
    }


def _renamed_path(path: str, name: str) -> str:
    if path == _HEADER:
        return f"include/{name}.h"
    return f"{path}.h" if path.endswith(".inc") else path
