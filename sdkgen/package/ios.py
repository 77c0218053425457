"""The package stage for iOS: the Swift package, the Core ML package alone, the XCFramework and a package around it."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sdkgen import files
from sdkgen.errors import PackageError
from sdkgen.package.archive import archive_bytes
from sdkgen.package.ios_sizes import measure
from sdkgen.package.xcframework import Archives, Names, check_slices, xcframework_files
from sdkgen.spec.values import SdkSpec
from sdkgen.targets.ios import SLICES
from sdkgen.types import Artifact, JsonValue

_MANIFEST = "Package.swift"
_BINARY_MANIFEST = "BinaryPackage.swift"
_NOT_SHIPPED = ("proof/", _BINARY_MANIFEST, "manifest.json")


def package_ios(spec: SdkSpec, build: Path) -> tuple[Artifact, ...]:
    """Write `ios/dist/**` and `ios/sizes.json` below `build`, the folder of one SDK's build.

    Reads `ios/api` with its manifest.json (`module`, `c_module`, `resources`), `ios/c_target`,
    `ios/slices/<slice>/<architecture>`, and what the engines of the spec need: `ios/coreml`, `export/<sdk>.pte`.

    Returns:
        The files of `ios/dist`, sorted.

    Raises:
        PackageError: something to be packed is missing or may not be shipped.
    """
    target, folder = spec.require_ios(), build / "ios"
    manifest = files.read_json(folder / "api" / "manifest.json")
    names = Names(sdk=spec.name, framework=manifest["module"], module=manifest["c_module"])
    api = {path: data for path, data in _tree(folder / "api").items() if not path.startswith(_NOT_SHIPPED)}
    c_target = _tree(folder / "c_target")
    archives = _archives(folder / "slices", names)
    facts = check_slices(archives, names, target)
    headers = {path.name: data for path, data in _files(folder / "c_target" / "include").items()}
    framework = xcframework_files(archives, names, headers)
    framework_name = f"{names.framework}.xcframework"
    archive = archive_bytes({f"{framework_name}/{path}": data for path, data in framework.items()})
    checksum = hashlib.sha256(archive).hexdigest()
    coreml = _tree(folder / "coreml") if "coreml" in target.engines else {}
    pte = _read(build / "export" / f"{spec.name}.pte") if "neon" in target.engines else None

    resources = coreml | ({f"{spec.name}.pte": pte} if pte is not None else {})
    place = f"Sources/{names.framework}/Resources/"
    other = {path.removeprefix(place): data for path, data in api.items() if path.startswith(place)}
    swift = api | {place + path: data for path, data in resources.items()}
    _check_resources(manifest["resources"], [*resources, *other])
    zip_name = f"{framework_name}.zip"
    binary_manifest = _filled(
        _read(folder / "api" / _BINARY_MANIFEST), {"@XCFRAMEWORK@": zip_name, "@XCFRAMEWORK_CHECKSUM@": checksum}
    )
    source = swift | {f"Sources/{names.module}/{path}": data for path, data in c_target.items()}
    binary = swift | {_MANIFEST: binary_manifest, zip_name: archive}
    content = {
        **{f"{names.framework}/{path}": data for path, data in source.items()},
        **{f"{names.framework}Binary/{path}": data for path, data in binary.items()},
        **coreml,
        zip_name: archive,
    }
    with files.atomic_directory(folder / "dist") as temporary:
        for path, data in sorted(content.items()):
            files.write_bytes(temporary / path, data)
        artifacts = tuple(files.artifact(temporary, path) for path in sorted(content))
    xcframework: dict[str, JsonValue] = {
        "path": zip_name,
        "zip_bytes": len(archive),
        "bytes": sum(map(len, framework.values())),
        "checksum": checksum,
    }
    operators = files.read_json(build / "export" / "export.json")["ops"]
    sizes = measure(
        name=spec.name, slices=facts, pte=pte, operators=operators, coreml=coreml, other=other, xcframework=xcframework
    )
    files.write_json(folder / "sizes.json", sizes)
    return artifacts


def _check_resources(declared: Sequence[str], packed: Iterable[str]) -> None:
    """What Package.swift declares is what is there; SwiftPM would only say so on the user's machine."""
    top = sorted({path.split("/")[0] for path in packed})
    if sorted(declared) != top:
        raise PackageError(
            f"Package.swift declares {sorted(declared)}, but the resources are {top}",
            remedy="Build again from the beginning: scons -c target=ios, then scons target=ios.",
        )


def _archives(folder: Path, names: Names) -> Archives:
    return {
        part.name: {arch: _read(folder / part.name / arch / names.library) for arch in part.architectures}
        for part in SLICES
    }


def _filled(manifest: bytes, values: Mapping[str, str]) -> bytes:
    """The manifest with its placeholders replaced; each must be there."""
    text = manifest.decode()
    for placeholder, value in values.items():
        if placeholder not in text:
            raise PackageError(
                f"{_BINARY_MANIFEST} has no {placeholder}", remedy="Build again from the beginning: scons target=ios."
            )
        text = text.replace(placeholder, value)
    return text.encode()


def _tree(folder: Path) -> dict[str, bytes]:
    """The files below a folder by path, sorted.

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
