"""Writes files atomically, so that no reader gets a partial one, and hashes them."""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sdkgen.errors import PackageError
from sdkgen.types import Artifact, JsonValue


def sha256_file(path: Path) -> str:
    """Return the lower-case hexadecimal SHA-256 of the file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path` atomically: a reader gets the old file or the whole new one.

    Raises:
        PackageError: the folder cannot be written or the disk is full; nothing is left behind.
    """
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
        temporary = None
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()


def cannot_write(path: Path, error: OSError) -> PackageError:
    """Make the error for a file that could not be written, with its remedy."""
    return PackageError(
        f"cannot write {path}: {error.strerror or error}",
        remedy="Free some space or make the folder writable, then build again; nothing half-written was left.",
    )


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text by `write_bytes`."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: JsonValue) -> None:
    """Write JSON with sorted keys, one value per line, no NaN, by `write_text`."""
    write_text(path, json.dumps(value, indent=1, sort_keys=True, allow_nan=False, ensure_ascii=False) + "\n")


def read_json(path: Path) -> JsonValue:
    """Read a JSON file that sdkgen itself wrote."""
    return json.loads(path.read_text(encoding="utf-8"))


def artifact(root: Path, relative: str) -> Artifact:
    """Describe the finished file `root / relative`."""
    path = root / relative
    return Artifact(path=relative, sha256=sha256_file(path), bytes=path.stat().st_size)


@contextlib.contextmanager
def atomic_directory(path: Path) -> Iterator[Path]:
    """Yield a temporary folder next to `path`, which it replaces when the block ends without an error.

    Raises:
        PackageError: the folder cannot be written or the disk is full; the old one stays.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    except OSError as error:
        raise cannot_write(path, error) from error
    try:
        yield temporary
        temporary.chmod(0o755)
        shutil.rmtree(path, ignore_errors=True)
        temporary.replace(path)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
