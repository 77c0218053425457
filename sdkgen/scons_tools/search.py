"""The node of `scons search`: always run, in the foreground; trials that are finished are not repeated."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sdkgen.types import SdkSpec


def found_by_search(build: Path) -> list[Path]:
    """What the report of an SDK shows of a search, if one was made: front.json in its build folder."""
    found = build / "search" / "front.json"
    return [found] if found.is_file() else []


def search_node(env: Any, spec: SdkSpec, *, host: Path, after: Sequence[Any]) -> Any:
    """The search of [search] in `spec`.

    Args:
        host: folder of the libraries built for this machine.
        after: nodes of those that it needs.
    """
    folders = ["--build", str(Path("build") / spec.name), "--host", str(host)]
    command = [sys.executable, "-m", "sdkgen.search", "--spec", str(spec.origin), *folders]
    title = "search: configurations under the budget"
    node = env.Command(".search", [], env["FOREGROUND_ACTION"], COMMAND=command, TITLE=title)
    env.Depends(node, list(after))
    env.AlwaysBuild(node)
    return node
