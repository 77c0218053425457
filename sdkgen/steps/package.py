"""The step `package`: the AAR and its Maven repository."""

from collections.abc import Sequence
from pathlib import Path

from sdkgen.layout import Layout
from sdkgen.registry import register
from sdkgen.spec.values import SdkSpec
from sdkgen.steps.base import Build, Step
from sdkgen.targets.android import AndroidFiles, android_target


@register("step", "package")
class Package(Step):
    """Packs the AAR and its Maven repository, and measures the size that it adds to an app."""

    name = "package"
    title = "package: the Maven repository"
    target = "android"
    sections = ("sdk", "input", "task", "android")

    def reads(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        android = AndroidFiles(files)
        libraries = [android.library(abi) for abi in android_target(spec).abis]
        return [android.api, android.classes, android.sources, files.pte, files.export_report, *libraries]

    def writes(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return [AndroidFiles(files).sizes]

    def fills(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return [AndroidFiles(files).maven]

    def run(self, build: Build) -> None:
        from sdkgen.package.build import package

        package(build.spec, build.files)
