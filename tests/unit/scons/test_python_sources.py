"""Which Python files a step depends on, and that it declares the data files that these read."""

import ast
from pathlib import Path

import pytest

from sdkgen.scons_tools.python_sources import PACKAGE, step_sources
from sdkgen.steps import all_steps

STEPS = all_steps()


def sources(step: str) -> set[str]:
    return {path.relative_to(PACKAGE).as_posix() for path in step_sources(STEPS[step])}


def test_a_stage_depends_on_its_folder_and_not_on_another_stage() -> None:
    assert any(name.startswith("compress/") for name in sources("compress"))
    for other in ("export", "generate", "package", "report", "prove", "scons_tools"):
        assert not any(name.startswith(f"{other}/") for name in sources("compress")), other
    assert not any(name.startswith(("compress/", "export/")) for name in sources("generate"))


def test_registered_files_that_nothing_imports_by_name_are_found() -> None:
    assert any(Path(name).stem == "fold_batch_norm" for name in sources("compress"))
    assert "targets/android.py" in sources("report")


def test_foundation_modules_are_followed() -> None:
    assert {"types.py", "errors.py", "files.py", "layout.py"} <= sources("generate")


def test_a_step_depends_on_its_own_file_and_on_no_other_step() -> None:
    helpers = {"base.py", "command.py", "train.py", "training_data.py"}
    for name, step in STEPS.items():
        own = {path.name for path in step_sources(step) if path.parent == PACKAGE / "steps"}
        assert f"{name}.py" in own
        assert own - helpers <= {f"{name}.py"}, name


@pytest.mark.parametrize("name", sorted(STEPS))
def test_a_step_declares_the_data_files_that_its_python_names(name: str) -> None:
    """A string that names a file beside the module that holds it is a file that the module reads."""
    declared = [PACKAGE.parent / path for path in STEPS[name].data_files]
    for source in step_sources(STEPS[name]):
        strings = {n.value for n in ast.walk(ast.parse(source.read_bytes())) if isinstance(n, ast.Constant)}
        beside = {p for p in source.parent.iterdir() if p.is_file() and p.suffix != ".py"}
        for read in (path for path in beside if path.name in strings):
            known = source.parent.name == "toolchain"  # pins and locks: the versions of the tools stand for them
            assert known or any(read == d or d in read.parents for d in declared), f"{read.name} of {source.name}"
