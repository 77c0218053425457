"""Finds the Python files that a step's result depends on: the declaring file and all of sdkgen that it imports."""

import ast
import inspect
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TypeGuard

from sdkgen.registry import plugin_folders
from sdkgen.steps.base import Step

PACKAGE = Path(__file__).resolve().parent.parent
RUNNER = PACKAGE / "steps" / "command.py"
"""Runs every step. It imports all steps; these imports do not count as dependencies."""


def step_sources(step: Step) -> tuple[Path, ...]:
    """Return the file of the step, the runner, and the step's direct and indirect imports from sdkgen, sorted.

    Folders that `discover` is called on count as imported, and with them the files of plug-ins.
    """
    own = Path(inspect.getfile(type(step))).resolve()
    return tuple(sorted({own, RUNNER, *_closure(_imports_of(own))}))


def _closure(start: Sequence[Path]) -> set[Path]:
    waiting, found = list(start), set[Path]()
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imports_of(path)
    return found


@cache
def _imports_of(path: Path) -> tuple[Path, ...]:
    return tuple(_imports(ast.parse(path.read_bytes()))) if path.suffix == ".py" else ()


def _imports(module: ast.Module) -> Iterator[Path]:
    """Yield the files of all `sdkgen.…` imports, at any depth, and the folders that `discover` is called on."""
    for node in _statements(module.body):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _files(alias.name)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from _files(node.module)
            for alias in node.names:
                yield from _files(f"{node.module}.{alias.name}")
        elif isinstance(node, ast.Expr) and _is_discovery(node.value):
            yield from _plugin_sources()
            for argument in node.value.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    folder = _path(argument.value)
                    yield from sorted([*folder.glob("*.py"), *folder.glob("*/__init__.py")])


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield all statements at any depth; expressions, of which there are many more, hold none."""
    for node in body:
        yield node
        for name in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, name, None)
            if isinstance(inner, list):
                yield from _statements(inner)


def _plugin_sources() -> list[Path]:
    """Return every file below the plug-in folders: templates and Python."""
    files = (path for folder in plugin_folders() for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in files if "__pycache__" not in path.parts)


def _is_discovery(value: ast.expr) -> TypeGuard[ast.Call]:
    return isinstance(value, ast.Call) and ast.unparse(value.func).split(".")[-1] == "discover"


def _files(module: str) -> Iterator[Path]:
    """Yield the file of a module or of a package; none for `sdkgen.steps`, whose list of steps is no dependency."""
    if module.startswith("sdkgen.") and module != "sdkgen.steps":
        path = _path(module)
        yield from (file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file())


def _path(module: str) -> Path:
    return PACKAGE.joinpath(*module.split(".")[1:])
