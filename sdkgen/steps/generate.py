"""The step `generate`: the Kotlin API."""

from collections.abc import Sequence
from pathlib import Path

from sdkgen.layout import Layout
from sdkgen.registry import register
from sdkgen.spec.values import SdkSpec
from sdkgen.steps.base import Build, Step
from sdkgen.targets.android import AndroidFiles


@register("step", "generate")
class Generate(Step):
    """Writes the Kotlin API."""

    name = "generate"
    title = "generate: the Kotlin API"
    target = "android"
    sections = ("sdk", "input", "task", "android", "fingerprint")
    data_files = ("templates/kotlin",)

    def reads(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return []

    def fills(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return [AndroidFiles(files).api]

    def run(self, build: Build) -> None:
        from sdkgen.generate.build import generate

        generate(build.spec, AndroidFiles(build.files).api, fingerprint=build.fingerprint)
