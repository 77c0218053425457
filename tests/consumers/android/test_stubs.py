"""The compile-only stubs declare nothing that the real classes lack: held against lists read from the real ones.

Android's own classes and androidx.activity are covered; of CameraX there is no such list, so its stubs name the page of
the documentation that they were written from.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sdkgen.package.kotlin import STUBS as SDK_STUBS
from sdkgen.toolchain.pins import load_pins
from tests.conftest import missing

APP_STUBS = Path(__file__).parent / "stubs"
_PACKAGES = {"android": "android-signatures", "androidx/activity": "androidx-activity-signatures"}
_METHOD = re.compile(r"(?:[\w.<>\[\], ]+ )(\w+)\(([^)]*)\)")
_CONSTANT = re.compile(r"public static final \w+ (\w+) =")
_CLASS = re.compile(r"\b(?:class|interface|enum) (\w+)")


def _stub_files() -> list[Path]:
    found = [*SDK_STUBS.rglob("*.java"), *APP_STUBS.rglob("*.java")]
    return sorted(path for path in found if _signatures(path) is not None)


def _signatures(path: Path) -> Path | None:
    """The list that covers a stub's package, or None."""
    root = SDK_STUBS if path.is_relative_to(SDK_STUBS) else APP_STUBS
    package = path.relative_to(root).parent.as_posix()
    for prefix, pin in _PACKAGES.items():
        if package == prefix or package.startswith(f"{prefix}/"):
            top, *rest = package.split("/")
            return load_pins().tool(pin).folder.joinpath(f"{top}-stubs", *rest, "__init__.pyi")
    return None


def _declared(java: str) -> Iterator[tuple[tuple[str, ...], str, int | None]]:
    """Classes around it, name and number of parameters (None for a constant) of each public member of a stub."""
    classes: list[str] = []
    for statement in re.findall(r"^( *)([^\s/*}@][^{;]*)[{;]", java, re.MULTILINE):
        depth, text = len(statement[0]) // 4, " ".join(statement[1].split())
        if found := _CLASS.search(text.split("(")[0]):
            classes = [*classes[:depth], found.group(1)]
            yield tuple(classes[:-1]), found.group(1), None
        elif constant := _CONSTANT.match(text + " ="):
            yield tuple(classes[:depth]), constant.group(1), None
        elif (method := _METHOD.match(text)) and text.split()[0] not in ("throw", "super", "package"):
            # A comma within <…> separates type arguments.
            parameters = re.sub(r"<[^<>]*>", "", method.group(2))
            name = "__init__" if classes[:depth][-1:] == [method.group(1)] else method.group(1)
            yield tuple(classes[:depth]), name, len(parameters.split(",")) if parameters else 0


def _counts(definition: ast.FunctionDef) -> tuple[range, str]:
    """Numbers of parameters a method takes, and its name."""
    arguments = definition.args
    static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in definition.decorator_list)
    count = len(arguments.posonlyargs) + len(arguments.args) - (0 if static else 1)
    return range(count, count + (10 if arguments.vararg else 1)), definition.name


def _has(body: list[ast.stmt], name: str, count: int | None) -> bool:
    for node in body:
        if isinstance(node, ast.FunctionDef) and node.name == name and count is not None:
            if count in _counts(node)[0] or node.args.vararg:
                return True
        elif isinstance(node, ast.ClassDef) and node.name == name and count is None:
            return True
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
            return count is None
    return False


def _inside(body: list[ast.stmt], classes: tuple[str, ...]) -> list[ast.stmt]:
    for name in classes:
        body = next((n.body for n in body if isinstance(n, ast.ClassDef) and n.name == name), [])
    return body


@pytest.mark.parametrize("stub", _stub_files(), ids=lambda path: path.stem)
def test_every_member_of_a_stub_is_real(stub: Path) -> None:
    signatures = _signatures(stub)
    assert signatures is not None
    if not signatures.is_file():
        missing(signatures.parent.name, "run ./sconsw test once")
    real = ast.parse(signatures.read_text()).body
    declared = list(_declared(stub.read_text()))
    assert declared
    invented = [
        ".".join((*classes, name)) for classes, name, count in declared if not _has(_inside(real, classes), name, count)
    ]
    assert invented == []
