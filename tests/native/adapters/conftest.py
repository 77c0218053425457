"""Builds the adapters around a fake model, with the same compiler as the product."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sdkgen.toolchain.zig import Zig

Compile = Callable[..., Path]


@pytest.fixture(scope="session")
def zig_compile(tmp_path_factory: pytest.TempPathFactory) -> Compile:
    """compile(name, target, *arguments, cxx=False) -> path of what zig wrote."""
    zig = Zig.require()
    folder = tmp_path_factory.mktemp("zig")

    def compile_with_zig(name: str, target: str, *arguments: object, cxx: bool = False) -> Path:
        command = [*(zig.cxx(target) if cxx else zig.cc(target)), "-o", str(folder / name), *map(str, arguments)]
        answer = subprocess.run(
            command, capture_output=True, text=True, env={**os.environ, **zig.environment()}, check=False
        )
        assert answer.returncode == 0, answer.stderr
        return folder / name

    return compile_with_zig
