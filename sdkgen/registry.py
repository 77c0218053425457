"""Plug-ins by kind and name: one file each, registered by a decorator, found by importing their folder.

Tasks, targets, engines, model sources, compression passes, plan operators and steps are plug-ins. A folder of further
plug-ins, outside of this package, is named in the environment variable SDKGEN_PLUGINS.
"""

import hashlib
import importlib
import importlib.util
import os
import pkgutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

PLUGIN_FOLDERS = "SDKGEN_PLUGINS"
"""Environment variable: folders of further plug-ins, separated as in PATH; every *.py directly inside is imported."""

_entries: dict[tuple[str, str], Any] = {}


def register(kind: str, name: str) -> Callable[[T], T]:
    """Register the decorated class or function as `name` of `kind` ("pass", "target", …).

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
    """Import every module directly inside `package`, then every plug-in file, so that their decorators run.

    Args:
        package: a dotted name; write it as a literal, so that the build finds what a step depends on.
    """
    module = importlib.import_module(package)
    for info in sorted(pkgutil.iter_modules(module.__path__), key=lambda i: i.name):
        importlib.import_module(f"{package}.{info.name}")
    for path in plugin_files():
        _import_file(path)


def plugin_files() -> tuple[Path, ...]:
    """Return the plug-in files of the folders in SDKGEN_PLUGINS, sorted within each folder."""
    return tuple(path for folder in plugin_folders() for path in sorted(folder.glob("*.py")))


def plugin_folders() -> tuple[Path, ...]:
    """Return the folders in SDKGEN_PLUGINS, absolute; the results of a build depend on their content."""
    return tuple(Path(name).resolve() for name in os.environ.get(PLUGIN_FOLDERS, "").split(os.pathsep) if name)


def names(kind: str) -> tuple[str, ...]:
    """Return the registered names of one kind, sorted."""
    return tuple(sorted(name for k, name in _entries if k == kind))


def lookup(kind: str, name: str) -> Any:
    """Return the entry registered as `name` of `kind`.

    Raises:
        KeyError: there is none.
    """
    return _entries[kind, name]


def _import_file(path: Path) -> None:
    name = f"sdkgen_plugin_{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    if name in sys.modules:  # also while it is being imported: a plug-in may import a package that discovers plug-ins
        return
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None, "a path that ends in .py has a loader"
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
