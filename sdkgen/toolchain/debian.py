"""Extracts files from Debian packages without installing them: apt fetches, this file reads the archive."""

import io
import shutil
import subprocess
import tarfile
import tempfile
from functools import cache
from pathlib import Path

from sdkgen.errors import ToolchainError

_AR_MAGIC = b"!<arch>\n"
_AR_HEADER = 60


@cache
def _package(name: str, version: str) -> bytes:
    """Return the bytes of a .deb; each package is fetched once per run."""
    if shutil.which("apt-get") is None:
        raise ToolchainError(
            f"{name} comes as a Debian package, and this machine has no apt-get",
            remedy="Fetch its files in another way and put them into the assets folder of the cache; pins.toml has "
            "their names and hashes.",
        )
    with tempfile.TemporaryDirectory() as folder:
        for attempt in ("with the list of packages as it is", "after refreshing it"):
            command = ["apt-get", "download", "-qq", f"{name}={version}"]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            if done.returncode == 0:
                (deb,) = Path(folder).glob("*.deb")
                return deb.read_bytes()
            if attempt == "with the list of packages as it is":
                subprocess.run(["apt-get", "update", "-qq"], capture_output=True, check=False)
        raise ToolchainError(
            f"apt-get cannot download {name} {version}: {done.stderr.strip()}",
            remedy="Is there a network, and do the sources of apt have that version? `apt-get update` may help.",
        )


def debian_member(name: str, version: str, member: str) -> bytes:
    """Read one file of a Debian package.

    Args:
        member: path without a leading slash.

    Raises:
        ToolchainError: the package cannot be fetched, is damaged, or has no such file.
    """
    for entry, content in _ar_entries(_package(name, version)):
        if entry.startswith("data.tar"):
            with tarfile.open(fileobj=io.BytesIO(content)) as archive:
                for info in archive:
                    if info.name.removeprefix("./") == member and (file := archive.extractfile(info)):
                        return file.read()
    raise ToolchainError(f"{name} {version} holds no {member}.")


def _ar_entries(data: bytes) -> list[tuple[str, bytes]]:
    """Return names and contents of a Unix archive, deb(5): a magic, headers of 60 bytes, entries on even offsets."""
    if not data.startswith(_AR_MAGIC):
        raise ToolchainError("a Debian package is damaged: it does not begin as an archive.")
    entries, at = [], len(_AR_MAGIC)
    while at + _AR_HEADER <= len(data):
        header = data[at : at + _AR_HEADER]
        size = int(header[48:58])
        at += _AR_HEADER
        entries.append((header[:16].decode("ascii").strip().rstrip("/"), data[at : at + size]))
        at += size + size % 2
    return entries
