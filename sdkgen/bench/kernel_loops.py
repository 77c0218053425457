"""Models the inner loops of the matrix multiplications, ours and XNNPACK's, by llvm-mca."""

import os
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sdkgen.bench.build import Programs, executorch_library
from sdkgen.bench.cases import CORES, Cpu
from sdkgen.bench.document import LoopFigure
from sdkgen.bench.emulate import measure
from sdkgen.bench.loops import Instruction, Loop, functions, hottest_loop, loop_around
from sdkgen.bench.mca import model
from sdkgen.bench.prepare import Network
from sdkgen.errors import ProofError
from sdkgen.toolchain.llvm import Llvm
from sdkgen.toolchain.qemu import Qemu

FAMILY = "gemm_s8"
"""The family that multiplies; convolutions call it."""

_ROW = re.compile(r"^ *SG_ARM64\(ROW, (sg_\w+__(neon|neondot|neoni8mm)),", re.MULTILINE)
_WINDOW = 8192  # bytes of code around a hot instruction, more than any kernel's loop


def our_loops(llvm: Llvm, root: Path, program: Path) -> Iterator[LoopFigure]:
    """Yield one figure per arm64 row of gemm_s8's kernels.inc, and core.

    Raises:
        ProofError: a kernel has no loop that multiplies.
    """
    code = functions(llvm.disassemble(program))
    for kernel, tier in _ROW.findall((root / f"native/kernels/{FAMILY}/kernels.inc").read_text()):
        loop = hottest_loop(with_helpers(code, kernel))
        if loop is None:
            raise ProofError(f"{kernel} has no loop that multiplies")
        for core in CORES:
            yield _figure(llvm, loop, kernel=kernel, engine="sdkgen", tier=tier, core=core.name)


def xnnpack_loops(llvm: Llvm, qemu: Qemu, programs: Programs, network: Network, folder: Path) -> Iterator[LoopFigure]:
    """Yield one figure per tier and core: the loop in which XNNPACK multiplies most when it runs `network` there."""
    library, program = executorch_library("executorch_backend_xnnpack"), programs.xnnpack
    assert program is not None

    def hot_address(cpu: Cpu) -> int:
        done = measure(
            qemu,
            cpu,
            counter=programs.counter,
            program=program,
            model=network.xnnpack,
            input_file=network.input_file,
            folder=folder,
        )
        return done.counts.hot[0].address - done.xnnpack_base

    cases = [(core, cpu) for core in CORES for cpu in core.emulated]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        addresses = list(pool.map(hot_address, (cpu for _, cpu in cases)))
    for (core, cpu), address in zip(cases, addresses, strict=True):
        span = [f"--start-address={max(0, address - _WINDOW):#x}", f"--stop-address={address + _WINDOW:#x}"]
        code = [i for body in functions(llvm.disassemble(library, *span)).values() for i in body]
        loop = loop_around(code, address)
        # The library has no symbols: the address names the loop.
        yield _figure(
            llvm, loop, kernel=f"xnnpack {loop.body[0].address:#x}", engine="xnnpack", tier=cpu.tier, core=core.name
        )


def _figure(llvm: Llvm, loop: Loop, *, kernel: str, engine: str, tier: str, core: str) -> LoopFigure:
    modelled = model(llvm, loop, core=core, tier=tier)
    return LoopFigure(
        kernel=kernel,
        engine=engine,
        tier=tier,
        cpu=core,
        mac_per_cycle=modelled.mac_per_cycle,
        peak=modelled.peak,
        instructions=len(loop.body),
        macs=loop.macs,
    )


def with_helpers(code: Mapping[str, tuple[Instruction, ...]], kernel: str) -> list[Instruction]:
    """Return the kernel's instructions and those of the functions that it calls."""
    starts = {body[0].address: name for name, body in code.items()}
    waiting, seen = [kernel], list[str]()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in code:
            continue
        seen.append(name)
        calls = (i.operands for i in code[name] if i.mnemonic in ("bl", "b"))
        waiting += [
            starts[int(target, 16)] for target in calls if target.startswith("0x") and int(target, 16) in starts
        ]
    return [instruction for name in seen for instruction in code[name]]
