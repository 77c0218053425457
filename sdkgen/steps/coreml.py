"""The step `coreml`: the Core ML program."""

from collections.abc import Sequence
from pathlib import Path

from sdkgen.engines.coreml.engine import coreml_package_folder, coreml_report
from sdkgen.layout import Layout
from sdkgen.registry import register
from sdkgen.spec.values import SdkSpec
from sdkgen.steps.base import Build, Step
from sdkgen.targets.ios import ios_target


@register("step", "coreml")
class CoreMl(Step):
    """Converts the float or the quantised program for Core ML."""

    name = "coreml"
    title = "coreml: convert and compress for Core ML"
    target = "ios"
    sections = ("sdk", "input", "task", "compress", "ios", "fingerprint")

    def applies(self, spec: SdkSpec) -> bool:
        return "coreml" in ios_target(spec).engines

    def reads(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return [files.float_program, files.quantised_program]

    def writes(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return [coreml_report(files)]

    def fills(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return [coreml_package_folder(files)]

    def run(self, build: Build) -> None:
        from sdkgen.log_filters import silence_import_noise

        silence_import_noise()
        from sdkgen.engines.coreml.export import export_coreml

        files = build.files
        folder = coreml_report(files).parent
        export_coreml(build.spec, files.float_program, files.quantised_program, folder, build.fingerprint)
