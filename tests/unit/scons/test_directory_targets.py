"""A folder's manifest notices what was done to the folder by hand."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sdkgen.errors import PackageError
from sdkgen.scons_tools.directory_targets import forget_if_damaged, manifest_of, write_manifest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "api"
    (folder / "kotlin").mkdir(parents=True)
    (folder / "kotlin" / "A.kt").write_text("class A")
    (folder / "B.txt").write_text("b")
    write_manifest(folder, manifest_of(folder))
    return folder


def test_an_untouched_tree_keeps_its_manifest(folder: Path) -> None:
    forget_if_damaged(folder, manifest_of(folder))
    assert manifest_of(folder).is_file()


def _edit(folder: Path) -> None:
    path = folder / "B.txt"
    path.write_text("c")
    later = manifest_of(folder).stat().st_mtime_ns + 10**6
    os.utime(path, ns=(later, later))


@pytest.mark.parametrize(
    "damage",
    [lambda f: (f / "B.txt").unlink(), lambda f: (f / "new.txt").write_text("n"), _edit],
    ids=["removed", "added", "edited"],
)
def test_a_damaged_tree_loses_its_manifest(folder: Path, damage: Callable[[Path], object]) -> None:
    damage(folder)
    forget_if_damaged(folder, manifest_of(folder))
    assert not manifest_of(folder).exists()


def test_the_manifest_depends_on_content_only(folder: Path, tmp_path: Path) -> None:
    before = manifest_of(folder).read_bytes()
    (folder / "B.txt").write_text("b")
    write_manifest(folder, manifest_of(folder))
    assert manifest_of(folder).read_bytes() == before


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(PackageError, match="is empty"):
        write_manifest(tmp_path / "empty", tmp_path / "empty.tree.json")
