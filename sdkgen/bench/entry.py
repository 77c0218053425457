"""The units after which the runtime sets a marker, as the benchmark names them."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class PlanEntry:
    """One operator of our plan, or a band of several; `layer` is the user's module that it comes from."""

    kind: str
    layer: str
    macs: int
