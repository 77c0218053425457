"""The step `prove_jvm`: the Kotlin API on a JVM."""

from collections.abc import Sequence
from pathlib import Path

from sdkgen.layout import Layout
from sdkgen.registry import register
from sdkgen.spec.values import SdkSpec
from sdkgen.steps.base import Build, Step
from sdkgen.targets.android import AndroidFiles
from sdkgen.toolchain.java import Java
from sdkgen.toolchain.kotlin import Kotlinc


@register("step", "prove_jvm")
class ProveJvm(Step):
    """Runs the Kotlin API on a JVM over all evaluation views."""

    name = "prove_jvm"
    title = "prove: the Kotlin API on a JVM"
    target = "android"
    sections = ("sdk", "input", "task", "data", "android")
    tools = (Kotlinc, Java)
    is_proof = True

    def reads(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        android = AndroidFiles(files)
        return [
            *(android.api, android.classes, android.proof, files.pte, files.pytorch_outputs),
            *(*spec.data.evaluation, android.host_library, files.c_api),
        ]

    def run(self, build: Build) -> None:
        from sdkgen.documents.proofs import write_proofs
        from sdkgen.prove.kotlin import prove_jvm

        write_proofs(build.files.proofs(self.name), prove_jvm(build.spec, build.files))
