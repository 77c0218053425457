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
    """One claim that was executed, or the plain-words reason why it was not.

    Attributes:
        name: what is proven, a stable identifier such as "executorch_matches_c_api".
        host: what executed it: "ExecuTorch 1.5.1, x86-64", "JVM 17", "qemu-aarch64 cortex-a53".
        status: "not_run" never counts as passed.
        reason: for "not_run" why and how to get it; for "failed" what differed; else one line of what was seen.
        metrics: measured numbers, JSON values, keys with their unit as suffix (_db, _bytes, _count).
    """

    name: str
    host: str
    status: Literal["passed", "failed", "not_run"]
    reason: str
    metrics: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PassReport:
    """What one compression pass changed; `before` and `after` share their keys."""

    name: str
    before: Mapping[str, JsonValue]
    after: Mapping[str, JsonValue]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PassSummary:
    """What a compression pass did to the measured figures: two clauses without a full stop, and a sentence.

    Attributes:
        gain, price: what became better and what became worse; "nothing" where no figure changed.
        verdict: one sentence that starts with the name of the pass.
    """

    gain: str
    price: str
    verdict: str


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A store or platform rule held against a measurement; `source` says where it is written and when it was read."""

    rule: str
    source: str
    limit: int | float
    value: int | float
    ok: bool
