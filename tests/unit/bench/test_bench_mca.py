"""Multiply-accumulates per cycle from what llvm-mca says."""

from typing import Any

import pytest

from sdkgen.bench import mca
from sdkgen.bench.loops import Instruction, Loop
from sdkgen.errors import ToolchainError

SAID = "Iterations:        1000\nInstructions:      24000\nTotal Cycles:      {cycles}\nTotal uOps:        24000\n"
SDOT = Instruction(address=0, mnemonic="sdot", operands="v0.4s, v1.16b, v2.16b", target=None)


class FakeLlvm:
    """Says that every instruction takes a cycle, and that a load takes two."""

    def mca(self, assembly: str, *, core: str, iterations: int) -> str:
        lines = [line for line in assembly.splitlines() if not line.endswith(":")]
        return SAID.format(cycles=iterations * sum(1 + line.strip().startswith("ld") for line in lines))


def test_a_loop_is_held_against_its_core_s_peak() -> None:
    llvm: Any = FakeLlvm()
    load = Instruction(address=4, mnemonic="ldr", operands="q1, [x0]", target=None)
    modelled = mca.model(llvm, Loop(body=(SDOT, SDOT, load)), core="cortex-a55", tier="neondot")
    assert modelled.mac_per_cycle == pytest.approx(32 / 4)
    assert modelled.peak == 16


def test_the_peak_of_armv8_0_is_the_better_of_its_two_ways() -> None:
    llvm: Any = FakeLlvm()
    assert mca.peak(llvm, "cortex-a53", "neon") == pytest.approx(16 / 3)
    assert mca.peak(llvm, "cortex-a53", "neoni8mm") == 32


def test_an_answer_without_cycles_is_an_error() -> None:
    class Silent:
        def mca(self, assembly: str, *, core: str, iterations: int) -> str:
            return "error: invalid instruction\n"

    silent: Any = Silent()
    with pytest.raises(ToolchainError, match="no cycles for cortex-a55"):
        mca.cycles(silent, "nonsense", "cortex-a55")
