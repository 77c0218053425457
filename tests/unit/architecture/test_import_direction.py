"""The stages do not know each other: only pipeline.py knows their order."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[3] / "sdkgen"
STAGES = {"models", "compress", "export", "generate", "package", "prove", "report"}
TOOLS = {"toolchain", "targets", "coreml", "latency", "plan", "fx"}  # what a stage may use beside the foundation
PLAN_USES = {"types", "errors", "registry", "files", "documents", "fx", "tasks", "targets", "spec"}
ORCHESTRATION = {"pipeline", "scons_tools", "bench", "search", "__main__"}


def imported(path: Path) -> set[str]:
    """First-level names below sdkgen that a module imports, wherever the import stands."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module] if node.module != "sdkgen" else [f"sdkgen.{alias.name}" for alias in node.names]
        found |= {name.split(".")[1] for name in names if name.startswith("sdkgen.")}
    return found


def modules(folder: str) -> list[Path]:
    return sorted((PACKAGE / folder).rglob("*.py"))


@pytest.mark.parametrize("stage", sorted(STAGES))
def test_a_stage_imports_no_other_stage(stage: str) -> None:
    assert modules(stage), f"sdkgen/{stage} is gone: this test would check nothing"
    wrong = {path.name: imported(path) & ((STAGES - {stage}) | ORCHESTRATION) for path in modules(stage)}
    assert not {name: names for name, names in wrong.items() if names}


@pytest.mark.parametrize("folder", sorted(TOOLS))
def test_tools_and_targets_know_no_stage(folder: str) -> None:
    wrong = {path.name: imported(path) & (STAGES | ORCHESTRATION) for path in modules(folder)}
    assert not {name: names for name, names in wrong.items() if names}


@pytest.mark.parametrize(("folder", "allowed"), [("fx", {"errors"}), ("plan", PLAN_USES), ("latency", {"plan"})])
def test_the_plan_uses_the_foundation_only(folder: str, allowed: set[str]) -> None:
    wrong = {path.name: imported(path) - allowed - {folder} for path in modules(folder)}
    assert not {name: names for name, names in wrong.items() if names}


def test_the_foundation_knows_no_stage() -> None:
    foundation = [path for path in PACKAGE.glob("*.py") if path.stem not in ORCHESTRATION]
    wrong = {path.name: imported(path) & (STAGES | ORCHESTRATION) for path in foundation}
    assert not {name: names for name, names in wrong.items() if names}


def test_the_light_modules_import_nothing_heavy() -> None:
    """A no-op build imports these; torch alone would cost it seconds."""
    code = (
        "import sys, sdkgen.steps, sdkgen.spec, sdkgen.types, sdkgen.generate.build, sdkgen.report.build, "
        "sdkgen.package.build, sdkgen.scons_tools.steps, sdkgen.latency, sdkgen.plan.reader, sdkgen.plan.finder\n"
        "from sdkgen.plan.operator_type import operator_types\n"
        "from sdkgen.plan.aten import aten_operators\n"
        "assert operator_types() and aten_operators(), 'the families are light as well'\n"
        "heavy = {'torch', 'coremltools', 'executorch', 'torchao', 'torchvision'} & set(sys.modules)\n"
        "sys.exit(f'imports {sorted(heavy)}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=PACKAGE.parent)
    assert done.returncode == 0, done.stderr


def test_every_module_says_what_it_is_for() -> None:
    for path in sorted(PACKAGE.rglob("*.py")):
        text = ast.get_docstring(ast.parse(path.read_text()))
        assert text or not path.read_text().strip(), f"{path.relative_to(PACKAGE.parent)} has no docstring"
