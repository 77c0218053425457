"""manifest.json of a generated API: the names that packages and proofs read."""

from dataclasses import dataclass
from pathlib import Path

from sdkgen.documents.json_file import read_document, write_document
from sdkgen.types import Artifact


@dataclass(frozen=True, kw_only=True)
class KotlinManifest:
    """Manifest of the Kotlin API.

    Attributes:
        name: dotted name of the SDK's class.
        jni_class: the class with native methods, with slashes.
        library: name of the native library.
        asset: path of the model among an app's assets.
        fingerprint: of the spec, "0x…".
        files: the generated files, paths relative to the manifest's folder.
        schema: version of this document.
    """

    name: str
    jni_class: str
    library: str
    asset: str
    fingerprint: str
    files: tuple[Artifact, ...]
    schema: int = 1


@dataclass(frozen=True, kw_only=True)
class SwiftManifest:
    """Manifest of the Swift package.

    Attributes:
        module: name of the package, of its module and of its class.
        c_module: the module that holds the C sources.
        resources: names of files and folders in the bundle.
        fingerprint, files, schema: as in KotlinManifest.
    """

    module: str
    c_module: str
    resources: tuple[str, ...]
    fingerprint: str
    files: tuple[Artifact, ...]
    schema: int = 1


def write_manifest(path: Path, manifest: KotlinManifest | SwiftManifest) -> None:
    """Write manifest.json; equal values give equal bytes."""
    write_document(path, manifest)


def read_kotlin_manifest(path: Path) -> KotlinManifest:
    """Read the manifest of the Kotlin API.

    Raises:
        PackageError: the file is missing or is not of this version.
    """
    return read_document(path, KotlinManifest)


def read_swift_manifest(path: Path) -> SwiftManifest:
    """Read the manifest of the Swift package.

    Raises:
        PackageError: the file is missing or is not of this version.
    """
    return read_document(path, SwiftManifest)
