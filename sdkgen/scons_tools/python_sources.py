"""What a step's result depends on in Python: its function in pipeline.py and all of sdkgen that this imports."""

import ast
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TypeGuard

PACKAGE = Path(__file__).resolve().parent.parent
PIPELINE = PACKAGE / "pipeline.py"


def step_code(step: str) -> str:
    """pipeline.py with the step's function and the functions it calls, normalised: edits of others leave it alone."""
    module, steps = _pipeline()
    functions = {node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}
    rest = [node for node in module.body if not isinstance(node, ast.FunctionDef) and not _is_left_out(node)]
    wanted, waiting = set[str](), [step, "main"]
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting += [found for found in _names(functions[name]) if found in functions and found not in steps]
    kept = [node for node in module.body if node in rest or (isinstance(node, ast.FunctionDef) and node.name in wanted)]
    return "\n".join(_text(node) for node in kept)


def _is_left_out(node: ast.stmt) -> bool:
    """The table of the steps, and imports for type checkers only: a step's result depends on neither."""
    return _assigns(node, "STEPS") or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")


def _names(function: ast.FunctionDef) -> Iterator[str]:
    """Every name that a function reads."""
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id


def step_sources(step: str) -> tuple[Path, ...]:
    """Files that the step's function imports from sdkgen, directly or not, sorted; with what `discover` finds."""
    return _closure(_imports(ast.parse(step_code(step))))


def _closure(start: Iterator[Path]) -> tuple[Path, ...]:
    waiting, found = list(start), set[Path]()
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imports_of(path)
    return tuple(sorted(found))


@cache
def _pipeline() -> tuple[ast.Module, frozenset[str]]:
    """The parsed pipeline.py, and the names of its step functions: the values of the dict STEPS."""
    module = ast.parse(PIPELINE.read_bytes())
    table = next(node for node in module.body if _assigns(node, "STEPS"))
    names = (node.id for node in ast.walk(table) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
    functions = {node.name for node in module.body if isinstance(node, ast.FunctionDef)}
    return module, frozenset(functions & set(names))


@cache
def _text(node: ast.stmt) -> str:
    return ast.unparse(node)


def step_names() -> tuple[str, ...]:
    """The steps that pipeline.py has, sorted."""
    return tuple(sorted(_pipeline()[1]))


def _assigns(node: ast.stmt, name: str) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


@cache
def _imports_of(path: Path) -> tuple[Path, ...]:
    return tuple(_imports(ast.parse(path.read_bytes())))


def _imports(module: ast.Module) -> Iterator[Path]:
    """Files that the `sdkgen.…` imports lead to, wherever they stand, and the folders that `discover` is called on."""
    for node in _statements(module.body):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _files(alias.name)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from _files(node.module)
            for alias in node.names:
                yield from _files(f"{node.module}.{alias.name}")
        elif isinstance(node, ast.Expr) and _is_discovery(node.value):
            for argument in node.value.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield from sorted(_path(argument.value).glob("*.py"))


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """All statements, however deep; expressions, of which there are many more, hold none."""
    for node in body:
        yield node
        for name in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, name, None)
            if isinstance(inner, list):
                yield from _statements(inner)


def _is_discovery(value: ast.expr) -> TypeGuard[ast.Call]:
    return isinstance(value, ast.Call) and ast.unparse(value.func).split(".")[-1] == "discover"


def _files(module: str) -> Iterator[Path]:
    if module.startswith("sdkgen."):
        path = _path(module)
        yield from (file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file())


def _path(module: str) -> Path:
    return PACKAGE.joinpath(*module.split(".")[1:])
