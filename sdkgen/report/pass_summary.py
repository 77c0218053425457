"""Lines of the page about each compression pass; each pass formats its own."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from sdkgen import registry
from sdkgen.spec.passes import PassTable
from sdkgen.types import PassSummary


def pass_lines(passes: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return name, gain, cost and verdict of each pass after which the network was measured.

    Args:
        passes: `passes` of report.json.
    """
    registry.discover("sdkgen.compress.passes")
    return [
        {"name": entry["name"], **asdict(_summary(entry["name"], entry["before"], entry["after"]))}
        for entry in passes
        if entry["after"]
    ]


def _summary(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> PassSummary:
    table: type[PassTable] = registry.lookup("pass", name)
    return table.summary(before, after)
