"""Zip archives whose bytes depend on nothing but their content."""

import io
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from sdkgen import files

_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can hold
_REGULAR_FILE = 0o100644 << 16
_UNIX = 3
COMPRESSION_LEVEL = 6  # zlib's default, which the stores' estimates use


def archive_bytes(entries: Mapping[str, bytes], stored: frozenset[str] = frozenset()) -> bytes:
    """Zip the entries, sorted by path, with fixed dates and modes.

    Args:
        stored: paths that are not compressed.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(entries):
            info = zipfile.ZipInfo(path, _DATE)
            info.create_system = _UNIX
            info.external_attr = _REGULAR_FILE
            info.compress_type = zipfile.ZIP_STORED if path in stored else zipfile.ZIP_DEFLATED
            archive.writestr(info, entries[path], compresslevel=COMPRESSION_LEVEL)
    return buffer.getvalue()


def write_archive(path: Path, entries: Mapping[str, bytes], stored: frozenset[str] = frozenset()) -> None:
    """Write `archive_bytes` into a file."""
    files.write_bytes(path, archive_bytes(entries, stored))


def deflated_bytes(data: bytes) -> int:
    """Return the size of the data as a compressed zip entry."""
    compressor = zlib.compressobj(COMPRESSION_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return len(compressor.compress(data)) + len(compressor.flush())


def gzip_bytes(data: bytes) -> int:
    """Return the size of the data after gzip."""
    compressor = zlib.compressobj(COMPRESSION_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return len(compressor.compress(data)) + len(compressor.flush())
