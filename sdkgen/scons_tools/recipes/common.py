"""What the recipes of one SDK share, and what one hands to the next."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sdkgen.scons_tools.native import IMAGE, RUNTIME, Native
from sdkgen.scons_tools.steps import Steps
from sdkgen.spec import fingerprint
from sdkgen.spec.values import SdkSpec
from sdkgen.toolchain.base import Tool

HOST = Path("build/host")
Node = Any


@dataclass(frozen=True, kw_only=True)
class HostLibraries:
    """What is built once for this machine, whatever the SDK.

    Attributes:
        objects: of the runtime, with the public C API visible.
        image: the preprocessing alone, for calibration.
        c_api: the runtime as a library.
        executorch: the runtime as a backend of ExecuTorch.
        loader: runs an Android library under emulation.
    """

    native: Native
    objects: list[Node]
    image: Node
    c_api: Node
    executorch: Node
    loader: Node


def host_libraries(env: Any) -> HostLibraries:
    """The nodes below build/host."""
    native = Native(env, Path("build"))
    runtime = native.host_objects(RUNTIME)
    return HostLibraries(
        native=native,
        objects=runtime,
        image=native.host_library(HOST, "sdkgen_image", native.host_objects(IMAGE)),
        c_api=native.host_library(HOST, "sdkgen", runtime),
        executorch=native.executorch_adapter(HOST, runtime),
        loader=native.android_loader(HOST),
    )


class Sdk:
    """One SDK to be built.

    Attributes:
        build: private to it, build/<sdk>.
        dist: what users get, dist/<sdk>.
        fingerprint: of the spec, as text.
    """

    def __init__(self, env: Any, host: HostLibraries, spec: SdkSpec, dist: Path) -> None:
        self.env = env
        self.host = host
        self.spec = spec
        self.name = spec.name
        self.build = Path("build") / spec.name
        self.dist = dist
        self.steps = Steps(env, spec, build=self.build, host=HOST, dist=dist)
        self.fingerprint = f"{fingerprint(spec):#x}"
        self.evaluation = list(spec.data.evaluation)


@dataclass(frozen=True, kw_only=True)
class Model:
    """The shared model work.

    Attributes:
        outputs: what PyTorch says of the evaluation data.
        proofs: of the steps prove_executorch and, where the spec trains, prove_training.
    """

    float_program: Node
    quantised_program: Node
    compress_json: Node
    pte: Node
    export_json: Node
    outputs: Node
    proofs: list[Node]
    published: list[Node]


@dataclass(frozen=True, kw_only=True)
class Platform:
    """What a platform contributes to the report.

    Attributes:
        results: sizes.json and other figures.
        tools: programs whose versions the report names.
    """

    results: list[Node]
    proofs: list[Node]
    published: list[Node]
    tools: list[type[Tool]] = field(default_factory=list)


def templates(*folders: str) -> list[Path]:
    """All files below folders of templates/, sorted."""
    return sorted(path for folder in folders for path in Path("templates", folder).rglob("*") if path.is_file())
