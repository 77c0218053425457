"""A folder of plug-ins that SDKGEN_PLUGINS names during a test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plugins import plugged_in

HERE = Path(__file__).parent


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder with the task "anomaly"."""
    with plugged_in(HERE / "plugins", monkeypatch) as folder:
        yield folder
