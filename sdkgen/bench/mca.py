"""Runs llvm-mca: multiply-accumulates per cycle of a loop on a core, and the core's peak."""

import re
from dataclasses import dataclass
from functools import cache

from sdkgen.bench.loops import Loop
from sdkgen.errors import ToolchainError
from sdkgen.toolchain.llvm import Llvm

ITERATIONS = 1000


@dataclass(frozen=True, kw_only=True)
class Modelled:
    """Multiply-accumulates per cycle: of a loop, and at most, with the instructions of its tier and nothing else."""

    mac_per_cycle: float
    peak: float


def model(llvm: Llvm, loop: Loop, *, core: str, tier: str) -> Modelled:
    """Run llvm-mca for one core, such as "cortex-a55"."""
    return Modelled(mac_per_cycle=loop.macs / cycles(llvm, loop.assembly(), core), peak=peak(llvm, core, tier))


@cache
def peak(llvm: Llvm, core: str, tier: str) -> float:
    """Return the best throughput of independent multiply-accumulate instructions of the tier, all results int32.

    armv8.0 has two ways: 8-bit products, added up in pairs (16 in three instructions), or products of widened 16-bit
    numbers (4 in one).
    """
    one = [f" v{i}.4s, v24.16b, v25.16b" for i in range(24)]
    pairs = ("smull v{0}.8h, v24.8b, v25.8b", "smlal2 v{0}.8h, v24.16b, v25.16b", "sadalp v{1}.4s, v{0}.8h")
    rounds: dict[str, list[tuple[int, list[str]]]] = {
        "neondot": [(24 * 16, [f"sdot{operands}" for operands in one])],
        "neoni8mm": [(24 * 32, [f"smmla{operands}" for operands in one])],
        "neon": [
            (8 * 16, [form.format(i, i + 8) for form in pairs for i in range(8)]),
            (24 * 4, [f"smlal v{i}.4s, v24.4h, v25.4h" for i in range(24)]),
        ],
    }
    return max(macs / cycles(llvm, "\n".join(lines) + "\n", core) for macs, lines in rounds[tier])


def cycles(llvm: Llvm, assembly: str, core: str) -> float:
    """Return the cycles of one iteration when the code runs in a loop.

    Raises:
        ToolchainError: llvm-mca does not support an instruction or the core.
    """
    output = llvm.mca(assembly, core=core, iterations=ITERATIONS)
    match = re.search(r"^Total Cycles:\s+(\d+)$", output, re.MULTILINE)
    if match is None:
        raise ToolchainError(f"llvm-mca gives no cycles for {core}: {output.strip().splitlines()[-1:]}")
    return int(match.group(1)) / ITERATIONS
