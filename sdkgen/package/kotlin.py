"""Compiles the generated Kotlin: the SDK against android.jar or compile-only stubs, and programs against the SDK."""

import os
import subprocess
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from sdkgen import files, templates
from sdkgen.errors import PackageError, ToolchainError
from sdkgen.package.archive import write_archive
from sdkgen.toolchain.android_sdk import AndroidSdk
from sdkgen.toolchain.kotlin import Kotlinc

TEMPLATES = templates.ROOT / "kotlin"
STUBS = TEMPLATES / "android_stubs"
HOST_ANDROID = TEMPLATES / "proof" / "android"
"""Sources of the few Android classes that a program needs to run on a JVM."""

LANGUAGE_VERSION = "2.2"
"""Apps with Kotlin 2.1 and newer can use the SDK: a compiler reads the metadata of the next version."""
STDLIB_VERSION = "2.2.0"
"""Oldest standard library for code of that language and API version."""
JVM_TARGET = "1.8"


def compile_sdk(api: Path, module: str, classes_jar: Path) -> None:
    """Compile against the Android SDK's android.jar if there is one, else against the stubs; the bytes are the same."""
    sdk = AndroidSdk.find()
    compile_against(sdk.android_jar if sdk else None, api, module, classes_jar)


def compile_against(android_jar: Path | None, api: Path, module: str, classes_jar: Path) -> None:
    """Compile `api/kotlin/**.kt` into `classes_jar`; the same sources give the same bytes.

    Args:
        android_jar: None takes the stubs.
        module: name of the Kotlin module, unique within an app.

    Raises:
        PackageError: the generated code does not compile.
        ToolchainError: there is no Kotlin compiler or no Java.
    """
    sources = sorted((api / "kotlin").rglob("*.kt"))
    # kotlinc takes .java files for reference only: nothing of the stubs gets into the jar.
    stubs = [] if android_jar else sorted(STUBS.rglob("*.java"))
    flags = ["-Xexplicit-api=strict", "-Wextra", "-module-name", module]
    _compile([*sources, *stubs], [android_jar] if android_jar else [], classes_jar, flags)


def compile_program(sources: Sequence[Path], class_path: Sequence[Path], jar: Path) -> None:
    """Compile a Kotlin program for the JVM; stdlib, coroutines and kotlin-test are on the class path already.

    Raises:
        PackageError: the program does not compile.
        ToolchainError: there is no Kotlin compiler or no Java.
    """
    _compile(sorted(sources), class_path, jar, ["-module-name", "program"])


def compile_host_android(jar: Path) -> None:
    """Compile the Android classes that run on a JVM: Bitmap, Context with its assets.

    Raises:
        PackageError, ToolchainError: as `compile_program`.
    """
    compile_program(sorted(HOST_ANDROID.rglob("*.kt")), [], jar)


def write_sources_jar(api: Path, jar: Path) -> None:
    """Pack the generated Kotlin for IDEs, paths as packages are."""
    root = api / "kotlin"
    write_archive(jar, {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*.kt")})


def coroutines_version() -> str:
    """Return the version of the kotlinx-coroutines-core that the SDK is compiled against.

    Raises:
        ToolchainError: there is no Kotlin compiler, or its library does not state its version.
    """
    jar = Kotlinc.require().coroutines
    try:
        with zipfile.ZipFile(jar) as archive:
            return archive.read("META-INF/kotlinx_coroutines_core.version").decode("ascii").strip()
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ToolchainError(f"{jar.name} does not say its version: {error}", remedy=Kotlinc.remedy) from error


def _compile(sources: Sequence[Path], class_path: Sequence[Path], jar: Path, flags: Sequence[str]) -> None:
    kotlinc = Kotlinc.require()
    libraries = [*class_path, kotlinc.stdlib, kotlinc.coroutines, kotlinc.annotations, kotlinc.test]
    versions = ["-language-version", LANGUAGE_VERSION, "-api-version", LANGUAGE_VERSION, "-jvm-target", JVM_TARGET]
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "out.jar"
        command = kotlinc.command(
            *versions,
            *["-Werror", "-no-stdlib", "-no-reflect", *flags],
            *["-cp", os.pathsep.join(map(str, libraries)), "-d", str(output)],
            *map(str, sources),
        )
        result = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        if result.returncode != 0:
            raise _failure(result.stdout + result.stderr, sources)
        files.write_bytes(jar, output.read_bytes())


def _failure(output: str, sources: Sequence[Path]) -> PackageError | ToolchainError:
    errors = [line for line in output.splitlines() if "error:" in line or "warning:" in line]
    if not errors:
        return ToolchainError(
            f"the Kotlin compiler failed: {output.strip()[-2000:] or 'no message'}",
            remedy="Check that java and the compiler work, or remove the cache folder and run ./sconsw again.",
        )
    return PackageError(
        f"{len(errors)} errors in {len(sources)} Kotlin files:\n" + "\n".join(errors[:20]),
        remedy="The generated code should always compile: report this with your sdk.toml.",
    )
