"""The step `check`: fails the build when a proof, a limit or a budget is not met."""

from collections.abc import Sequence
from pathlib import Path

from sdkgen.layout import Layout
from sdkgen.registry import register
from sdkgen.spec.values import SdkSpec
from sdkgen.steps.base import Build, Step


@register("step", "check")
class Check(Step):
    """Prints limits, budgets and proofs; fails if any is not met."""

    name = "check"
    title = "check: proofs, limits, budgets"
    sections = ("budgets",)
    shows_output = True

    def reads(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return [files.report_json]

    def writes(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return [files.checked]

    def run(self, build: Build) -> None:
        from sdkgen.files import read_json, write_text
        from sdkgen.report.check import check

        check(read_json(build.files.report_json))
        write_text(build.files.checked, "every proof, limit and budget was met\n")
