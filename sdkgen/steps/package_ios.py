"""The step `package_ios`: the Swift package and the XCFramework."""

from collections.abc import Sequence
from pathlib import Path

from sdkgen.layout import Layout
from sdkgen.registry import register
from sdkgen.spec.values import SdkSpec
from sdkgen.steps.base import Build, Step
from sdkgen.targets.engine import selected
from sdkgen.targets.ios import IosFiles, ios_target


@register("step", "package_ios")
class PackageIos(Step):
    """Packs the Swift package and the XCFramework, and measures the size that they add to an app."""

    name = "package_ios"
    title = "package: the Swift package and the XCFramework"
    target = "ios"
    sections = ("sdk", "input", "task", "ios")

    def reads(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        ios = IosFiles(files)
        engines = selected(ios_target(spec).engines)
        return [
            *(ios.api, *ios.c_target_files(), *ios.libraries()),
            *(path for engine in engines for path in engine.packed(files)),
            files.export_report,
        ]

    def writes(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return [IosFiles(files).sizes]

    def fills(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return [IosFiles(files).packages]

    def run(self, build: Build) -> None:
        from sdkgen.package.ios import package_ios

        package_ios(build.spec, build.files)
