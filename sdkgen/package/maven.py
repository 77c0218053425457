"""A Maven repository in a folder (maven.apache.org/repository/layout.html): AAR, POM, sources, checksums."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from xml.sax.saxutils import escape

from sdkgen.spec.values import SdkSpec
from sdkgen.targets.android import android_target

_LAST_UPDATED = "19800101000000"  # the repository is the same whenever it is built
_CHECKSUMS = ("md5", "sha1", "sha256", "sha512")  # for Maven clients; nothing here relies on md5 or sha1


@dataclass(frozen=True, kw_only=True)
class Dependency:
    """A library that the SDK needs; scope "compile" when its types are part of the API, else "runtime"."""

    group: str
    artifact: str
    version: str
    scope: str


def group_id(spec: SdkSpec) -> str:
    """The Android package."""
    return android_target(spec).package


def artifact_id(spec: SdkSpec) -> str:
    """Spell `photo_tagger` as `photo-tagger`, Maven's convention for artifacts."""
    return spec.name.replace("_", "-")


def coordinates(spec: SdkSpec) -> str:
    """Return the coordinates for an app: `implementation("com.example.phototagger:photo-tagger:1.0.0")`."""
    return f"{group_id(spec)}:{artifact_id(spec)}:{spec.version}"


def repository(spec: SdkSpec, aar: bytes, sources: bytes, dependencies: tuple[Dependency, ...]) -> dict[str, bytes]:
    """Return all files of the repository by path, checksums included."""
    artifact, version = artifact_id(spec), spec.version
    root = PurePosixPath(*group_id(spec).split("."), artifact)
    stem = root / version / f"{artifact}-{version}"
    entries = {
        f"{stem}.aar": aar,
        f"{stem}.pom": pom(spec, dependencies).encode(),
        f"{stem}-sources.jar": sources,
        f"{root}/maven-metadata.xml": _metadata(spec).encode(),
    }
    return dict(sorted((entries | _checksums(entries)).items()))


def _checksums(entries: Mapping[str, bytes]) -> dict[str, bytes]:
    return {
        f"{path}.{name}": hashlib.new(name, data, usedforsecurity=False).hexdigest().encode()
        for path, data in entries.items()
        for name in _CHECKSUMS
    }


def pom(spec: SdkSpec, dependencies: tuple[Dependency, ...]) -> str:
    """Return the project object model: coordinates, licence, dependencies."""
    blocks = "".join(
        "    <dependency>\n"
        f"      <groupId>{escape(d.group)}</groupId>\n"
        f"      <artifactId>{escape(d.artifact)}</artifactId>\n"
        f"      <version>{escape(d.version)}</version>\n"
        f"      <scope>{escape(d.scope)}</scope>\n"
        "    </dependency>\n"
        for d in dependencies
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<project xmlns="http://maven.apache.org/POM/4.0.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"\n'
        '  xsi:schemaLocation="http://maven.apache.org/POM/4.0.0 https://maven.apache.org/xsd/maven-4.0.0.xsd">\n'
        "  <modelVersion>4.0.0</modelVersion>\n"
        f"  <groupId>{escape(group_id(spec))}</groupId>\n"
        f"  <artifactId>{escape(artifact_id(spec))}</artifactId>\n"
        f"  <version>{escape(spec.version)}</version>\n"
        "  <packaging>aar</packaging>\n"
        f"  <name>{escape(spec.name)}</name>\n"
        f"  <description>{escape(spec.description)}</description>\n"
        f"{_optional('organization', spec.vendor)}{_licence(spec.license)}"
        f"  <dependencies>\n{blocks}  </dependencies>\n"
        "</project>\n"
    )


def _optional(tag: str, name: str) -> str:
    return f"  <{tag}>\n    <name>{escape(name)}</name>\n  </{tag}>\n" if name else ""


def _licence(name: str) -> str:
    if not name:
        return ""
    return f"  <licenses>\n    <license>\n      <name>{escape(name)}</name>\n    </license>\n  </licenses>\n"


def _metadata(spec: SdkSpec) -> str:
    version = escape(spec.version)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        "<metadata>\n"
        f"  <groupId>{escape(group_id(spec))}</groupId>\n"
        f"  <artifactId>{escape(artifact_id(spec))}</artifactId>\n"
        "  <versioning>\n"
        f"    <latest>{version}</latest>\n"
        f"    <release>{version}</release>\n"
        "    <versions>\n"
        f"      <version>{version}</version>\n"
        "    </versions>\n"
        f"    <lastUpdated>{_LAST_UPDATED}</lastUpdated>\n"
        "  </versioning>\n"
        "</metadata>\n"
    )
