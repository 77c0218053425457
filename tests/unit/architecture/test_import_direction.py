"""Imports point downwards: a room imports rooms of lower layers only, so that stages do not import each other."""

import ast
import graphlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[3] / "sdkgen"
LAYERS: tuple[frozenset[str], ...] = tuple(
    frozenset(names.split())
    for names in (
        "errors layout log_filters native_tree registry schema types",
        "command_line files fx",
        "idx tasks toolchain",
        "spec templates",
        "coreml documents images plan runtime targets tensors",
        "engines latency samples",
        "compress generate models package prove report",  # the stages
        "steps",
        "__main__ scons_tools search",
        "bench",
    )
)
"""From the bottom to the top: folders and modules directly below sdkgen/."""
ROOMS = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}


MODULES = sorted(PACKAGE.rglob("*.py"))
NAMES = {
    path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__"): path
    for path in MODULES
}


def imports(path: Path) -> set[str]:
    """Dotted names below sdkgen of the modules that a module imports, wherever the import stands."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name.removeprefix("sdkgen.") in NAMES else node.module for name in inner}
    return {name.removeprefix("sdkgen.") for name in found if name.startswith("sdkgen.")}


def room_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else path.stem


def test_every_room_has_its_layer() -> None:
    assert {room_of(path) for path in MODULES} - {"__init__"} == set(ROOMS)


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_a_room_imports_rooms_of_lower_layers_only(room: str) -> None:
    used = {(path.name, name.split(".")[0]) for path in MODULES if room_of(path) == room for name in imports(path)}
    assert not {(file, other) for file, other in used if other != room and ROOMS[other] >= ROOMS[room]}


def test_modules_import_each_other_in_no_circle() -> None:
    graph = {name: imports(path) & set(NAMES) for name, path in NAMES.items()}
    assert len(list(graphlib.TopologicalSorter(graph).static_order())) >= len(NAMES)  # raises CycleError


def test_only_steps_and_what_drives_them_use_a_stage() -> None:
    stages, drivers = LAYERS[6], {"steps", "search", "bench", "scons_tools"}
    users = {room_of(path) for path in MODULES for name in imports(path) if name.split(".")[0] in stages}
    assert users - stages <= drivers


def test_the_oracle_shares_no_code_with_lowering_or_runtime() -> None:
    for path in sorted((PACKAGE / "prove").glob("integer_*.py")):
        assert not {name for name in imports(path) if re.match(r"plan|engines|compress|runtime", name)}, path.name


def test_the_light_modules_import_nothing_heavy() -> None:
    """A no-op build imports these; torch alone would cost it seconds."""
    code = (
        "import sys, sdkgen.steps, sdkgen.spec, sdkgen.types, sdkgen.generate.build, sdkgen.report.build, "
        "sdkgen.package.build, sdkgen.scons_tools.steps, sdkgen.latency, sdkgen.plan.reader, sdkgen.plan.finder\n"
        "from sdkgen import steps, targets\n"
        "from sdkgen.plan.operator_type import operator_types\n"
        "from sdkgen.plan.aten import aten_operators\n"
        "from sdkgen.targets.engine import engine_names\n"
        "assert operator_types() and aten_operators(), 'the families are light as well'\n"
        "assert steps.all_steps() and targets.all_targets() and engine_names('ios'), 'so are these plug-ins'\n"
        "heavy = {'torch', 'coremltools', 'executorch', 'torchao', 'torchvision'} & set(sys.modules)\n"
        "sys.exit(f'imports {sorted(heavy)}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=PACKAGE.parent)
    assert done.returncode == 0, done.stderr


def test_every_module_states_what_it_is_for() -> None:
    for path in MODULES:
        text = ast.get_docstring(ast.parse(path.read_text()))
        assert text or not path.read_text().strip(), f"{path.relative_to(PACKAGE.parent)} has no docstring"
