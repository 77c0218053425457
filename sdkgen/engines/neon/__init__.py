"""The engine of this project: a C runtime that executes the plan inside a .pte, on Android and on Apple's systems."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from sdkgen.layout import Layout
from sdkgen.log_filters import silence_import_noise
from sdkgen.registry import register
from sdkgen.targets.engine import Engine

silence_import_noise()  # before a module here imports executorch, which imports torchao


@register("engine", "neon")
class Neon(Engine):
    """int8 kernels in C; Android SDKs carry no other engine."""

    name = "neon"
    title = "C runtime"
    preference = 20
    part = "model"

    def bundle(self, name: str) -> tuple[str, ...]:
        return (f"{name}.pte",)

    def packed(self, files: Layout) -> Sequence[Path]:
        return [files.pte]

    def resources(self, files: Layout) -> Mapping[str, Path]:
        return {files.pte.name: files.pte}
