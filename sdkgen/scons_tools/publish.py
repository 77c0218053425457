"""Copies finished results into dist/: whole files and whole folders, each replaced in one step."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sdkgen.files import atomic_directory, write_bytes
from sdkgen.scons_tools.actions import announce
from sdkgen.scons_tools.directory_targets import forget_if_damaged, manifest_of, write_manifest


def publish_file(env: Any, source: Any, target: Path) -> Any:
    """Make the node that copies one file."""
    return env.Command(str(target), source, env["COPY_FILE_ACTION"])


def publish_tree(env: Any, source: Path, target: Path, record: Path) -> Any:
    """Make the node that copies the folder `source` without its manifest; `record` represents the copy in the DAG."""
    forget_if_damaged(target, record)
    node = env.Command(str(record), str(manifest_of(source)), env["COPY_TREE_ACTION"], FROM=str(source), TO=str(target))
    env.Clean(node, str(target))
    return node


def copy_file(target: Sequence[Any], source: Sequence[Any], env: Any) -> None:
    """SCons action: source[0] to target[0]."""
    announce(f"publish {target[0]}")
    write_bytes(Path(str(target[0])), Path(str(source[0])).read_bytes())


def copy_tree(target: Sequence[Any], source: Sequence[Any], env: Any) -> None:
    """SCons action: the folder env["FROM"] to env["TO"], then its manifest to target[0]."""
    announce(f"publish {env['TO']}")
    with atomic_directory(Path(env["TO"])) as temporary:
        shutil.copytree(env["FROM"], temporary, dirs_exist_ok=True)
    write_manifest(Path(env["TO"]), Path(str(target[0])))


def write_text(target: Sequence[Any], source: Sequence[Any], env: Any) -> None:
    """SCons action: the text of the value node source[0] to target[0]."""
    write_bytes(Path(str(target[0])), source[0].get_text_contents().encode())
