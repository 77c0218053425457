"""The plugin counts every instruction between two markers, each in its class, under the real emulator."""

import json
import subprocess
from pathlib import Path

import pytest

from sdkgen.bench.emulate import counting_qemu
from sdkgen.errors import ToolchainError
from sdkgen.toolchain.qemu import Qemu
from sdkgen.toolchain.zig import Zig
from tests.conftest import missing

ROOT = Path(__file__).resolve().parents[3]

# Between the markers: one of each kind, and a loop of four rounds.
PROGRAM = """
#include "marker.h"
static char memory[64] __attribute__((aligned(16)));
int main(void) {
  __asm__ volatile(
      ".arch_extension dotprod\\n .arch_extension i8mm\\n"
      "hint #96\\n isb\\n"
      "mov x1, #4\\n"
      "1: sdot v0.4s, v1.16b, v2.4b[3]\\n"
      "subs x1, x1, #1\\n"
      "b.ne 1b\\n"
      "smmla v0.4s, v1.16b, v2.16b\\n"
      "smull v0.8h, v1.8b, v2.8b\\n smull v0.4s, v1.4h, v2.h[1]\\n"
      "smlal2 v0.8h, v1.16b, v2.16b\\n umlal v0.4s, v1.4h, v2.h[1]\\n smlal v0.8h, v1.8b, v2.8b\\n"
      "sadalp v0.4s, v1.8h\\n"
      "mla v0.8h, v1.8h, v2.8h\\n mul v0.8h, v1.8h, v2.8h\\n"
      "fmla v0.4s, v1.4s, v2.s[0]\\n fmul v0.4s, v1.4s, v2.4s\\n"
      "ldr q0, [%0]\\n ldp q0, q1, [%0]\\n ld1 {v0.16b, v1.16b}, [%0]\\n ldr d0, [%0], #0\\n"
      "str q0, [%0]\\n stp d0, d1, [%0]\\n"
      "ldr x1, [%0]\\n ldrsb w1, [%0]\\n ldp x1, x2, [%0]\\n"
      "str w1, [%0]\\n"
      "prfm pldl1keep, [%0]\\n"
      "hint #99\\n isb"
      : : "r"(memory) : "x1", "x2", "v0", "v1", "memory", "cc");
  return 0;
}
"""
EXPECTED = {
    "mark": "run",
    "dot": 4,
    "mmla": 1,
    "smull": 2,
    "smlal": 3,
    "sadalp": 1,
    "mla": 1,
    "fmla": 1,
    "simd": 2,
    "simd_load": 4,
    "simd_store": 2,
    "load": 3,
    "store": 1,
    "branch": 4,
    "integer": 5,
    "other": 1,
}


@pytest.fixture(scope="module")
def qemu() -> Qemu:
    try:
        return counting_qemu()
    except ToolchainError as error:
        missing("a QEMU with plugins", str(error))
        raise


def compile_with_zig(*arguments: str) -> None:
    zig = Zig.require()
    command = [str(zig.executable), "cc", *arguments, f"-I{ROOT / 'native/tools/bench'}"]
    subprocess.run(command, check=True, capture_output=True, env={**zig.environment(), "PATH": "/usr/bin:/bin"})


def test_every_instruction_is_counted_once_in_its_class(qemu: Qemu, tmp_path: Path) -> None:
    plugin, program, out = tmp_path / "counter.so", tmp_path / "program", tmp_path / "counts.jsonl"
    (tmp_path / "program.c").write_text(PROGRAM)
    counter = ROOT / "native/tools/bench/instruction_counter.c"
    compile_with_zig("-target", Zig.host_target(), "-std=gnu11", "-shared", "-fPIC", "-o", str(plugin), str(counter))
    source = str(tmp_path / "program.c")
    compile_with_zig("-target", "aarch64-linux-musl", "-static", "-O1", "-o", str(program), source)
    command = qemu.command("max,sve=off,sme=off", "-plugin", f"{plugin},out={out}", str(program))
    subprocess.run(command, check=True, env={})
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line for line in lines if line.get("mark") == "run"] == [EXPECTED]
    assert sum(line.get("dot", 0) for line in lines if "block" in line) == 4


def test_a_missing_file_name_is_refused(qemu: Qemu, tmp_path: Path) -> None:
    plugin = tmp_path / "counter.so"
    counter = ROOT / "native/tools/bench/instruction_counter.c"
    compile_with_zig("-target", Zig.host_target(), "-std=gnu11", "-shared", "-fPIC", "-o", str(plugin), str(counter))
    command = qemu.command("max", "-plugin", str(plugin), "/nonexistent")
    answer = subprocess.run(command, check=False, capture_output=True, text=True)
    assert answer.returncode != 0
    assert "out=FILE is missing" in answer.stderr
