"""Folders as targets: one manifest file with the hashes of the tree represents the folder in the DAG."""

import json
from collections.abc import Mapping
from pathlib import Path

from sdkgen.errors import PackageError
from sdkgen.files import sha256_file, write_json


def manifest_of(folder: Path) -> Path:
    """Return the path of a folder's manifest: next to the folder, so that the folder holds results only."""
    return folder.with_name(folder.name + ".tree.json")


def write_manifest(folder: Path, manifest: Path) -> None:
    """Write the path and SHA-256 of every file below `folder`, sorted.

    Raises:
        PackageError: there is no file.
    """
    tree = {path.relative_to(folder).as_posix(): sha256_file(path) for path in _files(folder)}
    if not tree:
        raise PackageError(f"{folder} is empty after the step that fills it.")
    write_json(manifest, tree)


def forget_if_damaged(folder: Path, manifest: Path) -> None:
    """Remove the manifest when a file of the tree is missing, new or changed, so that the step runs again.

    SCons looks at the manifest alone. It is written after the files: only younger ones can have been changed since,
    and only those are read.
    """
    if not manifest.is_file():
        return
    written: Mapping[str, str] = json.loads(manifest.read_text())
    present = {path.relative_to(folder).as_posix(): path for path in _files(folder)}
    finished = manifest.stat().st_mtime_ns
    younger = [(name, path) for name, path in present.items() if path.stat().st_mtime_ns > finished]
    if set(written) != set(present) or any(written[name] != sha256_file(path) for name, path in younger):
        manifest.unlink()


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
