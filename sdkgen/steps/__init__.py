"""The steps of a build, one file each; `applicable` lists those of one spec."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sdkgen import registry
from sdkgen.layout import Layout
from sdkgen.spec.values import SdkSpec
from sdkgen.steps.base import Build, Step
from sdkgen.toolchain.base import Tool

__all__ = ["Build", "Step", "all_steps", "applicable", "tools_of", "with_proof_steps"]


def all_steps() -> Mapping[str, Step]:
    """Return every step by its name, sorted."""
    registry.discover("sdkgen.steps")
    return {name: registry.lookup("step", name)() for name in registry.names("step")}


def applicable(spec: SdkSpec, targets: Sequence[str]) -> tuple[Step, ...]:
    """Return the steps of a build of `spec` for some platforms: the shared ones and those of each platform."""
    return tuple(step for step in all_steps().values() if step.target in (None, *targets) and step.applies(spec))


def with_proof_steps(files: Layout, spec: SdkSpec) -> Layout:
    """Return `files` with the names of the proof steps of a build of `spec` for `files.targets`."""
    return replace(files, proof_steps=tuple(s.name for s in applicable(spec, files.targets) if s.is_proof))


def tools_of(step: Step, spec: SdkSpec, targets: Sequence[str]) -> tuple[type[Tool], ...]:
    """Return the external programs that the steps of a build of `spec` depend on, sorted by name."""
    steps = applicable(spec, targets) if step.uses_every_tool else (step,)
    return tuple(sorted({tool for one in steps for tool in one.tools}, key=lambda tool: tool.name))
