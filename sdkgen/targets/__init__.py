"""Platforms: one file each with its files, ABIs, range of operating systems, store limits and part of the report."""

from collections.abc import Mapping

from sdkgen import registry
from sdkgen.spec.values import SdkSpec
from sdkgen.targets.base import Target

__all__ = ["Target", "all_targets", "of_spec", "target"]


def all_targets() -> Mapping[str, Target]:
    """Return every platform by its name, sorted."""
    registry.discover("sdkgen.targets")
    return {name: registry.lookup("target", name)() for name in registry.names("target")}


def target(name: str) -> Target:
    """Return the platform of that name.

    Raises:
        KeyError: there is none.
    """
    return all_targets()[name]


def of_spec(spec: SdkSpec) -> tuple[str, ...]:
    """Return the platforms that the spec has a table for, sorted."""
    return tuple(sorted(spec.targets))
