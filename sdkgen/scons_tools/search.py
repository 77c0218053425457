"""The node of `scons search`: always run, in the foreground; trials that are finished are not repeated."""

import sys
from pathlib import Path
from typing import Any

from sdkgen.scons_tools.recipes.common import HOST
from sdkgen.spec.values import SdkSpec


def found_by_search(build: Path) -> list[Path]:
    """What the report of an SDK shows of a search, if one was made: front.json in its build folder."""
    found = build / "search" / "front.json"
    return [found] if found.is_file() else []


def search_node(env: Any, spec: SdkSpec, *, image: Any) -> Any:
    """The search of [search] in `spec`.

    Args:
        image: the preprocessing library, for calibration.
    """
    folders = ["--build", str(Path("build") / spec.name), "--host", str(HOST)]
    command = [sys.executable, "-m", "sdkgen.search", "--spec", str(spec.origin), *folders]
    title = "search: configurations under the budget"
    node = env.Command(".search", [], env["FOREGROUND_ACTION"], COMMAND=command, TITLE=title)
    env.Depends(node, image)
    env.AlwaysBuild(node)
    return node
