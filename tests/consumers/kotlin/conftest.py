"""The SDKs of all test specs, generated, compiled and linked once per run."""

import os

import pytest

from sdkgen.toolchain.kotlin import Kotlinc
from sdkgen.toolchain.zig import Zig
from tests.consumers.kotlin.kotlin_build import Consumer, build_consumer


@pytest.fixture(scope="session")
def consumer(tmp_path_factory: pytest.TempPathFactory) -> Consumer:
    if Kotlinc.find() is None or Zig.find() is None:
        if os.environ.get("CI"):
            pytest.fail("no Kotlin compiler or no zig: run ./sconsw once")
        pytest.skip("no Kotlin compiler or no zig: run ./sconsw once")
    return build_consumer(tmp_path_factory.mktemp("kotlin"))
