"""The C target of a Swift package: the native sources under a prefix of the SDK's own, and a module map.

Symbols, macros and header names of C are global. Two SDKs in one app would clash, so each carries its own names.
"""

import re
from pathlib import Path

from sdkgen import files
from sdkgen.errors import PackageError
from sdkgen.native_tree import HEADER, MODULE_MAP, c_target_path, c_target_sources
from sdkgen.types import Artifact


def c_target_files(native: Path, name: str, module: str) -> dict[str, bytes]:
    """Return the files of the C target by path, sorted.

    Args:
        native: the folder native/ of the checkout.
        name: of the SDK, snake_case; `sg_model_open` becomes `<name>_model_open`, `SG_OK` becomes `<NAME>_OK`.
        module: what Swift imports, such as "CPhotoTagger".

    Raises:
        PackageError: `native` does not hold the sources.
    """
    sources = c_target_sources(native, name)
    found = {path: renamed(source.read_text(encoding="utf-8"), name) for path, source in sources.items()}
    if c_target_path(HEADER, name) not in found:
        raise PackageError(f"{native / HEADER} is not there", remedy="Restore the folder native/ of the checkout.")
    found[MODULE_MAP] = module_map(module, name)
    return {path: text.encode() for path, text in sorted(found.items())}


def write_c_target(native: Path, name: str, directory: Path, *, module: str) -> tuple[Artifact, ...]:
    """Write `c_target_files` into `directory`, which they replace.

    Returns:
        The files, paths relative to `directory`, sorted.
    """
    content = c_target_files(native, name, module)
    with files.atomic_directory(directory) as temporary:
        for path, data in content.items():
            files.write_bytes(temporary / path, data)
        return tuple(files.artifact(temporary, path) for path in content)


def renamed(text: str, name: str) -> str:
    """Rename prefixes and header in C source, or in Swift that calls it, to those of the SDK `name`."""
    text = re.sub(r"\bsg_", f"{name}_", text)
    text = re.sub(r"\bSG_", f"{name.upper()}_", text)
    text = re.sub(r"\bSDKGEN_H\b", f"{name.upper()}_H", text)
    text = re.sub(r"\bsdkgen\.h\b", f"{name}.h", text)
    # `c_target_path` has renamed these files.
    return re.sub(r'(#include "[^"\n]+)\.inc"', r'\1.inc.h"', text)


def module_map(module: str, name: str) -> str:
    """Clang's module map (clang.llvm.org/docs/Modules.html) for the one public header."""
    return f'module {module} {{\n    header "{name}.h"\n    export *\n}}\n'
