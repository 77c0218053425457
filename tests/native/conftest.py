"""A program under sanitizers that opens and runs whatever it is given."""

from pathlib import Path

import pytest

from tests.native.hostile import SANITIZERS
from tests.native.objects import compiled, program, runtime_sources, sanitizing_compiler


@pytest.fixture(scope="session")
def driver(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    # The pragmas that unroll loops are clang's.
    flags = ["-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas", *SANITIZERS]
    compiler = sanitizing_compiler("address", flags)
    objects = compiled(compiler, [*runtime_sources(), root / "tests" / "native" / "hostile_driver.c"])
    return program(compiler, tmp_path_factory.mktemp("hostile") / "driver", objects, "-lpthread")
