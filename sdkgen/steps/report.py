"""The step `report`: every result in report.html and report.json."""

from collections.abc import Sequence
from pathlib import Path

from sdkgen import targets
from sdkgen.layout import Layout
from sdkgen.registry import register
from sdkgen.spec.values import SdkSpec
from sdkgen.steps.base import Build, Step


@register("step", "report")
class Report(Step):
    """Gathers every result in report.html and report.json; every declared proof must be there."""

    name = "report"
    title = "report"
    sections = ("sdk", "model", "input", "task", "data", "training", "compress", "budgets", "targets")
    data_files = ("templates/report", "sdkgen/latency/costs.json")
    uses_every_tool = True

    def reads(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return [
            *(files.compress_report, files.export_report, files.published_pte),
            *map(files.proofs, files.proof_steps),
            *(path for name in files.targets for path in targets.target(name).reported(spec, files)),
            *(files.publication(part) for name in files.targets for part in targets.target(name).published(files)),
            *([files.search_front] if files.search_front.is_file() else []),
        ]

    def writes(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        return [files.report_json, files.report_html]

    def run(self, build: Build) -> None:
        from sdkgen.report.build import build_report

        build_report(build.spec, build.files, build.tools)
