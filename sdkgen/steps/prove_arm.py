"""The step `prove_arm`: the arm64 library of the AAR under emulation."""

from collections.abc import Sequence
from pathlib import Path

from sdkgen.layout import Layout
from sdkgen.registry import register
from sdkgen.spec.values import SdkSpec
from sdkgen.steps.base import Build, Step
from sdkgen.targets.android import AndroidFiles, android_target
from sdkgen.toolchain.qemu import Qemu


@register("step", "prove_arm")
class ProveArm(Step):
    """Runs the arm64 library of the AAR on an emulated core of each tier."""

    name = "prove_arm"
    title = "prove: the arm64 library under emulation"
    target = "android"
    sections = ("sdk", "input", "task", "data", "android", "fingerprint")
    tools = (Qemu,)
    is_proof = True

    def reads(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        libraries = [AndroidFiles(files).library(abi) for abi in android_target(spec).abis]
        return [*libraries, files.pte, *spec.data.evaluation, files.c_api, files.android_loader]

    def after(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        # The result depends on the AAR's library and model only; the AAR itself changes with every template.
        return [AndroidFiles(files).maven]

    def run(self, build: Build) -> None:
        from sdkgen.documents.proofs import write_proofs
        from sdkgen.prove.arm import prove_arm

        write_proofs(build.files.proofs(self.name), prove_arm(build.spec, build.files, build.fingerprint))
