"""Declares a platform's interface: files, native libraries, store limits with source and date, part of the report."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

from sdkgen.errors import SpecError
from sdkgen.layout import Layout
from sdkgen.schema import Reading, Table
from sdkgen.spec.values import Budgets, SdkSpec
from sdkgen.types import Limit, Proof

MEGABYTE = 1_000_000
"""Decimal: the stores write "MB" without a definition, and the decimal one is the stricter."""


@dataclass(frozen=True, kw_only=True)
class StoreLimit:
    """A rule of a store or platform, from its documentation.

    Attributes:
        rule: the rule in a few words, for the report.
        limit: in `unit`.
        unit: "bytes" for every rule so far.
        bound: "at_most" for sizes, "at_least" for alignments.
        source: the page that states the rule.
        checked: ISO date on which the figure was valid, confirmed by the page or a stored copy of it.
        note: further conditions, or "".
    """

    rule: str
    limit: int
    unit: str
    bound: Literal["at_most", "at_least"]
    source: str
    checked: str
    note: str = ""

    def hold(self, value: int) -> Limit:
        """Return the verdict for a measured `value` in the same unit."""
        source = f"{self.source} (as of {self.checked}{'; ' + self.note if self.note else ''})"
        ok = value <= self.limit if self.bound == "at_most" else value >= self.limit
        return Limit(rule=self.rule, source=source, limit=self.limit, value=value, ok=ok)


class NativeBuilder(Protocol):
    """Compiles and links for a target; `sdkgen.scons_tools` implements it with SCons nodes."""

    def android_library(self, path: Path, sdk: str, abi: Any, android_package: str, min_sdk: int) -> Any:
        """Build the JNI library of one ABI at `path`."""
        ...

    def host_jni_library(self, path: Path, sdk: str, android_package: str) -> Any:
        """Build the JNI library for a JVM on this machine at `path`."""
        ...

    def apple_static_library(
        self,
        path: Path,
        *,
        sdk: str,
        sources: Sequence[Path],
        root: Path,
        objects: Path,
        zig_target: str,
        place: str,
        smallest: bool,
    ) -> Any:
        """Build a static library at `path` from C files, which other steps write.

        Args:
            sources: C files below `root`; their objects are written to the same paths below `objects`.
            zig_target: target triple of zig, with the oldest system.
            place: slice and architecture, for the progress line.
            smallest: optimise for size before speed.
        """
        ...


class Target(ABC):
    """A platform; a subclass is registered as `target` under its name.

    Attributes:
        table: validates [targets.NAME].
        name: of the table [targets.NAME], of the folder in build/ and dist/, and of `target=NAME`.
        title: in prose.
        summary: contents of its SDK, for `scons -h`.
        store: name of the store that measures the download of an app.
        download_limit: store limit that a download budget can only tighten.
        download_budget: name of the verdict on the download.
        download_words: " for iOS" or the like in the sentence "the download … of N bytes is over the budget", or "".
        budget_title: of that verdict, for tables.
        budget_keys: keys of [budgets] that only this target has.
        has_section: report.json has a section of the target's own, under its name.
    """

    table: ClassVar[type[Table]]
    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    store: ClassVar[str]
    download_limit: ClassVar[StoreLimit]
    download_budget: ClassVar[str]
    download_words: ClassVar[str]
    budget_title: ClassVar[str]
    budget_keys: ClassVar[tuple[str, ...]] = ()
    has_section: ClassVar[bool] = False

    @staticmethod
    @abstractmethod
    def read(table: Any, reading: Reading) -> Any:
        """Convert a valid `table` to the frozen value in `SdkSpec.targets`; mistakes are reported through `reading`."""

    def value(self, spec: SdkSpec) -> Any:
        """Return the value of the target's table.

        Raises:
            SpecError: the spec has no such table.
        """
        if self.name not in spec.targets:
            others = sorted(spec.targets)
            raise SpecError(
                f"{spec.name} has no {self.title} target",
                remedy=f"Add the table [targets.{self.name}] to {spec.origin.name}, "
                f"or build it with target={others[0] if others else 'all'}.",
            )
        return spec.targets[self.name]

    def provide(self) -> None:
        """Fetch what only this target needs and `sconsw` does not provide for all; nothing by default.

        Raises:
            ToolchainError: it cannot be fetched.
        """
        return

    @abstractmethod
    def native(self, builder: NativeBuilder, spec: SdkSpec, files: Layout) -> None:
        """Build the native libraries that the target's steps read."""

    @abstractmethod
    def reported(self, spec: SdkSpec, files: Layout) -> tuple[Path, ...]:
        """Return the documents of its steps that the report reads, sizes.json among them."""

    @abstractmethod
    def published(self, files: Layout) -> Mapping[str, tuple[Path, Path]]:
        """Return by the part's name the folder that a step fills, and the folder in dist/<sdk> of its copy."""

    @abstractmethod
    def limits(self, sizes: Mapping[str, Any], native: Mapping[str, Any]) -> tuple[Limit, ...]:
        """Compare a package's measured sizes with every rule of the platform; the rest of the app is not included.

        Args:
            sizes: the package step's sizes.json.
            native: per ABI the facts of the built library, such as `{"load_alignment_bytes": int, …}`.

        Raises:
            PackageError: a measurement that a rule needs is missing.
        """

    def advisory(self, sizes: Mapping[str, Any], spec: SdkSpec) -> tuple[Limit, ...]:
        """Compare the same sizes with rules that bind only some apps: reported, no verdict."""
        return ()

    @abstractmethod
    def facts(self, spec: SdkSpec) -> dict[str, Any]:
        """Return the target's keys of report.json under `sdk`; each is None when the spec has no such target."""

    def section(
        self, spec: SdkSpec, sizes: Mapping[str, Any], advisory: Sequence[Limit], files: Layout
    ) -> dict[str, Any] | None:
        """Return the target's own section of report.json, or None."""
        return None

    @abstractmethod
    def limitations(self, spec: SdkSpec, proofs: Sequence[Proof]) -> list[str]:
        """Return sentences about properties that a reader might assume were checked on this platform."""

    @abstractmethod
    def budget(self, budgets: Budgets) -> int | None:
        """Return the download budget of the spec for this target, in bytes; None when there is none."""
