"""Finds the inner loop of a kernel in the disassembly of a library."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sdkgen.errors import ProofError

_LINE = re.compile(r"^\s*([0-9a-f]+):\s+([a-z][a-z0-9.]*)\s*(.*?)\s*$")
_SYMBOL = re.compile(r"^[0-9a-f]+ <([^>]+)>:$")
_BRANCH = re.compile(r"^(b|b\.[a-z]+|cbn?z|tbn?z)$")
_TARGET = re.compile(r"(0x[0-9a-f]+)$")

# Products per multiply-accumulate instruction, by the vector arrangement of its result.
_PRODUCTS = {
    "mmla": {"4s": 32},
    "dot": {"4s": 16, "2s": 8},
    "ml": {"16b": 16, "8b": 8, "8h": 8, "4h": 4, "4s": 4, "2s": 2, "2d": 2},
}
_MAC = re.compile(
    r"^(?:(?:us|su|s|u)(?P<mmla>mmla)|(?:us|su|s|u)(?P<dot>dot)|(?:[su]ml[as]l2?|[su]mull2?|f?ml[as])(?P<ml>))$"
)


@dataclass(frozen=True, kw_only=True)
class Instruction:
    """One line of a disassembly; `target` is the address that a branch jumps to, else None."""

    address: int
    mnemonic: str
    operands: str
    target: int | None

    @property
    def macs(self) -> int:
        """Number of products that it adds to an accumulator, or initialises one with."""
        match = _MAC.match(self.mnemonic)
        if match is None:
            return 0
        table = _PRODUCTS[match.lastgroup or "ml"]
        result = re.match(r"v\d+\.(\w+)", self.operands)
        return table.get(result.group(1), 0) if result else 0


@dataclass(frozen=True, kw_only=True)
class Loop:
    """The instructions from the target of a backward branch to that branch."""

    body: tuple[Instruction, ...]

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one iteration."""
        return sum(instruction.macs for instruction in self.body)

    def holds(self, address: int) -> bool:
        """Return whether the address is one of the loop's instructions."""
        return self.body[0].address <= address <= self.body[-1].address

    def assembly(self) -> str:
        """Return the loop as source, every branch going back to its start."""
        lines = [".Lloop:"]
        for instruction in self.body:
            operands = instruction.operands
            if instruction.target is not None:
                operands = _TARGET.sub(".Lloop", operands)
            lines.append(f"\t{instruction.mnemonic}\t{operands}")
        return "\n".join(lines) + "\n"


def functions(disassembly: str) -> dict[str, tuple[Instruction, ...]]:
    """Parse instructions by symbol from `llvm-objdump -d --no-show-raw-insn`; "" holds those before any symbol."""
    found: dict[str, list[Instruction]] = {"": []}
    current = found[""]
    for line in disassembly.splitlines():
        if symbol := _SYMBOL.match(line):
            current = found.setdefault(symbol.group(1), [])
        elif match := _LINE.match(line):
            current.append(_instruction(int(match.group(1), 16), match.group(2), match.group(3)))
    return {name: tuple(body) for name, body in found.items() if body}


def _instruction(address: int, mnemonic: str, text: str) -> Instruction:
    operands = re.sub(r"\s*(<[^>]*>|//.*)$", "", text)
    target = _TARGET.search(operands) if _BRANCH.match(mnemonic) else None
    return Instruction(
        address=address, mnemonic=mnemonic, operands=operands, target=int(target.group(1), 16) if target else None
    )


def innermost_loops(code: Sequence[Instruction]) -> list[Loop]:
    """Return the loops that contain no other loop, in the order of their addresses."""
    index = {instruction.address: position for position, instruction in enumerate(code)}
    spans = sorted(
        {
            (index[instruction.target], position)
            for position, instruction in enumerate(code)
            if instruction.target is not None
            and instruction.target <= instruction.address
            and instruction.target in index
        }
    )
    inner = [(a, b) for a, b in spans if not any((c, d) != (a, b) and a <= c and d <= b for c, d in spans)]
    return [Loop(body=tuple(code[a : b + 1])) for a, b in inner]


def hottest_loop(code: Sequence[Instruction]) -> Loop | None:
    """Return the innermost loop with most multiply-accumulates per instruction, or None when no loop has any."""
    loops = [loop for loop in innermost_loops(code) if loop.macs]
    return max(loops, key=lambda loop: loop.macs / len(loop.body), default=None)


def loop_around(code: Sequence[Instruction], address: int) -> Loop:
    """Return the innermost loop that contains the instruction at `address`.

    Raises:
        ProofError: there is none.
    """
    for loop in innermost_loops(code):
        if loop.holds(address):
            return loop
    raise ProofError(f"no loop around address {address:#x} in the disassembly")
