"""Fetches packages by name through pip and npm, as they are configured on this machine, and checks their hashes."""

import base64
import hashlib
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from sdkgen.errors import ToolchainError
from sdkgen.toolchain.cache import cache_root
from sdkgen.toolchain.node import Npm


def wheel_folder(platform: str = "") -> Path:
    """Return the folder of wheels for this Python and platform, or for another one; a filled cache needs no network."""
    tag = f"{sys.implementation.cache_tag}-{sys.platform}-{os.uname().machine}"
    return cache_root() / "wheels" / (platform or tag)


def normalised(name: str) -> str:
    """Normalise a package name by PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def cached_wheel(name: str, version: str, platform: str = "") -> Path | None:
    """Return the wheel of exactly this version (any local version such as +cpu), if it was fetched before."""
    for path in sorted(wheel_folder(platform).glob("*.whl")):
        wheel_name, wheel_version = path.name.split("-")[:2]
        if normalised(wheel_name) == normalised(name) and wheel_version.split("+")[0] == version:
            return path
    return None


def run_pip(python: Path, arguments: Sequence[str], on_line: Callable[[str], None] = lambda _: None) -> None:
    """Run pip; every line it prints goes to `on_line` and to a log in the cache.

    Raises:
        ToolchainError: pip failed; the message has the end of its output.
    """
    command = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    _run("pip", command, on_line, remedy="Is there a network, and is pip set up for it (pip config list)?")


def download_wheel(python: Path, name: str, version: str, hashes: Sequence[str] = (), platform: str = "") -> Path:
    """Return a package's wheel from the cache, downloading it first if needed; `hashes` are checked each time.

    Args:
        platform: a platform tag such as "manylinux_2_28_aarch64", for the package of another machine and CPython 3.11.

    Raises:
        ToolchainError: the download failed, or no hash fits.
    """
    wheel = cached_wheel(name, version, platform)
    if wheel is None:
        # Into a temporary folder first: an interrupted download must not look like a finished one.
        home = wheel_folder(platform)
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home) as temporary:
            options = ["--no-deps", "--only-binary=:all:", "--progress-bar=off", "-d", temporary]
            if platform:
                options += ["--platform", platform, "--implementation", "cp", "--python-version", "3.11"]
            run_pip(python, ["download", *options, f"{name}=={version}"])
            (fresh,) = Path(temporary).glob("*.whl")
            wheel = fresh.replace(home / fresh.name)
    if hashes and f"sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}" not in hashes:
        wheel.unlink()
        raise ToolchainError(
            f"{wheel.name} does not have the pinned sha256; it was removed.",
            remedy="Run again. If it stays so, the package index serves a changed file.",
        )
    return wheel


def unpack_wheel(wheel: Path, folder: Path) -> None:
    """Unpack a wheel with the execution bits of its zip records."""
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            path = Path(archive.extract(entry, folder))
            if entry.external_attr >> 16 & 0o111:
                path.chmod(0o755)


def read_member(wheel: Path, member: str) -> bytes:
    """Read one file of a wheel.

    Raises:
        ToolchainError: the wheel has no such file.
    """
    with zipfile.ZipFile(wheel) as archive:
        try:
            return archive.read(member)
        except KeyError:
            raise ToolchainError(f"{wheel.name} holds no {member}.") from None


def unpack_npm(npm: Npm, package: str, version: str, integrity: str, folder: Path) -> None:
    """Download an npm package, check its integrity ("sha512-BASE64"), unpack it without its `package/` prefix.

    Raises:
        ToolchainError: the download failed, or the archive is not the pinned one.
    """
    with tempfile.TemporaryDirectory() as temporary:
        options = ["--no-update-notifier", "--loglevel=error", f"--pack-destination={temporary}"]
        remedy = "Is there a network, and is npm set up for it (npm config list)?"
        _run("npm", npm.command("pack", *options, f"{package}@{version}"), lambda _: None, remedy=remedy)
        (archive,) = Path(temporary).glob("*.tgz")
        found = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if found != integrity:
            raise ToolchainError(
                f"npm package {package}@{version} does not have the pinned integrity.",
                remedy=f"Found {found}. The registry serves a changed file; do not use it.",
            )
        with tarfile.open(archive) as tar:
            for entry in tar.getmembers():
                entry.name = entry.name.split("/", 1)[-1]
                tar.extract(entry, folder, filter="data")


def _run(name: str, command: Sequence[str], on_line: Callable[[str], None], *, remedy: str) -> None:
    log = cache_root() / "logs" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    output: list[str] = []
    with (
        log.open("a") as file,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            file.write(line)
            output.append(line.rstrip())
            on_line(line)
    if process.returncode != 0:
        errors = [line for line in output if re.match(r"(ERROR|npm error|npm ERR!)", line)] or output
        raise ToolchainError(
            f"{name} failed: " + "\n  ".join(errors[-6:]), remedy=f"{remedy} Everything it said is in {log}."
        )
