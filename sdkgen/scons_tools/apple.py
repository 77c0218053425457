"""Nodes of the static libraries for Apple's systems: one object per source, slice and architecture, then archives."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sdkgen.scons_tools import flags
from sdkgen.scons_tools.actions import command_node
from sdkgen.spec.values import IosTarget
from sdkgen.targets.ios import SLICES
from sdkgen.toolchain.zig import Zig


def static_libraries(env: Any, folder: Path, name: str, target: IosTarget, c_target: Sequence[Any]) -> list[Any]:
    """folder/slices/<slice>/<architecture>/lib<name>.a, in the order of `SLICES`.

    Args:
        c_target: nodes of the files of the C target, below folder/c_target.
    """
    zig = Zig.require()
    sources = [node for node in c_target if str(node).endswith(".c")]
    archives = []
    for part in SLICES:
        for architecture in part.architectures:
            compiler = [*zig.cc(part.zig_target(architecture, target)), *flags.APPLE_C, flags.exported(name)]
            if part.variant == "simulator":  # runs on a developer's machine only: small goes before fast
                compiler.append("-Os")
            place = f"{part.name}, {architecture}"
            objects = []
            for source in filter(partial(_is_for, architecture), sources):
                path = Path(str(source)).relative_to(folder / "c_target")
                item = folder / "obj" / part.name / architecture / path.with_suffix(".o")
                command = [*compiler, "-c", "-o", "{output}", str(source)]
                objects.append(_node(env, zig, item, [source], command, f"compile {path} for {place}", passing=True))
            # One object, in which only the public API is still global: smaller, and no kernel's name can clash.
            whole = folder / "obj" / part.name / architecture / f"{name}.o"
            link = [*zig.cc(part.zig_target(architecture, target)), "-r", "-nostdlib", "-o", "{output}"]
            joined = _node(env, zig, whole, objects, [*link, *map(str, objects)], f"join {whole.name} for {place}")
            library = folder / "slices" / part.name / architecture / f"lib{name}.a"
            # r: insert, c: a new archive, s: with its table of symbols, D: no dates and owners
            command = [str(zig.executable), "ar", "--format=darwin", "rcsD", "{output}", str(joined)]
            archives.append(_node(env, zig, library, [joined], command, f"archive {library.name} for {place}"))
    return archives


def _is_for(architecture: str, source: Any) -> bool:
    """A kernel is named after its instruction set; for another architecture its file is empty."""
    name = Path(str(source)).name
    return not name.startswith("avx" if architecture == "arm64" else "neon")


def _node(
    env: Any,
    zig: Zig,
    target: Path,
    inputs: Sequence[Any],
    command: Sequence[str],
    title: str,
    *,
    passing: bool = False,
) -> Any:
    node = command_node(
        env, str(target), list(inputs), command, title=title, passing=passing, variables=zig.environment()
    )[0]
    env.Depends(node, env.Value(f"zig {zig.version}"))
    return node
