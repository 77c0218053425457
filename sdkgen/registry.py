"""Plug-ins by kind and name: one file each, registered by a decorator, found by importing their folder."""

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

_entries: dict[tuple[str, str], Any] = {}


def register(kind: str, name: str) -> Callable[[T], T]:
    """Register the decorated class or function as `name` of `kind` ("compress", "target", …).

    Raises:
        ValueError: the name is already taken within its kind.
    """

    def decorate(entry: T) -> T:
        if (kind, name) in _entries:
            raise ValueError(f"{kind} {name!r} is registered twice")
        _entries[kind, name] = entry
        return entry

    return decorate


def discover(package: str) -> None:
    """Import every module directly inside `package`, in sorted order, so that its decorators run."""
    module = importlib.import_module(package)
    for info in sorted(pkgutil.iter_modules(module.__path__), key=lambda i: i.name):
        importlib.import_module(f"{package}.{info.name}")


def names(kind: str) -> tuple[str, ...]:
    """The registered names of one kind, sorted."""
    return tuple(sorted(name for k, name in _entries if k == kind))


def lookup(kind: str, name: str) -> Any:
    """The entry registered as `name` of `kind`.

    Raises:
        KeyError: there is none.
    """
    return _entries[kind, name]
