"""Reads the output of native/tools/bench/instruction_counter.c: executed instructions by class, between markers."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sdkgen.errors import ProofError

Classes = Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class HotBlock:
    """A basic block that executed many multiply-accumulates; `address` is the program's."""

    address: int
    runs: int
    classes: Classes


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Executed instructions of one process.

    Attributes:
        load: for loading: from the model file to a runnable model.
        runs: one per run, operators included.
        operators: per run, one per operator; empty when the program does not mark them.
        hot: the blocks with most multiply-accumulate instructions in the whole process, most first.
    """

    load: Classes
    runs: tuple[Classes, ...]
    operators: tuple[tuple[Classes, ...], ...]
    hot: tuple[HotBlock, ...]


def total(classes: Classes) -> int:
    """Instructions of all classes."""
    return sum(classes.values())


def parse(text: str) -> Counts:
    """Parse the counts of one process.

    Raises:
        ProofError: the text is cut off, or the program did not set a marker after loading and after every run.
    """
    loads: list[Classes] = []
    runs: list[Classes] = []
    operators: list[tuple[Classes, ...]] = []
    hot: list[HotBlock] = []
    pending: list[Classes] = []
    for record in _records(text):
        if "block" in record:
            address, count = record.pop("block"), record.pop("runs")
            hot.append(HotBlock(address=address, runs=count, classes=record))
            continue
        mark = record.pop("mark")
        if mark == "load":
            loads.append(record)
        elif mark == "operator":
            pending.append(record)
        elif mark == "run":
            operators.append(tuple(pending))
            runs.append(_sum([*pending, record]))
            pending = []
    if len(loads) != 1 or not runs or pending:
        raise ProofError("the counted program did not get to its end: a marker is missing")
    return Counts(load=loads[0], runs=tuple(runs), operators=tuple(operators), hot=tuple(hot))


def _records(text: str) -> Iterator[dict[str, Any]]:
    for line in text.splitlines():
        try:
            yield json.loads(line)
        except ValueError as error:
            raise ProofError(f"the instruction counter wrote {line[:60]!r}, not a line of JSON") from error


def _sum(parts: list[Classes]) -> Classes:
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: sum(part.get(name, 0) for part in parts) for name in names}
