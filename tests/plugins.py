"""Plug-ins for the length of a test: what they register is forgotten afterwards."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sdkgen import registry


@contextmanager
def plugged_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Name `folder` in SDKGEN_PLUGINS."""
    monkeypatch.setenv(registry.PLUGIN_FOLDERS, str(folder))
    before = set(sys.modules)
    try:
        yield folder
    finally:
        added = {name for name in set(sys.modules) - before if name.startswith("sdkgen_plugin_")}
        for key, entry in list(registry._entries.items()):
            if entry.__module__ in added:
                del registry._entries[key]
        for name in added:
            del sys.modules[name]
