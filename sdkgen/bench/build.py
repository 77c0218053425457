"""Compiles the measured programs and the instruction counter: native/tools/bench and the runtime of the SDKs."""

import hashlib
import os
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from sdkgen.errors import ToolchainError
from sdkgen.files import write_text
from sdkgen.native_tree import shipped_sources
from sdkgen.scons_tools import flags
from sdkgen.toolchain.arm64_gcc import Arm64Gcc
from sdkgen.toolchain.pins import load_pins
from sdkgen.toolchain.zig import Zig

BENCH = Path("native/tools/bench")
EXECUTORCH = "executorch-arm64"
"""The tool in pins.toml: ExecuTorch's wheel for arm64 Linux, which holds its C++ libraries and headers."""

_TARGET = "aarch64-linux-musl"
LIBRARIES = ("executorch", "executorch_kernels_optimized", "executorch_kernels_quantized",
              "executorch_backend_xnnpack", "executorch_threadpool")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Programs:
    """Programs for emulation; `xnnpack` is None when only our own runtime is measured."""

    counter: Path
    sdkgen: Path
    xnnpack: Path | None


def executorch_library(name: str) -> Path:
    """Return the path of lib<name>.so of the arm64 wheel."""
    return load_pins().tool(EXECUTORCH).folder / "executorch" / "lib" / f"lib{name}.so"


def build(root: Path, folder: Path, *, with_xnnpack: bool) -> Programs:
    """Compile everything that is out of date.

    Args:
        root: the checkout.
        folder: receives objects and programs.

    Raises:
        ToolchainError: a compiler is missing or reports an error.
    """
    zig = Zig.require()
    return Programs(
        counter=instruction_counter(root, folder),
        sdkgen=_sdkgen_driver(zig, root, folder),
        xnnpack=_executorch_driver(root, folder) if with_xnnpack else None,
    )


def _sdkgen_driver(zig: Zig, root: Path, folder: Path) -> Path:
    # zig caches results by content, so an unchanged file costs almost nothing.
    compiler = zig.cc(_TARGET)
    runtime = [path.relative_to(root) for path in shipped_sources(root / "native") if path.suffix == ".c"]
    driver = BENCH / "sdkgen_driver.c"

    def compile_one(source: Path) -> Path:
        target = folder / "obj" / source.relative_to("native").with_suffix(".o")
        target.parent.mkdir(parents=True, exist_ok=True)
        options = flags.HOSTED_C if source == driver else flags.C
        marks = ["-include", str(BENCH / "marker.h")] if source == Path("native/runtime/run.c") else []
        run_compiler([*compiler, *options, *marks, "-c", "-o", str(target), str(source)], root, zig.environment())
        return target

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        objects = list(pool.map(compile_one, [*runtime, driver]))
    program = folder / "sdkgen_driver"
    link = [*compiler, "-static", "-g0", "-Wl,--gc-sections", "-o", str(program), *map(str, objects)]
    run_compiler(link, root, zig.environment())
    return program


def instruction_counter(root: Path, folder: Path) -> Path:
    """Compile the QEMU plugin that counts executed instructions.

    Raises:
        ToolchainError: the compiler is missing or reports an error.
    """
    zig, library = Zig.require(), folder / "instruction_counter.so"
    options = ["-std=gnu11", "-O2", "-g0", "-Wall", "-Wextra", "-Werror", "-fPIC", "-fvisibility=hidden", "-shared"]
    source = BENCH / "instruction_counter.c"
    folder.mkdir(parents=True, exist_ok=True)
    run_compiler([*zig.cc(zig.host_target()), *options, "-o", str(library), str(source)], root, zig.environment())
    return library


def _executorch_driver(root: Path, folder: Path) -> Path:
    # g++, because ExecuTorch's libraries exchange objects of the GNU C++ library.
    compiler, wheel = Arm64Gcc.require(), load_pins().tool(EXECUTORCH).folder / "executorch"
    if not wheel.is_dir():
        raise ToolchainError(
            f"{wheel} is missing: ExecuTorch for arm64.", remedy="Run ./sconsw bench where there is a network."
        )
    program, source = folder / "executorch_driver", BENCH / "executorch_driver.cpp"
    portable = wheel / "include/executorch/runtime/core/portable_type/c10"
    command = [str(compiler.executable), "-std=c++17", "-O2", "-Wall", "-Wextra", "-Werror"]
    command += ["-DC10_USING_CUSTOM_GENERATED_MACROS", "-isystem", str(wheel / "include"), "-isystem", str(portable)]
    command += ["-o", str(program), str(source), f"-L{wheel / 'lib'}", "-Wl,--no-as-needed"]
    command += [*(f"-l{name}" for name in LIBRARIES), f"-Wl,-rpath,{wheel / 'lib'}"]
    sources = [source, *sorted(path.relative_to(root) for path in (root / BENCH).glob("*.h"))]
    parts = [*command, compiler.version, *((root / path).read_text() for path in sources)]
    key = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    stamp = program.with_suffix(".key")
    if not (program.is_file() and stamp.is_file() and stamp.read_text() == key):
        folder.mkdir(parents=True, exist_ok=True)
        run_compiler(command, root, {})
        write_text(stamp, key)
    return program


def run_compiler(command: Sequence[str], root: Path, variables: Mapping[str, str]) -> None:
    """Run a compiler from `root` with more environment variables.

    Raises:
        ToolchainError: the compiler failed; the message has its output.
    """
    environment = {**os.environ, **variables}
    result = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise ToolchainError(f"compiling for the benchmark failed: {' '.join(command[-2:])}\n{result.stderr.strip()}")
