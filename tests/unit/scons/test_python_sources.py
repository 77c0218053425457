"""Which Python files a step depends on."""

from sdkgen.scons_tools.python_sources import PACKAGE, step_code, step_names, step_sources


def _files(step: str) -> set[str]:
    return {path.relative_to(PACKAGE).as_posix() for path in step_sources(step)}


def test_every_step_of_the_pipeline_is_found() -> None:
    assert {"compress", "export", "generate", "kotlin", "package", "report", "check"} <= set(step_names())


def test_a_stage_depends_on_its_folder_and_not_on_another_stage() -> None:
    assert any(name.startswith("compress/") for name in _files("compress"))
    for other in ("export", "generate", "package", "report", "prove", "scons_tools"):
        assert not any(name.startswith(f"{other}/") for name in _files("compress")), other
    assert not any(name.startswith(("compress/", "export/")) for name in _files("generate"))


def test_registered_files_that_nothing_imports_by_name_are_found() -> None:
    assert "compress/fold_batch_norm.py" in _files("compress")


def test_foundation_modules_are_followed() -> None:
    assert {"types.py", "errors.py", "files.py"} <= _files("generate")


def test_the_code_of_one_step_does_not_hold_the_others() -> None:
    code = step_code("generate")
    assert "\ndef generate(" in code
    assert "\ndef main(" in code
    assert "\ndef compress(" not in code
