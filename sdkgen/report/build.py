"""The report stage: results in, report.json and report.html out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sdkgen import targets
from sdkgen.documents.compress import read_compress
from sdkgen.documents.export import read_export
from sdkgen.documents.proofs import read_proofs
from sdkgen.documents.search import read_front
from sdkgen.files import read_json, write_json, write_text
from sdkgen.layout import Layout
from sdkgen.report.document import document
from sdkgen.report.inputs import PlatformInputs, ReportInputs, measure
from sdkgen.report.page import render
from sdkgen.spec.values import SdkSpec
from sdkgen.toolchain.base import Tool
from sdkgen.toolchain.versions import tool_versions


def build_report(spec: SdkSpec, files: Layout, tools: Sequence[type[Tool]]) -> None:
    """Read the documents of every step of the build and write report.json and report.html.

    Args:
        files: `targets` and `proof_steps` decide what the report covers.
        tools: the external programs of the build.

    Raises:
        ProofError: a declared proof step left no proof.
        PackageError: the folder cannot be written.
    """
    build(gather(spec, files, tools), files.dist)


def gather(spec: SdkSpec, files: Layout, tools: Sequence[type[Tool]]) -> ReportInputs:
    """Collect the report's inputs.

    Raises:
        ProofError: a declared proof step left no proof.
    """
    platforms = {}
    for name in files.targets:
        target, sizes = targets.target(name), read_json(files.sizes(name))
        advisory = target.advisory(sizes, spec)
        platforms[name] = PlatformInputs(
            sizes=sizes,
            limits=target.limits(sizes, sizes["native"]),
            download_limit_bytes=target.download_limit.limit,
            advisory=advisory,
            section=target.section(spec, sizes, advisory, files),
        )
    folders = [files.dist / name for name in (files.published_pte.parent.name, *files.targets)]
    published = (p.relative_to(files.dist).as_posix() for f in folders for p in f.rglob("*") if p.is_file())
    return ReportInputs(
        spec=spec,
        compress=read_compress(files.compress_report),
        export=read_export(files.export_report),
        platforms=platforms,
        proofs=tuple(proof for step in files.proof_steps for proof in read_proofs(files.proofs(step))),
        artifacts=measure(files.dist, published),
        environment=tool_versions(tools),
        search=read_front(files.search_front) if files.search_front.is_file() else None,
    )


def build(inputs: ReportInputs, folder: Path) -> dict[str, Any]:
    """Write `folder`/report.json and `folder`/report.html.

    Returns:
        The document of report.json, for `sdkgen.report.check.check`.

    Raises:
        PackageError: the folder cannot be written.
    """
    report = document(inputs)
    write_json(folder / "report.json", report)
    write_text(folder / "report.html", render(report))
    return report
