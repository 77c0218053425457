"""The frozen values that stages exchange: artifacts, proofs, pass reports, limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

JsonValue = Any  # what json.dumps accepts


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """A finished file. `path` is relative to the folder that the producing stage was given."""

    path: str
    sha256: str
    bytes: int


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Result of one executed claim, or the reason why it was not executed.

    Attributes:
        name: of the claim, a stable identifier such as "executorch_matches_c_api".
        host: that executed it: "ExecuTorch 1.5.1, x86-64", "JVM 17", "qemu-aarch64 cortex-a53".
        status: "not_run" never counts as passed.
        reason: for "not_run" the cause and remedy; for "failed" the difference; else the result in one line.
        metrics: measured numbers, JSON values, keys with their unit as suffix (_db, _bytes, _count).
    """

    name: str
    host: str
    status: Literal["passed", "failed", "not_run"]
    reason: str
    metrics: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PassReport:
    """Changes by one compression pass; `before` and `after` share their keys."""

    name: str
    before: Mapping[str, JsonValue]
    after: Mapping[str, JsonValue]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PassSummary:
    """Effect of a compression pass on the measured figures: two clauses without a full stop, and a sentence.

    Attributes:
        gain, price: the improved and the worsened figures; "nothing" where no figure changed.
        verdict: one sentence that starts with the name of the pass.
    """

    gain: str
    price: str
    verdict: str


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A store or platform rule compared with a measurement; `source` is its page and the date of reading."""

    rule: str
    source: str
    limit: int | float
    value: int | float
    ok: bool
