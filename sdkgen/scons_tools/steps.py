"""Nodes of the Python steps: `python -m sdkgen STEP` in its own process, with all its inputs declared."""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sdkgen.layout import Layout
from sdkgen.scons_tools.actions import command_node
from sdkgen.scons_tools.directory_targets import forget_if_damaged, manifest_of, write_manifest
from sdkgen.scons_tools.python_sources import step_sources
from sdkgen.spec import fingerprint, section_json
from sdkgen.spec.values import SdkSpec
from sdkgen.steps import Step, applicable, tools_of
from sdkgen.steps.base import ROOT
from sdkgen.toolchain.environment import read_lock


def step_nodes(env: Any, spec: SdkSpec, files: Layout) -> dict[str, list[Any]]:
    """Make the nodes of every step of a build of `spec` for `files.targets`, by the step's name.

    A step's nodes are first the files that it writes, then one manifest for each folder that it fills. The steps
    are connected by the paths that they declare.
    """
    steps = applicable(spec, files.targets)
    filled = {folder for step in steps for folder in step.fills(spec, files)}
    packages = "\n".join(map(str, read_lock()["build"]))
    return {step.name: _nodes(env, spec, files, step, filled, packages) for step in steps}


def _nodes(env: Any, spec: SdkSpec, files: Layout, step: Step, filled: set[Path], packages: str) -> list[Any]:
    fills = step.fills(spec, files)
    for folder in fills:
        forget_if_damaged(folder, manifest_of(folder))
    tools = tools_of(step, spec, files.targets)
    versions = [f"{tool.name}: {found.version if (found := tool.find()) else 'none'}" for tool in tools]
    facts = [*_sections(step, spec), packages, *versions]
    reads = [*step_sources(step), *_data_files(step), *(_node(path, filled) for path in step.reads(spec, files))]
    command = [sys.executable, "-m", "sdkgen", step.name, "--spec", str(spec.origin)]
    command += ["--build", str(files.build), "--host", str(files.host), "--dist", str(files.dist)]
    command += ["--targets", ",".join(files.targets)] if step.uses_every_tool else []
    nodes = command_node(
        env,
        [*map(str, step.writes(spec, files)), *(str(manifest_of(folder)) for folder in fills)],
        [*map(str, reads), *map(env.Value, facts)],
        command,
        title=step.title,
        show_output=step.shows_output,
        progress_lines=step.shows_progress,
        finish=partial(_write_manifests, fills),
    )
    for folder in fills:
        env.Clean(nodes, str(folder))
    after = [str(_node(path, filled)) for path in step.after(spec, files)]
    if after:
        env.Requires(nodes, after)
    return list(nodes)


def _sections(step: Step, spec: SdkSpec) -> list[str]:
    sections = [section for section in step.sections if section != "fingerprint"]
    identity = [f"{fingerprint(spec):#x}"] if "fingerprint" in step.sections else []
    return [section_json(spec, *sections), *identity]


def _data_files(step: Step) -> list[Path]:
    """Return the files that the step's Python reads, relative to the checkout, sorted; a folder as its files."""
    paths = [ROOT / name for name in step.data_files]
    files = (file for path in paths for file in (path.rglob("*") if path.is_dir() else [path]) if file.is_file())
    return sorted(file.relative_to(ROOT) for file in files)


def _node(path: Path, filled: set[Path]) -> Path:
    """Return the node of a path in the DAG: for a folder that a step fills, its manifest."""
    return manifest_of(path) if path in filled else path


def _write_manifests(folders: Sequence[Path]) -> None:
    for folder in folders:
        write_manifest(folder, manifest_of(folder))
