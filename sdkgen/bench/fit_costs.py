"""`python -m sdkgen.bench.fit_costs`: costs.json from the benchmark's counts and those of the small networks."""

import argparse
import hashlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from sdkgen.bench.build import build
from sdkgen.bench.cases import CPUS, Cpu
from sdkgen.bench.command import ROOT
from sdkgen.bench.counts import total
from sdkgen.bench.emulate import counting_qemu, measure
from sdkgen.bench.plan_entries import entries, plan_of
from sdkgen.bench.small import SMALL, SmallNetwork, prepare_all
from sdkgen.command_line import exit_code
from sdkgen.errors import ProofError
from sdkgen.files import read_json, write_json
from sdkgen.latency.costs import FILE, TIER_NAMES, TIERS
from sdkgen.latency.fit import Count, fit, left_out_errors, predict
from sdkgen.toolchain.progress import step
from sdkgen.types import JsonValue

SCHEMA = 1
COUNTED_ON: Mapping[str, Cpu] = {tier: next(cpu for cpu in CPUS if cpu.tier == tier) for tier in TIERS}
DIGITS = 5
"""Significant digits of a cost: more than its error justifies, few enough that people can read and compare the file."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; a mistake becomes one message and the exit code of its class."""
    parser = argparse.ArgumentParser(prog="python -m sdkgen.bench.fit_costs", description=__doc__)
    parser.add_argument("--bench", type=Path, default=ROOT / "build/bench", help="where ./sconsw bench left arm.json")
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout whose native/ was measured")
    parser.add_argument("--output", type=Path, default=FILE)
    options = parser.parse_args(arguments)

    def work() -> None:
        document = fitted(options.bench.resolve(), options.root.resolve())
        write_json(options.output, document)
        Console().print(_table(document))
        print(options.output)

    return exit_code(work)


def fitted(bench: Path, root: Path) -> dict[str, JsonValue]:
    """Fit the content of costs.json.

    Args:
        bench: folder with arm.json and networks/; receives the files of the small networks.

    Raises:
        ProofError: ./sconsw bench has not run, or its counts do not fit the plans next to them.
    """
    if not (bench / "arm.json").is_file():
        raise ProofError(f"{bench / 'arm.json'} is missing", remedy="Run ./sconsw bench first.")
    arm = read_json(bench / "arm.json")
    small = list(_small_counts(bench, root))
    counts = {
        tier: [*_large_counts(arm, bench / "networks", tier), *(count for at, count in small if at == tier)]
        for tier in TIERS
    }
    return document_of(counts, tools=arm["tools"], kernels_sha256=_kernels_digest(root))


def document_of(
    counts: Mapping[str, Sequence[Count]], *, tools: Mapping[str, str], kernels_sha256: str
) -> dict[str, JsonValue]:
    """Build costs.json from the counts of each tier."""
    costs = {tier: fit(counts[tier]) for tier in TIERS}
    return {
        "schema": SCHEMA,
        "made_by": "python -m sdkgen.bench.fit_costs",
        "counted": {
            "tools": dict(tools),
            "cpus": {tier: COUNTED_ON[tier].name for tier in TIERS},
            "kernels_sha256": kernels_sha256,
            "networks": list(dict.fromkeys(count.network for count in counts[TIERS[0]])),
            "operators": sum(len(count.operators) for count in counts[TIERS[0]]),
        },
        "left_out_errors": {tier: _errors(counts[tier]) for tier in TIERS},
        "operator_errors": {tier: _operator_errors(costs[tier], counts[tier]) for tier in TIERS},
        "instructions_per_unit": {
            tier: {name: float(f"{cost:.{DIGITS}g}") for name, cost in costs[tier].items() if cost} for tier in TIERS
        },
    }


def _large_counts(arm: Mapping[str, Any], networks: Path, tier: str) -> Iterator[Count]:
    for result in arm["results"]:
        if result["engine"] != "sdkgen" or result["cpu"] != COUNTED_ON[tier].name:
            continue
        plan = plan_of((networks / f"{result['model']}.sdkgen.pte").read_bytes())
        listed = list(entries(plan))
        if len(listed) != len(result["layers"]):
            raise ProofError(
                f"the plan of {result['model']} has {len(listed)} entries, arm.json {len(result['layers'])}",
                remedy="Run ./sconsw bench again.",
            )
        for operators, layer in zip(listed, result["layers"], strict=True):
            yield Count(network=result["model"], operators=operators, instructions=layer["instructions"])


def _small_counts(bench: Path, root: Path) -> Iterator[tuple[str, Count]]:
    folder = bench / "small"
    folder.mkdir(parents=True, exist_ok=True)
    with step("preparing the small networks"):
        networks = prepare_all(SMALL, folder)
    with step("compiling the measured program"):
        programs = build(root, bench / "programs", with_xnnpack=False)
    qemu = counting_qemu()

    def count(case: tuple[SmallNetwork, str]) -> list[tuple[str, Count]]:
        network, tier = case
        listed = list(entries(plan_of(network.model.read_bytes())))
        measurement = measure(
            qemu,
            COUNTED_ON[tier],
            counter=programs.counter,
            program=programs.sdkgen,
            model=network.model,
            input_file=network.input_file,
            folder=folder,
        )
        marked = measurement.counts.operators[-1]
        if len(marked) != len(listed):
            raise ProofError(f"{network.name} has {len(listed)} operators, the runtime marked {len(marked)}")
        return [
            (tier, Count(network=network.name, operators=operators, instructions=total(classes)))
            for operators, classes in zip(listed, marked, strict=True)
        ]

    with step("counting the small networks"), ThreadPoolExecutor(os.cpu_count()) as pool:
        for found in pool.map(count, [(network, tier) for network in networks for tier in TIERS]):
            yield from found


def _errors(counts: Sequence[Count]) -> dict[str, JsonValue]:
    """Return the signed relative error of each network's count by the costs of all others; largest and mean size."""
    errors = left_out_errors(counts)
    sizes = [abs(error) for error in errors.values()]
    return {
        "networks": {network: round(error, 4) for network, error in errors.items()},
        "mean": round(sum(sizes) / len(sizes), 4),
        "largest": round(max(sizes), 4),
    }


def _operator_errors(costs: Mapping[str, float], counts: Sequence[Count]) -> dict[str, float]:
    """Return the sizes of the relative errors of the single operators in the fit."""
    sizes = sorted(abs(predict(costs, [count]) / count.instructions - 1) for count in counts)
    return {"median": round(sizes[len(sizes) // 2], 4), "nine_of_ten_below": round(sizes[len(sizes) * 9 // 10], 4)}


def _kernels_digest(root: Path) -> str:
    """Return the SHA-256 over the C sources of kernels and runtime, for which the costs hold."""
    digest = hashlib.sha256()
    for path in sorted(
        path for folder in ("kernels", "runtime") for path in (root / "native" / folder).rglob("*.[ch]")
    ):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _table(document: Mapping[str, Any]) -> Table:
    table = Table(title="Error of the modelled instructions, each network left out of the fit", title_justify="left")
    table.add_column("network")
    errors = document["left_out_errors"]
    for tier in TIERS:
        table.add_column(TIER_NAMES[tier], justify="right")
    for network in errors[TIERS[0]]["networks"]:
        table.add_row(network, *(f"{100 * errors[tier]['networks'][network]:+.1f} %" for tier in TIERS))
    table.add_row("mean size", *(f"{100 * errors[tier]['mean']:.1f} %" for tier in TIERS))
    return table


if __name__ == "__main__":
    sys.exit(main())
