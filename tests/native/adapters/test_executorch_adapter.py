"""The ExecuTorch adapter: runs a plan, and answers what does not fit with an error, never with a crash."""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sdkgen.toolchain.zig import Zig
from tests.conftest import ROOT

HERE = Path(__file__).parent
Compile = Callable[..., Path]


@pytest.fixture(scope="module")
def adapter(zig_compile: Compile) -> Path:
    found = importlib.util.find_spec("executorch")
    assert found is not None and found.submodule_search_locations
    wheel = Path(next(iter(found.submodule_search_locations)))
    target = Zig.host_target()
    model = zig_compile("fake.o", target, "-c", "-O2", "-fPIC", f"-I{ROOT / 'native/include'}", HERE / "fake_model.c")
    flags = ["-std=c++17", "-O2", "-fPIC", "-fvisibility=hidden", "-fno-exceptions", "-fno-rtti"]
    headers = wheel / "include/executorch/runtime/core/portable_type/c10"
    backend = zig_compile(
        "backend.o",
        target,
        *["-c", *flags, "-Wall", "-Wextra", "-Werror", "-DC10_USING_CUSTOM_GENERATED_MACROS"],
        *[f"-I{ROOT / 'native/include'}", "-isystem", wheel / "include", "-isystem", headers],
        ROOT / "native/adapters/executorch/sdkgen_backend.cpp",
        cxx=True,
    )
    link = ["-shared", f"-L{wheel / 'lib'}", "-lexecutorch", f"-Wl,-rpath,{wheel / 'lib'}"]
    return zig_compile("libsdkgen_executorch.so", target, backend, model, *link)


@pytest.fixture(scope="module")
def results(adapter: Path) -> dict[str, Any]:
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", str(HERE / "executorch_cases.py"), str(adapter)],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    parsed: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return {**parsed, "log": answer.stderr + answer.stdout}


@pytest.mark.parametrize("name", ["good", "again"])
def test_runs_the_plan(results: dict[str, Any], name: str) -> None:
    assert results[name] == {"outputs": [[2.0 * i for i in range(12)]]}


@pytest.mark.parametrize(
    "name", ["damaged plan", "wrong size", "wrong rank", "wrong dtype", "wrong count", "missing kernel", "failing run"]
)
def test_what_does_not_fit_is_an_error(results: dict[str, Any], name: str) -> None:
    assert "error" in results[name], results[name]


def test_the_operator_without_a_kernel_is_named(results: dict[str, Any]) -> None:
    assert "cannot be opened: not ok: conv_transpose" in results["log"]
