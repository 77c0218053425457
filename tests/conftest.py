"""Fixtures that several test folders share: where the build put things, and tools that may be missing."""

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-goldens", action="store_true", help="rewrite the golden files from what is generated now"
    )


@pytest.fixture
def update_goldens(request: pytest.FixtureRequest) -> bool:
    """True when the golden files are to be rewritten; a person reads the difference afterwards."""
    return bool(request.config.getoption("--update-goldens"))


def missing(what: str, remedy: str) -> None:
    """A missing tool is a visible skip on a user's machine and a failure in CI."""
    message = f"{what} is missing: {remedy}"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def requires_tool(command: str, remedy: str) -> str:
    """The path of `command`, or a skip (a failure in CI) that says how to get it."""
    path = shutil.which(command)
    if path is None:
        missing(command, remedy)
    return str(path)


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the checkout."""
    return ROOT


def _built(path: Path) -> Path:
    if not path.exists():
        missing(path.relative_to(ROOT).as_posix(), "build the demo first: ./sconsw target=all")
    return path


@pytest.fixture(scope="session")
def demo_build() -> Path:
    """build/photo_tagger: what the main job left behind."""
    return _built(ROOT / "build" / "photo_tagger")


@pytest.fixture(scope="session")
def demo_dist() -> Path:
    """dist/photo_tagger: what a user gets."""
    return _built(ROOT / "dist" / "photo_tagger")


@pytest.fixture(scope="session")
def host_library() -> Path:
    """The C API built for this machine."""
    return _built(ROOT / "build" / "host" / "libsdkgen.so")


@pytest.fixture(scope="session")
def photographs() -> Path:
    """The folder of photographs that the demo calibrates and evaluates with."""
    from sdkgen.toolchain.assets import asset_path

    return asset_path("photographs")
