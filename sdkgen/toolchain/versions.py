"""Which tools and libraries made a build, for the report: names and versions, no paths."""

from importlib.metadata import version

from sdkgen.toolchain.base import Tool
from sdkgen.toolchain.java import Java
from sdkgen.toolchain.kotlin import Kotlinc
from sdkgen.toolchain.qemu import Qemu
from sdkgen.toolchain.swift import Swift
from sdkgen.toolchain.zig import Zig

_TOOLS: tuple[type[Tool], ...] = (Java, Kotlinc, Qemu, Swift, Zig)
_LIBRARIES = ("coremltools", "executorch", "numpy", "pillow", "torchvision")


def tool_versions() -> dict[str, str]:
    """Name to version; a tool that is not there is left out."""
    found = {tool.name: made.version for tool in _TOOLS if (made := tool.find())}
    return {**found, **{name: version(name) for name in _LIBRARIES}}
