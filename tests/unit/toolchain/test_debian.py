"""Files out of a Debian package that apt-get fetched; a stand-in for apt-get serves a package made here."""

import io
import os
import tarfile
from pathlib import Path

import pytest

from sdkgen.errors import ToolchainError
from sdkgen.toolchain import debian


def _tar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:xz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def _ar(entries: dict[str, bytes]) -> bytes:
    data = b"!<arch>\n"
    for name, content in entries.items():
        header = f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n"
        data += header.encode() + content + b"\n" * (len(content) % 2)
    return data


PACKAGE = _ar(
    {
        "debian-binary/": b"2.0\nx",  # an odd number of bytes: the next entry begins after a filler
        "control.tar.xz/": _tar({"./control": b"Package: pictures"}),
        "data.tar.xz/": _tar({"./usr/share/pictures/a.gz": b"the pictures", "./usr/share/doc/b": b"text"}),
    }
)


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an apt-get that copies `package` from it, after `update` if there is a file `stale`, and notes."""
    (tmp_path / "package").write_bytes(PACKAGE)
    program = tmp_path / "apt-get"
    program.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\n'
        f'[ "$1" = update ] && {{ rm -f {tmp_path}/stale; exit 0; }}\n'
        f"[ -e {tmp_path}/stale ] && {{ echo 'E: 404 Not Found' >&2; exit 100; }}\n"
        f"cp {tmp_path}/package pictures_1.0_all.deb\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    debian._package.cache_clear()
    return tmp_path


def test_a_member_is_taken_out_and_the_package_fetched_once(apt: Path) -> None:
    assert debian.debian_member("pictures", "1.0", "usr/share/pictures/a.gz") == b"the pictures"
    assert debian.debian_member("pictures", "1.0", "usr/share/doc/b") == b"text"
    assert (apt / "calls").read_text() == "download -qq pictures=1.0\n"


def test_a_stale_list_of_packages_is_refreshed(apt: Path) -> None:
    (apt / "stale").touch()
    assert debian.debian_member("pictures", "1.0", "usr/share/doc/b") == b"text"
    assert (apt / "calls").read_text().splitlines()[1] == "update -qq"


def test_what_is_missing_or_damaged_says_so(apt: Path) -> None:
    with pytest.raises(ToolchainError, match=r"pictures 1\.0 holds no usr/none"):
        debian.debian_member("pictures", "1.0", "usr/none")
    (apt / "package").write_bytes(b"<html>")
    with pytest.raises(ToolchainError, match="is damaged"):
        debian.debian_member("pictures", "1.1", "usr/none")


def test_without_apt(apt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(apt / "nowhere"))
    with pytest.raises(ToolchainError, match=r"this machine has no apt-get\n  Fetch its files in another way"):
        debian.debian_member("pictures", "1.0", "a")
