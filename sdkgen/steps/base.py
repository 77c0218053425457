"""Declares a step of the build: its inputs, its outputs and its work. One file per step."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from sdkgen.layout import Layout
from sdkgen.spec import Section
from sdkgen.spec.values import SdkSpec
from sdkgen.toolchain.base import Tool

ROOT = Path(__file__).resolve().parents[2]
"""Top of the checkout; paths of data files are relative to it."""

Dependency = Section | Literal["fingerprint"]


@dataclass(frozen=True, kw_only=True)
class Build:
    """Arguments of a step's run.

    Attributes:
        spec: holds the sections that the step declares; reading another one raises.
        files: names every file.
        tools: of all steps of the build, sorted by name, for a step that declares `uses_every_tool`; else ().
        declared_fingerprint: of the whole spec, for a step that declares "fingerprint" among its sections; else None.
    """

    spec: SdkSpec
    files: Layout
    tools: tuple[type[Tool], ...]
    declared_fingerprint: int | None

    @property
    def fingerprint(self) -> int:
        """64 bits that tie model, native library and generated API together."""
        assert self.declared_fingerprint is not None, 'the step does not declare "fingerprint" among its sections'
        return self.declared_fingerprint


class Step(ABC):
    """A step; a subclass is registered as `step` under its name.

    SCons nodes, the command line, the list of proofs that the report must hold and the Python that a step depends on
    are derived from it. The order of the steps follows from what they read and write.

    Attributes:
        name: `python -m sdkgen NAME` runs it.
        title: for the progress line.
        target: the platform that it belongs to, or None for the work that all platforms share.
        sections: parts of the spec that it reads; "fingerprint" is the number computed from most of them.
        tools: external programs; another version, or one that is newly there, runs the step again.
        data_files: files and folders below the checkout that its Python reads: templates, tables of costs.
        uses_every_tool: it depends on the tools of all steps of the build, which `Build.tools` lists.
        is_proof: it writes one list of proofs, `Layout.proofs(name)`, which the report must hold.
        shows_output: its output is shown even when it succeeds.
        shows_progress: each line that it prints is shown on a terminal until the next one comes.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    target: ClassVar[str | None] = None
    sections: ClassVar[tuple[Dependency, ...]] = ()
    tools: ClassVar[tuple[type[Tool], ...]] = ()
    data_files: ClassVar[tuple[str, ...]] = ()
    uses_every_tool: ClassVar[bool] = False
    is_proof: ClassVar[bool] = False
    shows_output: ClassVar[bool] = False
    shows_progress: ClassVar[bool] = False

    def applies(self, spec: SdkSpec) -> bool:
        """Return whether a build of `spec`, for the step's platform, has this step."""
        return True

    @abstractmethod
    def reads(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        """Return the files, and folders that other steps fill, whose content affects the result."""

    def after(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        """Return the files and folders that must exist before, but whose content does not affect the result."""
        return ()

    def writes(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        """Return the files that it writes; a proof step writes its list of proofs."""
        return (files.proofs(self.name),) if self.is_proof else ()

    def fills(self, spec: SdkSpec, files: Layout) -> Sequence[Path]:
        """Return the folders that it replaces, each as a whole."""
        return ()

    @abstractmethod
    def run(self, build: Build) -> None:
        """Do the work. Import heavy modules here, so that neither other steps nor SCons import them."""
