"""The step `generate_swift`: the Swift API."""

from collections.abc import Sequence
from pathlib import Path

from sdkgen.layout import Layout
from sdkgen.registry import register
from sdkgen.spec.values import SdkSpec
from sdkgen.steps.base import Build, Step
from sdkgen.targets.ios import IosFiles


@register("step", "generate_swift")
class GenerateSwift(Step):
    """Writes the Swift API."""

    name = "generate_swift"
    title = "generate: the Swift API"
    target = "ios"
    sections = ("sdk", "input", "task", "ios", "fingerprint")
    data_files = ("templates/swift",)

    def reads(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return []

    def fills(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return [IosFiles(files).api]

    def run(self, build: Build) -> None:
        from sdkgen.generate.swift_package import generate_swift

        generate_swift(build.spec, IosFiles(build.files).api, fingerprint=build.fingerprint)
