"""Declares the interface of an engine to the platforms whose SDKs carry it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from sdkgen import registry
from sdkgen.layout import Layout
from sdkgen.schema import Location, Reading


class Engine(ABC):
    """Computes the network in an app; a subclass is registered as `engine` under its name.

    Its export and its proof are steps, which apply when a target of the spec names the engine.

    Attributes:
        name: in the list `engines` of a target's table.
        title: in prose.
        targets: the platforms whose SDKs can carry it; None for all.
        preference: the API uses the engine with the lowest one by default.
        in_api: the API of the SDK can run it; else its files are only packed.
        ships_alone: its files are also published next to the package, for apps that use them without the SDK.
        keys: keys of the target's table that have a meaning with this engine only.
        has_facts: the target's section of report.json contains facts about it, under its name.
        part: of the size breakdown that its files are counted under.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    targets: ClassVar[tuple[str, ...] | None] = None
    preference: ClassVar[int] = 100
    in_api: ClassVar[bool] = True
    ships_alone: ClassVar[bool] = False
    keys: ClassVar[tuple[str, ...]] = ()
    has_facts: ClassVar[bool] = False
    part: ClassVar[str] = "other"

    def check(self, table: Any, location: Location, reading: Reading) -> None:
        """Report through `reading` the values of a target's valid `table` at `location` that it does not support."""
        return

    @abstractmethod
    def bundle(self, name: str) -> tuple[str, ...]:
        """Return the names of files and folders that it adds to the bundle of the SDK `name`."""

    @abstractmethod
    def packed(self, files: Layout) -> Sequence[Path]:
        """Return the files and folders of its export that the package step reads."""

    @abstractmethod
    def resources(self, files: Layout) -> Mapping[str, Path]:
        """Return the files of `bundle` by their path in it; call it after its export has run."""

    def reported(self, files: Layout) -> Sequence[Path]:
        """Return the documents of its export that the report reads."""
        return ()

    def facts(self, files: Layout) -> Mapping[str, Any] | None:
        """Return the engine's facts in the target's section of report.json; None without `has_facts`."""
        return None

    def limitations(self) -> Sequence[str]:
        """Return sentences about properties that a reader might assume were checked for this engine."""
        return ()


def engine_names(target: str) -> tuple[str, ...]:
    """Return the engines that an SDK for a platform can carry, the preferred one first."""
    registry.discover("sdkgen.engines")
    engines = sorted(selected(registry.names("engine")), key=lambda engine: (engine.preference, engine.name))
    return tuple(engine.name for engine in engines if engine.targets is None or target in engine.targets)


def selected(names: Sequence[str]) -> tuple[Engine, ...]:
    """Return the engines of those names, in their order.

    Raises:
        KeyError: there is no such engine.
    """
    registry.discover("sdkgen.engines")
    return tuple(registry.lookup("engine", name)() for name in names)
