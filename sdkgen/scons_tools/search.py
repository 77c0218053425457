"""The node of `scons search`: always run, in the foreground; finished trials are not repeated."""

import sys
from typing import Any

from sdkgen.layout import Layout
from sdkgen.spec.values import SdkSpec


def search_node(env: Any, spec: SdkSpec, files: Layout) -> Any:
    """Make the node of the search of [search] in `spec`; it calibrates with the preprocessing library."""
    folders = ["--build", str(files.build), "--host", str(files.host)]
    command = [sys.executable, "-m", "sdkgen.search", "--spec", str(spec.origin), *folders]
    title = "search: configurations under the budget"
    node = env.Command(".search", [], env["FOREGROUND_ACTION"], COMMAND=command, TITLE=title)
    env.Depends(node, str(files.image_library))
    env.AlwaysBuild(node)
    return node
