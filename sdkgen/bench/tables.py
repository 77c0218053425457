"""Formats the measurements as tables for a terminal: our figures next to XNNPACK's; classes, operators, loops."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

from rich import box
from rich.table import Table

from sdkgen.bench.counts import total
from sdkgen.bench.document import LoopFigure, Result
from sdkgen.bench.entry import PlanEntry

# Classes of the counter, grouped into columns; arm.json has them one by one.
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "MAC": ("mmla", "dot", "smull", "smlal", "mla", "fmla"),
    "sadalp": ("sadalp",),
    "SIMD": ("simd",),
    "vload": ("simd_load",),
    "vstore": ("simd_store",),
    "ld/st": ("load", "store"),
    "branch": ("branch",),
    "integer": ("integer", "other"),
}


def totals_table(results: Sequence[Result]) -> Table:
    """Format one line per network and CPU: instructions of a warm inference and of loading, memory, our share."""
    table = _table(
        "Executed instructions in millions: one warm inference on one thread, loading; anonymous memory in kB"
    )
    for name in ("network", "cpu"):
        table.add_column(name)
    for title in ("inference", "XNNPACK", "ratio", "load", "XNNPACK", "memory", "XNNPACK", "ratio"):
        table.add_column(title, justify="right")
    for network, cpu, by_engine in _paired(results):
        ours, theirs = by_engine.get("sdkgen"), by_engine.get("xnnpack")
        table.add_row(
            network,
            cpu,
            *_pair(ours, theirs, lambda r: r.instructions, _millions),
            *_pair(ours, theirs, lambda r: r.load_instructions, _millions)[:2],
            *_pair(ours, theirs, lambda r: r.measurement.anon_bytes, _kilobytes),
        )
    return table


def classes_table(results: Sequence[Result]) -> Table:
    """Format one line per network, CPU and engine: millions of instructions by class."""
    table = _table(
        "By class, in millions (vload, vstore: of vector registers; SIMD: the rest of vector and float arithmetic)"
    )
    for name in ("network", "cpu", "engine"):
        table.add_column(name, no_wrap=True)
    for name in _COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    for result in results:
        columns = [sum(result.classes.get(name, 0) for name in names) for names in _COLUMNS.values()]
        table.add_row(result.network.name, result.cpu, result.engine, *map(_millions, columns))
    return table


def kinds_table(results: Sequence[Result]) -> Table:
    """Sum our operators by kind: one line per network and kind, a column per CPU."""
    return _operator_table("Ours by kind of operator, in millions", results, gather=True)


def layers_table(results: Sequence[Result]) -> Table:
    """List our operators one by one, a column per CPU."""
    return _operator_table("Ours by operator, in thousands", results, gather=False)


def loops_table(loops: Sequence[LoopFigure]) -> Table:
    """Format llvm-mca's figures: one line per tier, engine and kernel, a column per core."""
    cores = list(dict.fromkeys(loop.cpu for loop in loops))
    table = _table("Inner loops, multiply-accumulates per cycle by llvm-mca (share of the core's peak)")
    for name in ("tier", "kernel"):
        table.add_column(name)
    table.add_column("MAC/instruction", justify="right")
    for core in cores:
        table.add_column(core, justify="right")
    ordered = sorted(loops, key=lambda loop: (loop.tier, loop.engine, loop.kernel))
    for (tier, kernel), group in groupby(ordered, key=lambda loop: (loop.tier, loop.kernel)):
        rows = list(group)
        densities = sorted({f"{row.macs / row.instructions:.1f}" for row in rows})
        by_core = {row.cpu: row for row in rows}
        cells = [_share(by_core.get(core)) for core in cores]
        table.add_row(tier, kernel, " … ".join(densities), *cells)
    for tier in dict.fromkeys(loop.tier for loop in ordered):
        table.add_row(tier, "our best / XNNPACK", "", *(_best_ratio(loops, tier, core) for core in cores))
    return table


def _best_ratio(loops: Sequence[LoopFigure], tier: str, core: str) -> str:
    here = [loop for loop in loops if (loop.tier, loop.cpu) == (tier, core)]
    ours = [loop.mac_per_cycle for loop in here if loop.kernel.startswith("sg_gemm_s8_s8_")]
    theirs = [loop.mac_per_cycle for loop in here if loop.engine == "xnnpack"]
    return f"{max(ours) / max(theirs):.2f}" if ours and theirs else ""


def _operator_table(title: str, results: Sequence[Result], *, gather: bool) -> Table:
    ours = [result for result in results if result.operators]
    cpus = list(dict.fromkeys(result.cpu for result in ours))
    table = _table(title)
    for name in ("network", "operator"):
        table.add_column(name)
    table.add_column("MMAC", justify="right")
    for cpu in cpus:
        table.add_column(cpu, justify="right")
    for name, group in groupby(ours, key=lambda result: result.network.name):
        columns = {result.cpu: result for result in group}
        operators = next(iter(columns.values())).network.operators
        groups: dict[str, list[int]] = {}
        for index, operator in enumerate(operators):
            groups.setdefault(operator.kind if gather else _label(index, operator), []).append(index)
        for label, indices in groups.items():
            cells = [_cell(columns.get(cpu), indices, gather) for cpu in cpus]
            table.add_row(name, label, f"{sum(operators[i].macs for i in indices) / 1e6:.1f}", *cells)
    return table


def _label(index: int, operator: PlanEntry) -> str:
    return f"{index:3d} {operator.kind} {operator.layer}"


def _cell(result: Result | None, indices: Sequence[int], gather: bool) -> str:
    if result is None:
        return ""
    count = sum(total(result.operators[i]) for i in indices)
    return _millions(count) if gather else f"{count / 1e3:,.1f}"


def _paired(results: Sequence[Result]) -> Iterator[tuple[str, str, Mapping[str, Result]]]:
    pairs: dict[tuple[str, str], dict[str, Result]] = {}
    for result in results:
        pairs.setdefault((result.network.name, result.cpu), {})[result.engine] = result
    for (network, cpu), by_engine in pairs.items():
        yield network, cpu, by_engine


def _pair(
    ours: Result | None, theirs: Result | None, value: Callable[[Result], int], show: Callable[[int], str]
) -> tuple[str, str, str]:
    """Format both figures, and ours as a share of theirs."""
    a, b = (None if result is None else value(result) for result in (ours, theirs))
    ratio = f"{a / b:.2f}" if a is not None and b else ""
    return "" if a is None else show(a), "" if b is None else show(b), ratio


def _share(loop: LoopFigure | None) -> str:
    return "" if loop is None else f"{loop.mac_per_cycle:.1f} ({loop.mac_per_cycle / loop.peak:.0%})"


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)


def _millions(count: int) -> str:
    return f"{count / 1e6:.2f}" if count else "·"


def _kilobytes(count: int) -> str:
    return f"{count / 1000:,.0f}"
