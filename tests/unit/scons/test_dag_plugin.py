"""A platform of a plug-in folder is a target like the others; nothing of sdkgen names it."""

import os
from pathlib import Path

import pytest

from tests.unit.scons.dag_project import Project

PLUGINS = Path(__file__).resolve().parents[2] / "e2e" / "toy_platform"
SPEC = "sample_apps/photo_tagger/sdk.toml"
TOY = {"checksum_toy", "package_toy", "prove_toy"}
MODEL = {"compress", "export", "prove_executorch"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("dag"))
    plugins = project.folder / "plugins"
    plugins.mkdir()
    (plugins / "toy.py").write_text((PLUGINS / "toy.py").read_text())
    project.append(SPEC, "\n[targets.toy]\n")
    return project


@pytest.fixture(autouse=True)
def plugins(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDKGEN_PLUGINS", os.fspath(project.folder / "plugins"))


def test_its_steps_are_built_and_its_folder_is_published(project: Project) -> None:
    assert project.build("target=toy") == {*MODEL, *TOY, "report", "check"}
    assert (project.folder / "dist" / "photo_tagger" / "toy" / "content.txt").is_file()
    assert project.build("target=toy") == set()


def test_an_edit_of_its_table_reaches_its_steps_only(project: Project) -> None:
    project.replace(SPEC, "[targets.toy]\n", '[targets.toy]\ncolour = "blue"\n')
    ran = project.build("target=toy")
    assert "checksum_toy" in ran and not ran & MODEL


def test_an_edit_of_its_file_reaches_its_steps(project: Project) -> None:
    project.append("plugins/toy.py", "\n# edited\n")
    assert project.build("target=toy") >= TOY


def test_help_and_suggestions_list_it(project: Project) -> None:
    assert "the toy SDK: a folder with the model" in project.scons("-h").stdout
    assert "Did you mean 'toy'?" in project.scons("target=toyy").stderr
