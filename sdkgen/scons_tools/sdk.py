"""The nodes of one SDK: native libraries, steps, and what is published."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sdkgen import targets
from sdkgen.layout import Layout
from sdkgen.scons_tools.native import Native
from sdkgen.scons_tools.publish import publish_file, publish_tree
from sdkgen.scons_tools.steps import step_nodes
from sdkgen.spec.values import SdkSpec
from sdkgen.steps import with_proof_steps

BUILD = Path("build")
HOST = BUILD / "host"


def layout(spec: SdkSpec, dist: Path, wanted: Sequence[str] = ()) -> Layout:
    """Return the layout of a build of `spec` for some platforms; SCons runs at the top of the checkout.

    Args:
        dist: the folder that receives <sdk>/.
    """
    files = Layout(name=spec.name, build=BUILD / spec.name, host=HOST, dist=dist / spec.name, targets=tuple(wanted))
    return with_proof_steps(files, spec)


def sdk_nodes(env: Any, native: Native, spec: SdkSpec, dist: Path, wanted: Sequence[str]) -> list[Any]:
    """Make all nodes from one spec to dist/<sdk>; return those of the last steps and of everything published.

    Raises:
        SpecError: the spec has no table for a platform.
    """
    for name in wanted:
        targets.target(name).value(spec)
    files = layout(spec, dist, wanted)
    published = [publish_file(env, str(files.pte), files.published_pte)]
    for name in wanted:
        target = targets.target(name)
        target.native(native, spec, files)
        for part, (source, folder) in sorted(target.published(files).items()):
            published.append(publish_tree(env, source, folder, files.publication(part)))
    nodes = step_nodes(env, spec, files)
    env.Clean(nodes["check"], [str(files.build), str(files.dist)])
    return [*nodes["check"], *nodes["report"], *published]
