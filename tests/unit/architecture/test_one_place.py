"""Code and templates of a task are in its own files: no other code tests which task it handles."""

import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[3] / "sdkgen"
ONLY_IN_TASKS = re.compile(r"\b(ClassificationTask|TensorTask)\b|task\.(scores|labels|outputs)\b")


def test_only_tasks_know_which_task_it_is() -> None:
    sources = [path for path in PACKAGE.rglob("*.py") if PACKAGE / "tasks" not in path.parents]
    assert len(sources) > 100, "this test would check nothing"
    found = [
        f"{path.relative_to(PACKAGE)}:{number}"
        for path in sources
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if ONLY_IN_TASKS.search(line)
    ]
    assert not found


def test_shared_templates_know_no_task() -> None:
    templates = PACKAGE.parent / "templates"
    shared = [p for p in templates.rglob("*.j2") if "tasks" not in p.relative_to(templates).parts]
    assert shared
    assert not [p.name for p in shared if re.search(r"\btopK\b|\bclassif|task\.kind|task\.labels", p.read_text())]


IMPORTED = re.compile(r"^\s*(?:from|import) sdkgen\.(\w+)", re.MULTILINE)


@pytest.mark.parametrize("path", sorted((PACKAGE / "tasks").glob("*.py")), ids=lambda path: str(path.stem))
def test_tasks_stand_below_spec_and_stages(path: Path) -> None:
    assert set(IMPORTED.findall(path.read_text())) <= {"registry", "schema", "tasks", "types"}


def test_schema_is_below_everything() -> None:
    assert not IMPORTED.findall((PACKAGE / "schema.py").read_text())
