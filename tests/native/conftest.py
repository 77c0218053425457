"""A program under sanitizers that opens and runs whatever it is given."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.native.hostile import SANITIZERS


@pytest.fixture(scope="session")
def driver(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("clang") or shutil.which("gcc")
    if compiler is None:
        missing("a C compiler with sanitizers", "apt-get install gcc")
    native = root / "native"
    sources = [p for part in ("kernels/*/*.c", "runtime/*.c", "image/*.c") for p in sorted(native.glob(part))]
    sources.append(root / "tests" / "native" / "hostile_driver.c")
    program = tmp_path_factory.mktemp("hostile") / "driver"
    # The pragmas that unroll loops are clang's.
    flags = ["-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas", *SANITIZERS]
    subprocess.run([compiler, *flags, *map(str, sources), "-o", str(program), "-lpthread"], check=True)
    return program
