"""The step `prove_executorch`: PyTorch, ExecuTorch and the C API against each other."""

from collections.abc import Sequence
from pathlib import Path

from sdkgen.layout import Layout
from sdkgen.registry import register
from sdkgen.spec.values import SdkSpec
from sdkgen.steps.base import Build, Step


@register("step", "prove_executorch")
class ProveExecutorch(Step):
    """Compares PyTorch, ExecuTorch and the C API, and stores PyTorch's outputs for the proofs on other hosts."""

    name = "prove_executorch"
    title = "prove: PyTorch, ExecuTorch and the C API agree"
    sections = ("sdk", "input", "task", "data")
    is_proof = True

    def reads(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        programs = (files.float_program, files.quantised_program, files.pte)
        return [*programs, *spec.data.evaluation, files.c_api, files.executorch_adapter]

    def writes(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return [files.proofs(self.name), files.pytorch_outputs]

    def run(self, build: Build) -> None:
        from sdkgen.log_filters import silence_import_noise

        silence_import_noise()
        from sdkgen.documents.proofs import write_proofs
        from sdkgen.prove.executorch import prove_executorch

        write_proofs(build.files.proofs(self.name), prove_executorch(build.spec, build.files))
