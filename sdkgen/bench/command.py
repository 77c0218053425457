"""The benchmark command: prepares networks and programs, emulates, models, prints tables, writes arm.json."""

import argparse
import io
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import numpy as np
from rich.console import Console, RenderableType

from sdkgen.bench import host, kernel_loops, tables
from sdkgen.bench.build import Programs, build
from sdkgen.bench.cases import CPUS, ENGINES, MODELS, Cpu
from sdkgen.bench.document import LoopFigure, Result, build_document
from sdkgen.bench.emulate import counting_qemu, measure
from sdkgen.bench.prepare import Network, prepare
from sdkgen.command_line import exit_code
from sdkgen.errors import ProofError
from sdkgen.files import write_json, write_text
from sdkgen.toolchain.llvm import Llvm
from sdkgen.toolchain.progress import step
from sdkgen.toolchain.provision import provide_tools
from sdkgen.toolchain.qemu import Qemu
from sdkgen.toolchain.zig import Zig

ROOT = Path(__file__).resolve().parents[2]
WIDTH = 122
"""Columns of the widest table; a narrower terminal wraps its lines, which reads better than cut numbers."""
LEAST_AGREEMENT_DB = 20.0
"""Least agreement: XNNPACK rounds requantisation differently and has int8 scores; below, the networks would differ."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; a mistake becomes one message and the exit code of its class."""
    options = _parse(arguments)
    return exit_code(lambda: _bench(options))


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sdkgen.bench", description=__doc__)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=MODELS, metavar="MODEL")
    parser.add_argument("--cpus", nargs="+", choices=[cpu.name for cpu in CPUS], default=None, metavar="CPU")
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=ENGINES, metavar="ENGINE")
    parser.add_argument("--skip-mca", action="store_true", help="do not model the inner loops")
    parser.add_argument("--skip-host", action="store_true", help="do not time on this machine")
    parser.add_argument("--layers", action="store_true", help="print every operator (always in arm.txt)")
    parser.add_argument("--build", type=Path, default=ROOT / "build/bench", help="folder of everything that is made")
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout whose native/ is measured")
    return parser.parse_args(arguments)


def _bench(options: argparse.Namespace) -> None:
    folder, root = options.build.resolve(), options.root.resolve()
    cpus = [cpu for cpu in CPUS if options.cpus is None or cpu.name in options.cpus]
    provide_tools("bench")
    qemu, llvm = counting_qemu(), Llvm.require()
    networks = [_prepared(name, folder / "networks") for name in options.models]
    with step("compiling the measured programs"):
        programs = build(root, folder / "programs", with_xnnpack="xnnpack" in options.engines)
    results = _measure_all(qemu, programs, networks, cpus, options.engines, folder)
    agreement = {network.name: _agreement_db(network.name, results) for network in networks if len(options.engines) > 1}
    loops: list[LoopFigure] = []
    if not options.skip_mca:
        with step("modelling the inner loops"):
            loops += kernel_loops.our_loops(llvm, root, programs.sdkgen)
            if programs.xnnpack is not None:
                loops += kernel_loops.xnnpack_loops(llvm, qemu, programs, networks[0], folder)
    shown: list[RenderableType] = [tables.totals_table(results), tables.classes_table(results)]
    shown += [tables.kinds_table(results), tables.loops_table(loops)]
    timings: list[host.Timing] = []
    if len(options.engines) > 1 and not options.skip_host:
        with step("timing on this machine"):
            timings = host.measure_all(host.build(root, folder / "programs"), networks)
        shown.append(host.table(timings))
    layers = tables.layers_table(results)
    _print(Console(width=max(WIDTH, Console().width)), [*shown, *([layers] if options.layers else [])])
    complete = (len(networks), len(cpus), len(options.engines)) == (len(MODELS), len(CPUS), len(ENGINES)) and loops
    if not complete:
        print("This was a part; arm.json stays as it was.")
        return
    tools = {
        "qemu": qemu.version,
        "llvm": llvm.version,
        "zig": Zig.require().version,
        "executorch": version("executorch"),
    }
    write_json(folder / "arm.json", build_document(results, loops, agreement_db=agreement, tools=tools))
    if timings:
        write_json(folder / "host.json", {"schema": 1, "results": [timing.to_json() for timing in timings]})
    text = io.StringIO()
    _print(Console(file=text, width=WIDTH), [*shown, layers])
    write_text(folder / "arm.txt", text.getvalue())
    print(f"{folder / 'arm.json'}; every operator in {folder / 'arm.txt'}")


def _prepared(name: str, folder: Path) -> Network:
    with step(f"preparing {name}"):
        network = prepare(name, folder)
    if network.delegates != 1 or network.outside:
        raise ProofError(
            f"XNNPACK takes {name} in {network.delegates} parts and leaves {network.outside} operators to other kernels"
        )
    return network


def _measure_all(
    qemu: Qemu,
    programs: Programs,
    networks: Sequence[Network],
    cpus: Sequence[Cpu],
    engines: Sequence[str],
    folder: Path,
) -> list[Result]:
    def one(network: Network, cpu: Cpu, engine: str) -> Result:
        program, model = (
            (programs.sdkgen, network.sdkgen) if engine == "sdkgen" else (programs.xnnpack, network.xnnpack)
        )
        assert program is not None
        measurement = measure(
            qemu,
            cpu,
            counter=programs.counter,
            program=program,
            model=model,
            input_file=network.input_file,
            folder=folder,
        )
        marked = len(measurement.counts.operators[-1])
        if engine == "sdkgen" and marked != len(network.operators):
            raise ProofError(
                f"{network.name} has {len(network.operators)} operators, the runtime marked the end of {marked}",
                remedy="sg_execution_run in native/runtime/run.c must call SG_OPERATOR_DONE after each.",
            )
        return Result(network=network, cpu=cpu.name, engine=engine, measurement=measurement)

    cases = [(network, cpu, engine) for network in networks for cpu in cpus for engine in engines]
    with step(f"emulating {len(cases)} runs") as current, ThreadPoolExecutor(os.cpu_count()) as pool:
        futures = [pool.submit(one, *case) for case in cases]
        results = []
        for index, future in enumerate(futures, 1):
            results.append(future.result())
            current.update(f"{100 * index // len(cases)}%")
    return results


def _agreement_db(name: str, results: Sequence[Result]) -> float:
    """Compare XNNPACK's scores with ours, and our scores of every CPU with those of the first.

    Raises:
        ProofError: our scores depend on the CPU, or XNNPACK's are those of another network.
    """
    ours = [r.measurement.scores for r in results if r.network.name == name and r.engine == "sdkgen"]
    theirs = [r.measurement.scores for r in results if r.network.name == name and r.engine == "xnnpack"]
    if any(not np.array_equal(scores, ours[0]) for scores in ours):
        raise ProofError(f"our scores of {name} are not the same bytes on every CPU")
    reference = ours[0].astype(np.float64)
    worst = max(float(np.square(scores - reference).sum()) for scores in theirs)
    agreement = 10 * float(np.log10(np.square(reference).sum() / worst)) if worst else float("inf")
    if agreement < LEAST_AGREEMENT_DB:
        raise ProofError(f"XNNPACK's scores of {name} are {agreement:.1f} dB from ours: not the same network")
    return agreement


def _print(console: Console, tables: Sequence[RenderableType]) -> None:
    for table in tables:
        console.print(table)
