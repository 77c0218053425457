"""The step `export`: lowers the quantised program to a plan inside a .pte."""

from collections.abc import Sequence
from pathlib import Path

from sdkgen.layout import Layout
from sdkgen.registry import register
from sdkgen.spec.values import SdkSpec
from sdkgen.steps.base import Build, Step


@register("step", "export")
class Export(Step):
    """Lowers the quantised program to a plan inside a .pte."""

    name = "export"
    title = "export: lower to a plan, write the .pte"
    sections = ("sdk", "input", "task", "fingerprint")

    def reads(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return [files.quantised_program]

    def writes(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return [files.pte, files.export_report]

    def run(self, build: Build) -> None:
        from sdkgen.log_filters import silence_import_noise

        silence_import_noise()
        from sdkgen.engines.neon.export import export
        from sdkgen.fx.programs import load_program

        program = load_program(build.files.quantised_program)
        export(build.spec, program, build.files.pte.parent, build.fingerprint)
