"""The package stage for iOS: packs the Swift package, the Core ML package alone, the XCFramework and its package."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sdkgen.documents.api import read_swift_manifest
from sdkgen.documents.export import read_export
from sdkgen.errors import PackageError
from sdkgen.files import artifact, atomic_directory, write_bytes, write_json
from sdkgen.layout import Layout
from sdkgen.package.archive import archive_bytes
from sdkgen.package.ios_sizes import measure
from sdkgen.package.xcframework import Archives, Names, check_slices, xcframework_files
from sdkgen.spec.values import SdkSpec
from sdkgen.targets.engine import Engine, selected
from sdkgen.targets.ios import SLICES, IosFiles, ios_target
from sdkgen.types import Artifact, JsonValue

_MANIFEST = "Package.swift"
_BINARY_MANIFEST = "BinaryPackage.swift"
_NOT_SHIPPED = ("proof/", _BINARY_MANIFEST, "manifest.json")


def package_ios(spec: SdkSpec, files: Layout) -> tuple[Artifact, ...]:
    """Write `IosFiles.packages` and sizes.json of the SDK for Apple's systems.

    Reads the generated API with its manifest.json (`module`, `c_module`, `resources`), the C target, the static
    libraries, and what the engines of the spec need: the Core ML package, the .pte.

    Returns:
        The files of `IosFiles.packages`, sorted.

    Raises:
        PackageError: something to be packed is missing or may not be shipped.
    """
    target, ios = ios_target(spec), IosFiles(files)
    manifest = read_swift_manifest(ios.api_manifest)
    names = Names(sdk=spec.name, framework=manifest.module, module=manifest.c_module)
    api = {path: data for path, data in _tree(ios.api).items() if not path.startswith(_NOT_SHIPPED)}
    c_target = _tree(ios.c_target)
    archives = _archives(ios)
    facts = check_slices(archives, names, target)
    headers = {path.name: data for path, data in _files(ios.c_target / "include").items()}
    framework = xcframework_files(archives, names, headers)
    framework_name = f"{names.framework}.xcframework"
    archive = archive_bytes({f"{framework_name}/{path}": data for path, data in framework.items()})
    checksum = hashlib.sha256(archive).hexdigest()
    bundles = {engine: _bundle(engine, files) for engine in selected(target.engines)}
    resources = {path: data for bundle in bundles.values() for path, data in bundle.items()}
    alone = {path: data for engine, bundle in bundles.items() if engine.ships_alone for path, data in bundle.items()}
    place = f"Sources/{names.framework}/Resources/"
    other = {path.removeprefix(place): data for path, data in api.items() if path.startswith(place)}
    swift = api | {place + path: data for path, data in resources.items()}
    _check_resources(manifest.resources, [*resources, *other])
    zip_name = f"{framework_name}.zip"
    binary_manifest = _filled(
        _read(ios.api / _BINARY_MANIFEST), {"@XCFRAMEWORK@": zip_name, "@XCFRAMEWORK_CHECKSUM@": checksum}
    )
    source = swift | {f"Sources/{names.module}/{path}": data for path, data in c_target.items()}
    binary = swift | {_MANIFEST: binary_manifest, zip_name: archive}
    content = {
        **{f"{names.framework}/{path}": data for path, data in source.items()},
        **{f"{names.framework}Binary/{path}": data for path, data in binary.items()},
        **alone,
        zip_name: archive,
    }
    with atomic_directory(ios.packages) as temporary:
        for path, data in sorted(content.items()):
            write_bytes(temporary / path, data)
        artifacts = tuple(artifact(temporary, path) for path in sorted(content))
    xcframework: dict[str, JsonValue] = {
        "path": zip_name,
        "zip_bytes": len(archive),
        "bytes": sum(map(len, framework.values())),
        "checksum": checksum,
    }
    operators = read_export(files.export_report).ops
    sizes = measure(
        name=spec.name,
        slices=facts,
        bundles=[(engine.part, bundle) for engine, bundle in reversed(bundles.items())],
        operators=operators,
        other=other,
        xcframework=xcframework,
    )
    write_json(ios.sizes, sizes)
    return artifacts


def _bundle(engine: Engine, files: Layout) -> dict[str, bytes]:
    """Return the files that an engine adds to the bundle.

    Raises:
        PackageError: there is none.
    """
    found = {path: _read(source) for path, source in engine.resources(files).items()}
    if not found:
        raise PackageError(
            f"the engine {engine.title} has no files", remedy="Build from the beginning: scons target=ios."
        )
    return found


def _check_resources(declared: Sequence[str], packed: Iterable[str]) -> None:
    """Check that the resources equal those of Package.swift; SwiftPM would report it only on the user's machine."""
    top = sorted({path.split("/")[0] for path in packed})
    if sorted(declared) != top:
        raise PackageError(
            f"Package.swift declares {sorted(declared)}, but the resources are {top}",
            remedy="Build again from the beginning: scons -c target=ios, then scons target=ios.",
        )


def _archives(ios: IosFiles) -> Archives:
    return {part.name: {arch: _read(ios.library(part, arch)) for arch in part.architectures} for part in SLICES}


def _filled(manifest: bytes, values: Mapping[str, str]) -> bytes:
    """Replace the manifest's placeholders; each must be there."""
    text = manifest.decode()
    for placeholder, value in values.items():
        if placeholder not in text:
            raise PackageError(
                f"{_BINARY_MANIFEST} has no {placeholder}", remedy="Build again from the beginning: scons target=ios."
            )
        text = text.replace(placeholder, value)
    return text.encode()


def _tree(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder by path, sorted.

    Raises:
        PackageError: there is none.
    """
    found = {path.relative_to(folder).as_posix(): data for path, data in _files(folder).items()}
    if not found:
        raise PackageError(f"{folder.name} is not there", remedy="Build from the beginning: scons target=ios.")
    return found


def _files(folder: Path) -> dict[Path, bytes]:
    return {path: _read(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PackageError(
            f"{path.name} cannot be packed: {error.strerror or error}",
            remedy="Build from the beginning: scons target=ios.",
        ) from error
