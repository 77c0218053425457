"""The step `apple_native`: the C target of the Swift package."""

from collections.abc import Sequence
from pathlib import Path

from sdkgen.layout import Layout
from sdkgen.native_tree import NATIVE, shipped_sources
from sdkgen.registry import register
from sdkgen.spec.values import SdkSpec
from sdkgen.steps.base import Build, Step
from sdkgen.targets.ios import IosFiles


@register("step", "apple_native")
class AppleNative(Step):
    """Writes the C target of the Swift package: the native sources under a prefix of the SDK's own."""

    name = "apple_native"
    title = "native: the C target of the Swift package"
    target = "ios"
    sections = ("sdk",)

    def reads(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return shipped_sources()

    def writes(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return IosFiles(files).c_target_files()

    def run(self, build: Build) -> None:
        from sdkgen.generate.naming import swift_c_module
        from sdkgen.package.apple_sources import write_c_target

        name = build.spec.name
        write_c_target(NATIVE, name, IosFiles(build.files).c_target, module=swift_c_module(name))
