"""The nodes of `scons lint`, `test` and `bench`: always run; linters print on failure only, the others always."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sdkgen.generate.naming import pascal_case
from sdkgen.scons_tools.actions import command_node
from sdkgen.toolchain.ktlint import Ktlint
from sdkgen.toolchain.swift import Swift

_C_FILES = ("*.c", "*.h", "*.inc", "*.cpp")


def lint_nodes(env: Any, demo: Sequence[Any], results: Path) -> list[Any]:
    """Make one node per linter, so that they run in parallel.

    Args:
        demo: nodes that must be built before the generated code can be checked.
        results: the folder that they are built into.
    """
    python = [sys.executable, "-m"]
    nodes = [
        _check(env, "ruff", [*python, "ruff", "check", "--quiet", "."]),
        _check(env, "mypy", [*python, "mypy", "--strict", "--no-error-summary", "sdkgen"]),
    ]
    native = sorted(str(path) for pattern in _C_FILES for path in Path("native").rglob(pattern))
    clang_format = Path(sys.executable).parent / "clang-format"
    nodes.append(_check(env, "clang-format", [str(clang_format), "--dry-run", "-Werror", *native]))
    ktlint = Ktlint.find()
    if ktlint:
        patterns = ["templates/kotlin/**/*.kt", f"{results}/android/api/**/*.kt"]
        nodes.append(_check(env, "ktlint", ktlint.command("--log-level=error", *patterns), demo))
    if Swift.find():
        generated = results / "ios" / pascal_case(results.name)
        folders = ["templates/swift/runtime", "templates/swift/tasks", "sample_apps/photo_tagger/ios", str(generated)]
        command = [*python, "sdkgen.scons_tools.swift_lint", str(generated / ".swift-format"), *folders]
        nodes.append(_check(env, "swift format", command, demo))
    return nodes


def test_node(env: Any, after: Sequence[Any]) -> Any:
    """Make the node that runs pytest over the whole suite, in the foreground, after everything in `after` is built."""
    # A file's tests stay on one worker: many share fixtures that their file builds once.
    command = [sys.executable, "-m", "pytest", "-q", "-n", str(os.cpu_count() or 1), "--dist", "loadfile"]
    node = env.Command(".pytest", [], env["FOREGROUND_ACTION"], COMMAND=command, TITLE="pytest")
    env.Depends(node, list(after))
    env.AlwaysBuild(node)
    return node


def bench_node(env: Any) -> Any:
    """Make the node of the benchmark, always run, in the foreground; it reuses its unchanged results."""
    command = [sys.executable, "-m", "sdkgen.bench"]
    title = "bench: executed arm64 instructions"
    node = env.Command(".bench", [], env["FOREGROUND_ACTION"], COMMAND=command, TITLE=title)
    env.AlwaysBuild(node)
    return node


def _check(env: Any, name: str, command: Sequence[str], after: Sequence[Any] = ()) -> Any:
    node = command_node(env, f".lint-{name.replace(' ', '-')}", [], command, title=f"lint: {name}")
    env.Depends(node, list(after))
    env.AlwaysBuild(node)
    return node
