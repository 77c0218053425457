"""The step `prove_coreml`: the Core ML program against PyTorch."""

from collections.abc import Sequence
from pathlib import Path

from sdkgen.engines.coreml.engine import coreml_package_folder, coreml_report
from sdkgen.layout import Layout
from sdkgen.registry import register
from sdkgen.spec.values import SdkSpec
from sdkgen.steps.base import Build, Step
from sdkgen.targets.ios import ios_target


@register("step", "prove_coreml")
class ProveCoreMl(Step):
    """Evaluates the saved Core ML package and compares it with PyTorch."""

    name = "prove_coreml"
    title = "prove: the Core ML program agrees with PyTorch"
    target = "ios"
    sections = ("sdk", "input", "task", "data", "ios")
    is_proof = True

    def applies(self, spec: SdkSpec) -> bool:
        return "coreml" in ios_target(spec).engines

    def reads(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return [
            *(coreml_report(files), coreml_package_folder(files)),
            *(files.float_program, files.quantised_program, files.pytorch_outputs),
            *(*spec.data.evaluation, files.c_api, files.image_library),
        ]

    def run(self, build: Build) -> None:
        from sdkgen.log_filters import silence_import_noise

        silence_import_noise()
        from sdkgen.documents.proofs import write_proofs
        from sdkgen.prove.coreml import prove_coreml

        write_proofs(build.files.proofs(self.name), prove_coreml(build.spec, build.files))
