"""Nodes of the Python steps: `python -m sdkgen STEP` in a process of its own, with everything it reads declared."""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sdkgen.errors import ToolchainError
from sdkgen.scons_tools.actions import command_node
from sdkgen.scons_tools.python_sources import step_code, step_names, step_sources
from sdkgen.scons_tools.trees import forget_if_damaged, manifest_of, write_manifest
from sdkgen.spec import Section, section_json
from sdkgen.spec.files import ASSET
from sdkgen.spec.values import SdkSpec
from sdkgen.toolchain.assets import asset_path
from sdkgen.toolchain.base import Tool
from sdkgen.toolchain.environment import read_lock


class Steps:
    """Makes the nodes of one SDK's steps.

    Args:
        build, host, dist: the folders of `sdkgen.pipeline.Layout`.
    """

    def __init__(self, env: Any, spec: SdkSpec, *, build: Path, host: Path, dist: Path) -> None:
        self._env = env
        self._spec = spec
        self._folders = ["--build", str(build), "--host", str(host), "--dist", str(dist)]
        self._packages = "\n".join(map(str, read_lock()["build"]))

    def step(
        self,
        name: str,
        *,
        title: str,
        sections: Sequence[Section],
        reads: Sequence[Any] = (),
        after: Sequence[Any] = (),
        tools: Sequence[type[Tool]] = (),
        values: Sequence[str] = (),
        options: Sequence[str] = (),
        writes: Sequence[Path] = (),
        fills: Sequence[Path] = (),
        show_output: bool = False,
        progress_lines: bool = False,
    ) -> list[Any]:
        """The nodes that the step writes: first the files `writes`, then one manifest for each folder of `fills`.

        Args:
            sections: parts of the spec that the step reads.
            reads: files and nodes whose content it reads.
            after: nodes that must be built before, but whose content does not matter to the result.
            tools: external programs; another version, or one that is newly there, runs the step again.
            values: anything else that it depends on.
            options: further arguments of the command.
            show_output, progress_lines: see `command_node`.
        """
        if name not in step_names():
            raise ToolchainError(f"sdkgen/pipeline.py has no step {name!r}.")
        for folder in fills:
            forget_if_damaged(folder, manifest_of(folder))
        targets = [*map(str, writes), *(str(manifest_of(folder)) for folder in fills)]
        versions = [f"{tool.name}: {found.version if (found := tool.find()) else 'none'}" for tool in tools]
        facts = [section_json(self._spec, *sections), step_code(name), self._packages, *versions, *values]
        sources = [*map(str, step_sources(name)), *(str(r) if isinstance(r, Path) else r for r in reads)]
        command = [sys.executable, "-m", "sdkgen", name, "--spec", str(self._spec.origin), *self._folders, *options]
        nodes = command_node(
            self._env,
            targets,
            [*sources, *(self._env.Value(fact) for fact in facts)],
            command,
            title=title,
            show_output=show_output,
            progress_lines=progress_lines,
            finish=partial(_write_manifests, fills),
        )
        for folder in fills:
            self._env.Clean(nodes, str(folder))
        if after:
            self._env.Requires(nodes, list(after))
        return list(nodes)


def _write_manifests(folders: Sequence[Path]) -> None:
    for folder in folders:
        write_manifest(folder, manifest_of(folder))


def model_sources(spec: SdkSpec) -> list[Path]:
    """Files that the network is made from."""
    return list(spec.model.files(spec.origin.parent))


def training_data(spec: SdkSpec) -> list[Path]:
    """The assets that the data factory of [training] is given: files, those of a folder sorted."""
    assert spec.training is not None
    names = [value for value in spec.training.arguments.values() if isinstance(value, str) and value.startswith(ASSET)]
    paths = [asset_path(name.removeprefix(ASSET)) for name in sorted(names)]
    return [file for path in paths for file in (sorted(path.rglob("*")) if path.is_dir() else [path]) if file.is_file()]
