"""The package stage: checks the native libraries, packs the AAR and its Maven repository, measures sizes."""

from pathlib import Path

from sdkgen.documents.export import read_export
from sdkgen.errors import PackageError
from sdkgen.files import artifact, atomic_directory, write_bytes, write_json
from sdkgen.layout import Layout
from sdkgen.package.aar import aar_bytes, library_name
from sdkgen.package.kotlin import STDLIB_VERSION, coroutines_version
from sdkgen.package.maven import Dependency, repository
from sdkgen.package.native_library import check_native_library
from sdkgen.package.sizes import measure
from sdkgen.spec.values import SdkSpec
from sdkgen.targets.android import AndroidFiles, android_target
from sdkgen.types import Artifact


def package(spec: SdkSpec, files: Layout) -> tuple[Artifact, ...]:
    """Write the Maven repository and sizes.json of the Android SDK.

    Returns:
        The files of the repository, paths relative to the repository, sorted.

    Raises:
        PackageError: something to be packed is missing or may not be shipped.
        ToolchainError: the Kotlin libraries are not there, so that their version is unknown.
    """
    android = AndroidFiles(files)
    name = library_name(spec)
    libraries = {abi: _read(android.library(abi)) for abi in android_target(spec).abis}
    facts = {abi: check_native_library(name, data, abi) for abi, data in libraries.items()}
    classes, model = _read(android.classes), _read(files.pte)
    rules = _read(android.api / "proguard.txt")
    aar = aar_bytes(spec, classes=classes, rules=rules, model=model, libraries=libraries)
    with atomic_directory(android.maven) as temporary:
        repository_files = repository(spec, aar, _read(android.sources), dependencies())
        for path, data in repository_files.items():
            write_bytes(temporary / path, data)
        artifacts = tuple(artifact(temporary, path) for path in repository_files)
    operators = read_export(files.export_report).ops
    sizes = measure(spec, classes=classes, model=model, libraries=libraries, facts=facts, operators=operators)
    write_json(android.sizes, sizes)
    return artifacts


def dependencies() -> tuple[Dependency, ...]:
    """Return the libraries that the generated Kotlin needs at run time."""
    return (
        Dependency(group="org.jetbrains.kotlin", artifact="kotlin-stdlib", version=STDLIB_VERSION, scope="compile"),
        Dependency(
            group="org.jetbrains.kotlinx",
            artifact="kotlinx-coroutines-core",
            version=coroutines_version(),
            scope="runtime",
        ),
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PackageError(
            f"{path.name} cannot be packed: {error.strerror or error}",
            remedy="Build from the beginning: scons target=android.",
        ) from error
