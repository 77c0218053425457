"""Measures wall-clock time on this machine: our x86-64 kernels and ExecuTorch with XNNPACK, alternating inferences."""

import importlib.util
import json
import platform
import shutil
import statistics
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from sdkgen.bench.build import BENCH, LIBRARIES, run_compiler
from sdkgen.bench.prepare import Network
from sdkgen.errors import ProofError, ToolchainError
from sdkgen.native_tree import shipped_sources
from sdkgen.scons_tools import flags
from sdkgen.toolchain.zig import Zig
from sdkgen.types import JsonValue

RUNS = 60
CASES = ((1, "best"), (2, "best"), (1, "avx2"))
"""Threads and instruction sets: the best that this CPU has, and nothing newer than AVX2."""
XNNPACK = "executorch_backend_xnnpack"
"""Loaded by the program itself, after it has restricted the CPU features that are reported."""
TIMEOUT_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Medians over RUNS alternating inferences in one process, in microseconds; `isa` limits both engines."""

    network: str
    threads: int
    isa: str
    sdkgen_us: float
    xnnpack_us: float

    @property
    def ratio(self) -> float:
        """Our time as a fraction of XNNPACK's; below 1 we are faster."""
        return self.sdkgen_us / self.xnnpack_us

    def to_json(self) -> JsonValue:
        """Convert to JSON for host.json."""
        return {
            "model": self.network,
            "threads": self.threads,
            "isa": self.isa,
            "sdkgen_us": round(self.sdkgen_us, 1),
            "xnnpack_us": round(self.xnnpack_us, 1),
            "ratio": round(self.ratio, 3),
            "runs": RUNS,
        }


def build(root: Path, folder: Path) -> Path:
    """Compile host_timing.

    Raises:
        ToolchainError: a compiler is missing or reports an error.
    """
    gxx, executorch, torch = shutil.which("g++"), _package("executorch"), _package("torch")
    if gxx is None or executorch is None or torch is None:
        raise ToolchainError(
            "g++ or ExecuTorch is missing, so nothing was timed on this machine.", remedy="apt-get install g++"
        )
    zig = Zig.require()
    runtime = [path.relative_to(root) for path in shipped_sources(root / "native") if path.suffix == ".c"]

    def compile_one(source: Path) -> Path:
        target = folder / "host" / source.relative_to("native").with_suffix(".o")
        target.parent.mkdir(parents=True, exist_ok=True)
        command = [*zig.cc(zig.host_target()), *flags.C, "-c", "-o", str(target), str(source)]
        run_compiler(command, root, zig.environment())
        return target

    with ThreadPoolExecutor(2) as pool:
        objects = list(pool.map(compile_one, runtime))
    program = folder / "host_timing"
    portable = executorch / "include/executorch/runtime/core/portable_type/c10"
    # g++, because ExecuTorch's libraries exchange objects of the GNU C++ library.
    command = [gxx, "-std=c++17", "-O2", "-Wall", "-Wextra", "-Werror", "-DC10_USING_CUSTOM_GENERATED_MACROS"]
    command += ["-isystem", str(executorch / "include"), "-isystem", str(portable), f"-I{flags.INCLUDE}"]
    command += ["-idirafter", str(torch / "include")]  # cpuinfo.h, which the other wheel lacks
    command += ["-o", str(program), str(BENCH / "host_timing.cpp"), *map(str, objects), f"-L{executorch / 'lib'}"]
    command += ["-Wl,--no-as-needed", *(f"-l{name}" for name in LIBRARIES if name != XNNPACK), "-lpthread", "-ldl"]
    run_compiler([*command, f"-Wl,-rpath,{executorch / 'lib'}"], root, {})
    return program


def _package(name: str) -> Path | None:
    """Find the folder of an installed package without importing it."""
    spec = importlib.util.find_spec(name)
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None


def measure(program: Path, network: Network, threads: int, isa: str) -> Timing:
    """Time one network.

    Raises:
        ProofError: the program failed, or the engines do not agree on the best class.
    """
    command = [
        str(program),
        str(network.sdkgen),
        str(network.xnnpack),
        str(network.input_file),
        str(threads),
        str(RUNS),
        isa,
    ]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
    if answer.returncode != 0:
        raise ProofError(f"{program.name} failed on {network.name}: {answer.stderr.strip()[-300:]}")
    printed = json.loads(answer.stdout)
    if not printed["same_top1"]:
        raise ProofError(f"the engines do not agree on the best class of {network.name}")
    return Timing(
        network=network.name,
        threads=threads,
        isa=isa,
        sdkgen_us=statistics.median(printed["sdkgen"]),
        xnnpack_us=statistics.median(printed["xnnpack"]),
    )


def measure_all(program: Path, networks: Sequence[Network]) -> list[Timing]:
    """Time every network in every case."""
    return [measure(program, network, threads, isa) for threads, isa in CASES for network in networks]


def table(timings: Sequence[Timing]) -> Table:
    """Format a table for the terminal."""
    result = Table(
        title=f"Wall-clock time on this machine ({platform.machine()}), medians of {RUNS} alternating inferences",
        title_justify="left",
    )
    for heading in ("network", "threads", "ISA", "ours, µs", "XNNPACK, µs", "ratio"):
        result.add_column(heading, justify="left" if heading in ("network", "ISA") else "right")
    for timing in timings:
        result.add_row(
            timing.network,
            str(timing.threads),
            timing.isa,
            f"{timing.sdkgen_us:,.0f}",
            f"{timing.xnnpack_us:,.0f}",
            f"{timing.ratio:.2f}",
        )
    return result
