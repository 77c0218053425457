"""Finds the files that an sdk.toml names: paths and patterns relative to its folder, and assets in the cache."""

import glob
import os
from collections.abc import Iterator
from pathlib import Path

from sdkgen.errors import ToolchainError
from sdkgen.spec.source import shown
from sdkgen.toolchain.assets import asset_path
from sdkgen.toolchain.cache import cache_root

ASSET = "asset:"


class FileMistakeError(Exception):
    """A named file does not exist. The text, which includes the remedy, becomes one mistake of the spec."""


def one_file(folder: Path, name: str) -> Path:
    """Resolve `name` (asset:NAME, or a path relative to `folder`) to the absolute path of a file.

    Raises:
        FileMistakeError: there is none.
    """
    path = _asset(name.removeprefix(ASSET)) if name.startswith(ASSET) else folder / name
    if path.is_dir():
        raise FileMistakeError(f"{shown(path)} is a folder; a file is needed")
    if not path.is_file():
        raise FileMistakeError(f"there is no file {shown(path)}")
    return Path(os.path.normpath(path))


def matching_files(folder: Path, pattern: str) -> set[Path]:
    """Return the absolute paths of the files that match a pattern (with *, ?, [] and ** as in Python's glob).

    Raises:
        FileMistakeError: no file matches.
    """
    matches = list(_matches(folder, pattern))
    files = {Path(os.path.normpath(match)) for match in matches if match.is_file()}
    if not files:
        is_folder = any(match.is_dir() for match in matches)
        hint = f'; it is a folder: write "{pattern.rstrip("/")}/*" for the files in it' if is_folder else ""
        raise FileMistakeError(f'"{pattern}" matches no file{hint}')
    return files


def portable(path: Path, folder: Path) -> str:
    """Return a name for `path` that is the same on every machine: asset:NAME, or relative to the spec's folder."""
    assets = cache_root() / "assets"
    if path.is_relative_to(assets):
        return ASSET + path.relative_to(assets).as_posix()
    return Path(os.path.relpath(path, folder)).as_posix()


def _matches(folder: Path, pattern: str) -> Iterator[Path]:
    if pattern.startswith(ASSET):
        # Only the part before the first wildcard is the name of an asset.
        fixed, pattern = _split_pattern(pattern.removeprefix(ASSET))
        folder = _asset(fixed)
        if not pattern:
            yield folder
            return
    # Path.glob refuses absolute patterns.
    for match in glob.iglob(pattern, root_dir=folder, recursive=True):  # noqa: PTH207
        yield folder / match


def _asset(name: str) -> Path:
    try:
        return asset_path(name)
    except ToolchainError as error:
        raise FileMistakeError(" ".join(str(error).split())) from error


def _split_pattern(pattern: str) -> tuple[str, str]:
    """Return ("photographs", "*.png") for photographs/*.png; ("photographs", "") without a wildcard."""
    parts = pattern.split("/")
    wild = next((index for index, part in enumerate(parts) if glob.has_magic(part)), len(parts))
    return "/".join(parts[:wild]), "/".join(parts[wild:])
