"""Lists the tools and libraries that made a build, for the report: names and versions, no paths."""

from collections.abc import Iterable
from importlib.metadata import version

from sdkgen.toolchain.base import Tool
from sdkgen.toolchain.zig import Zig

_LIBRARIES = ("coremltools", "executorch", "numpy", "pillow", "torchvision")


def tool_versions(tools: Iterable[type[Tool]]) -> dict[str, str]:
    """Map names to versions: `tools`, the compiler of every native library, the libraries that affect results.

    A tool that is not there is left out.
    """
    wanted: list[type[Tool]] = [*tools, Zig]
    found = {tool.name: made.version for tool in wanted if (made := tool.find())}
    return {**found, **{name: version(name) for name in _LIBRARIES}}
