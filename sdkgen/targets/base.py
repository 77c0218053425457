"""What every platform states of itself: store limits with source and date, and how a package is held against them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from sdkgen.spec.values import SdkSpec
from sdkgen.types import Limit

MEGABYTE = 1_000_000
"""Decimal: the stores write "MB" without saying which, and the decimal one is the stricter."""


@dataclass(frozen=True, kw_only=True)
class StoreLimit:
    """A rule of a store or platform, as its documentation states it.

    Attributes:
        rule: the rule in a few words, for the report.
        limit: in `unit`.
        unit: "bytes" for every rule so far.
        bound: "at_most" for sizes, "at_least" for alignments.
        source: the page that states the rule.
        checked: ISO date as of which the figure stands, confirmed by the page or a stored copy of it.
        note: what else a reader must know, or "".
    """

    rule: str
    limit: int
    unit: str
    bound: Literal["at_most", "at_least"]
    source: str
    checked: str
    note: str = ""

    def hold(self, value: int) -> Limit:
        """The verdict for a measured `value` in the same unit."""
        source = f"{self.source} (as of {self.checked}{'; ' + self.note if self.note else ''})"
        ok = value <= self.limit if self.bound == "at_most" else value >= self.limit
        return Limit(rule=self.rule, source=source, limit=self.limit, value=value, ok=ok)


class Target(Protocol):
    """What `sdkgen.registry.lookup("target", name)` returns."""

    name: str
    download_limit: StoreLimit

    def limits(self, sizes: Mapping[str, Any], native: Mapping[str, Any]) -> tuple[Limit, ...]:
        """Hold a package's measured sizes against every rule of the platform.

        Args:
            sizes: the package stage's sizes.json.
            native: per ABI what was read from the built library, `{"load_alignment_bytes": int, …}`.
        """
        ...

    def advisory(self, sizes: Mapping[str, Any], spec: SdkSpec) -> tuple[Limit, ...]:
        """Rules that bind only some apps, held against the same sizes: reported, no verdict."""
        ...
