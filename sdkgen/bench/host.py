"""Wall-clock time on this machine: our x86-64 kernels and ExecuTorch with XNNPACK, one inference of each in turn."""

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
from sdkgen.scons_tools import flags
from sdkgen.scons_tools.native import RUNTIME
from sdkgen.toolchain.zig import Zig
from sdkgen.types import JsonValue

RUNS = 60
THREADS = (1, 2)
TIMEOUT_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Medians over RUNS alternating inferences in one process, in microseconds."""

    network: str
    threads: int
    sdkgen_us: float
    xnnpack_us: float

    @property
    def ratio(self) -> float:
        """Below 1 we are faster."""
        return self.sdkgen_us / self.xnnpack_us

    def to_json(self) -> JsonValue:
        """For host.json."""
        return {
            "model": self.network,
            "threads": self.threads,
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
    gxx, wheel = shutil.which("g++"), importlib.util.find_spec("executorch")
    if gxx is None or wheel is None or not wheel.submodule_search_locations:
        raise ToolchainError(
            "g++ or ExecuTorch is missing, so nothing was timed on this machine.", remedy="apt-get install g++"
        )
    zig, executorch = Zig.require(), Path(wheel.submodule_search_locations[0])
    runtime = sorted(path.relative_to(root) for pattern in RUNTIME for path in root.glob(pattern))

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
    # g++, because ExecuTorch's libraries pass objects of the GNU C++ library to and fro.
    command = [gxx, "-std=c++17", "-O2", "-Wall", "-Wextra", "-Werror", "-DC10_USING_CUSTOM_GENERATED_MACROS"]
    command += ["-isystem", str(executorch / "include"), "-isystem", str(portable), f"-I{flags.INCLUDE}"]
    command += ["-o", str(program), str(BENCH / "host_timing.cpp"), *map(str, objects), f"-L{executorch / 'lib'}"]
    command += ["-Wl,--no-as-needed", *(f"-l{name}" for name in LIBRARIES), "-lpthread"]
    run_compiler([*command, f"-Wl,-rpath,{executorch / 'lib'}"], root, {})
    return program


def measure(program: Path, network: Network, threads: int) -> Timing:
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
    ]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
    if answer.returncode != 0:
        raise ProofError(f"{program.name} failed on {network.name}: {answer.stderr.strip()[-300:]}")
    said = json.loads(answer.stdout)
    if not said["same_top1"]:
        raise ProofError(f"the engines do not agree on the best class of {network.name}")
    return Timing(
        network=network.name,
        threads=threads,
        sdkgen_us=statistics.median(said["sdkgen"]),
        xnnpack_us=statistics.median(said["xnnpack"]),
    )


def measure_all(program: Path, networks: Sequence[Network]) -> list[Timing]:
    """Every network, with every number of threads."""
    return [measure(program, network, threads) for network in networks for threads in THREADS]


def table(timings: Sequence[Timing]) -> Table:
    """For the terminal."""
    result = Table(
        title=f"Wall-clock time on this machine ({platform.machine()}), medians of {RUNS} alternating inferences",
        title_justify="left",
    )
    for heading in ("network", "threads", "ours, µs", "XNNPACK, µs", "ratio"):
        result.add_column(heading, justify="left" if heading == "network" else "right")
    for timing in timings:
        result.add_row(
            timing.network,
            str(timing.threads),
            f"{timing.sdkgen_us:,.0f}",
            f"{timing.xnnpack_us:,.0f}",
            f"{timing.ratio:.2f}",
        )
    return result
