"""The step `kotlin`: compiles the Kotlin API, and the program that proves it on a JVM."""

from collections.abc import Sequence
from pathlib import Path

from sdkgen.layout import Layout
from sdkgen.registry import register
from sdkgen.spec.values import SdkSpec
from sdkgen.steps.base import Build, Step
from sdkgen.targets.android import AndroidFiles
from sdkgen.toolchain.android_sdk import AndroidSdk
from sdkgen.toolchain.java import Java
from sdkgen.toolchain.kotlin import Kotlinc


@register("step", "kotlin")
class Kotlin(Step):
    """Compiles the API, and the program that proves it on a JVM."""

    name = "kotlin"
    title = "kotlin: compile the API"
    target = "android"
    sections = ("sdk", "input", "task", "android", "fingerprint")
    tools = (Kotlinc, Java, AndroidSdk)
    data_files = ("templates/kotlin/android_stubs", "templates/kotlin/proof", "templates/kotlin/tasks")

    def reads(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return [AndroidFiles(files).api]

    def writes(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        android = AndroidFiles(files)
        return [android.classes, android.sources]

    def fills(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return [AndroidFiles(files).proof]

    def run(self, build: Build) -> None:
        from sdkgen.files import atomic_directory, write_text
        from sdkgen.generate.api_model import build_api
        from sdkgen.generate.kotlin import render_proof
        from sdkgen.package import kotlin

        android = AndroidFiles(build.files)
        kotlin.compile_sdk(android.api, build.spec.name, android.classes)
        kotlin.write_sources_jar(android.api, android.sources)
        with atomic_directory(android.proof) as folder:
            program = folder / "ProofMain.kt"
            write_text(program, render_proof(build_api(build.spec, build.fingerprint, self.target)))
            kotlin.compile_host_android(folder / android.proof_android.name)
            class_path = [android.classes, folder / android.proof_android.name]
            kotlin.compile_program([program], class_path, folder / android.proof_program.name)
