"""The loop that llvm-mca is asked about is the innermost one with most multiply-accumulates."""

import pytest

from sdkgen.bench.kernel_loops import with_helpers
from sdkgen.bench.loops import Instruction, functions, hottest_loop, innermost_loops, loop_around
from sdkgen.errors import ProofError

# Rows in a loop around the reduction, which has a loop for whole steps and one for the rest.
DISASSEMBLY = """
driver:\tfile format elf64-littleaarch64

Disassembly of section .text:

0000000000001000 <sg_gemm_s8_s8_4x16c4__neondot>:
    1000:      \tmov\tx3, x1
    1004:      \tldp\tq4, q5, [x5, #0x20]
    1008:      \tsdot\tv16.4s, v4.16b, v0.4b[0]
    100c:      \tsdot\tv17.4s, v5.16b, v0.4b[1]
    1010:      \tsubs\tx3, x3, #0x10
    1014:      \tb.hi\t0x1004 <sg_gemm_s8_s8_4x16c4__neondot+0x4>
    1018:      \tcbz\tx4, 0x1028 <sg_gemm_s8_s8_4x16c4__neondot+0x28>
    101c:      \tsdot\tv16.4s, v4.16b, v0.4b[0]
    1020:      \tsubs\tx4, x4, #0x4
    1024:      \tb.ne\t0x101c <sg_gemm_s8_s8_4x16c4__neondot+0x1c>
    1028:      \tsubs\tx7, x7, #0x1
    102c:      \ttbnz\tw9, #0x3, 0x1000 <sg_gemm_s8_s8_4x16c4__neondot>
    1030:      \tbl\t0x1040 <helper>
    1034:      \tret

0000000000001040 <helper>:
    1040:      \tsmmla\tv0.4s, v1.16b, v2.16b
    1044:      \tcbnz\tx1, 0x1040 <helper>
    1048:      \tret
"""


def gemm() -> tuple[Instruction, ...]:
    return functions(DISASSEMBLY)["sg_gemm_s8_s8_4x16c4__neondot"]


def test_functions_are_split_at_symbols() -> None:
    code = functions(DISASSEMBLY)
    assert {name: len(body) for name, body in code.items()} == {"sg_gemm_s8_s8_4x16c4__neondot": 14, "helper": 3}


def test_code_without_symbols_is_kept() -> None:
    stripped = "\n".join(line for line in DISASSEMBLY.splitlines() if not line.endswith(">:"))
    assert len(functions(stripped)[""]) == 17


def test_only_loops_without_a_loop_inside_count() -> None:
    assert [(loop.body[0].address, loop.body[-1].address) for loop in innermost_loops(gemm())] == [
        (0x1004, 0x1014),
        (0x101C, 0x1024),
    ]


def test_the_hottest_loop_is_the_densest() -> None:
    loop = hottest_loop(gemm())
    assert loop is not None
    assert loop.macs == 32
    assert loop.assembly() == (
        ".Lloop:\n\tldp\tq4, q5, [x5, #0x20]\n\tsdot\tv16.4s, v4.16b, v0.4b[0]\n\tsdot\tv17.4s, v5.16b, v0.4b[1]\n"
        "\tsubs\tx3, x3, #0x10\n\tb.hi\t.Lloop\n"
    )


def test_a_function_that_multiplies_nowhere_in_a_loop_has_none() -> None:
    assert hottest_loop(gemm()[:5]) is None


def test_a_loop_is_found_by_an_address_in_its_middle() -> None:
    assert loop_around(gemm(), 0x1020).body[0].address == 0x101C
    with pytest.raises(ProofError, match="0x1030"):
        loop_around(gemm(), 0x1030)


def test_functions_that_a_kernel_calls_belong_to_it() -> None:
    loop = hottest_loop(with_helpers(functions(DISASSEMBLY), "sg_gemm_s8_s8_4x16c4__neondot"))
    assert loop is not None
    assert loop.macs == 32
    assert len(with_helpers(functions(DISASSEMBLY), "sg_gemm_s8_s8_4x16c4__neondot")) == 17


@pytest.mark.parametrize(
    ("mnemonic", "operands", "products"),
    [
        ("sdot", "v16.4s, v4.16b, v0.4b[0]", 16),
        ("udot", "v16.2s, v4.8b, v0.8b", 8),
        ("usdot", "v16.4s, v4.16b, v0.16b", 16),
        ("smmla", "v0.4s, v1.16b, v2.16b", 32),
        ("smull", "v2.8h, v4.8b, v0.8b", 8),
        ("smlal2", "v2.8h, v4.16b, v0.16b", 8),
        ("smlal", "v2.4s, v4.4h, v0.h[3]", 4),
        ("mla", "v2.8h, v4.8h, v0.8h", 8),
        ("fmla", "v2.4s, v4.4s, v0.s[1]", 4),
        ("sadalp", "v0.4s, v2.8h", 0),
        ("madd", "x0, x1, x2, x3", 0),
        ("smull", "x0, w1, w2", 0),
        ("ld1", "{ v2.16b }, [x0]", 0),
    ],
)
def test_products_of_an_instruction(mnemonic: str, operands: str, products: int) -> None:
    assert Instruction(address=0, mnemonic=mnemonic, operands=operands, target=None).macs == products
