"""What the runtime sets a marker behind, as the benchmark names it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class PlanEntry:
    """One operator of our plan, or a band of several; `layer` is the user's module that it comes from."""

    kind: str
    layer: str
    macs: int
