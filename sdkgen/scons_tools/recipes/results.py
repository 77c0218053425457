"""The report on everything that was built, and the check that has the last word."""

from collections.abc import Mapping

from sdkgen.scons_tools.recipes.common import Model, Node, Platform, Sdk, templates
from sdkgen.scons_tools.search import found_by_search
from sdkgen.spec import Section

_SECTIONS: tuple[Section, ...] = ("sdk", "model", "input", "task", "data", "compress", "budgets", "android", "ios")


def results(sdk: Sdk, model: Model, platforms: Mapping[str, Platform]) -> list[Node]:
    """The verdict, the report and what is published: the last nodes of an SDK.

    Args:
        platforms: by name of the target.
    """
    parts = list(platforms.values())
    published = [*model.published, *(node for part in parts for node in part.published)]
    report = sdk.steps.step(
        "report",
        title="report",
        sections=_SECTIONS,
        tools=[tool for part in parts for tool in part.tools],
        reads=[
            *(model.compress_json, model.export_json, *model.proofs),
            *(node for part in parts for node in (*part.results, *part.proofs)),
            *published,
            *found_by_search(sdk.build),
            *templates("report"),
        ],
        options=["--targets", ",".join(platforms)],
        writes=[sdk.dist / "report.json", sdk.dist / "report.html"],
    )
    check = sdk.steps.step(
        "check",
        title="check: proofs, limits, budgets",
        sections=["budgets"],
        reads=[report[0]],
        writes=[sdk.build / "checked.txt"],
        show_output=True,
    )
    sdk.env.Clean(check, [str(sdk.build), str(sdk.dist)])
    return [*check, *report, *published]
