"""The report stage: results in, report.json and report.html out."""

from pathlib import Path
from typing import Any

from sdkgen import files
from sdkgen.report.document import document
from sdkgen.report.inputs import ReportInputs
from sdkgen.report.page import render


def build(inputs: ReportInputs, folder: Path) -> dict[str, Any]:
    """Write `folder`/report.json and `folder`/report.html.

    Returns:
        The document of report.json, for `sdkgen.report.check.check`.

    Raises:
        PackageError: the folder cannot be written.
    """
    report = document(inputs)
    files.write_json(folder / "report.json", report)
    files.write_text(folder / "report.html", render(report))
    return report
