"""The step `prove_swift`: the packaged Swift package on this machine."""

from collections.abc import Sequence
from pathlib import Path

from sdkgen.layout import Layout
from sdkgen.registry import register
from sdkgen.spec.values import SdkSpec
from sdkgen.steps.base import Build, Step
from sdkgen.targets.ios import IosFiles
from sdkgen.toolchain.swift import Swift


@register("step", "prove_swift")
class ProveSwift(Step):
    """Builds and runs the packaged Swift package, and type-checks its branches for Apple's systems."""

    name = "prove_swift"
    title = "prove: the Swift package on this machine"
    target = "ios"
    sections = ("sdk", "input", "task", "data", "ios")
    tools = (Swift,)
    data_files = ("templates/swift",)
    is_proof = True

    def reads(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        ios = IosFiles(files)
        return [ios.api, ios.packages, files.pte, files.pytorch_outputs, *spec.data.evaluation, files.c_api]

    def run(self, build: Build) -> None:
        from sdkgen.documents.proofs import write_proofs
        from sdkgen.prove.swift import prove_swift

        write_proofs(build.files.proofs(self.name), prove_swift(build.spec, build.files))
