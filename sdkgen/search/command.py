"""The search command: trials until the study is complete, then the table, front.json, search.html and best.toml."""

import argparse
import os
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from optuna.trial import FrozenTrial, TrialState
from rich.console import Console
from rich.table import Table

from sdkgen import spec as specs
from sdkgen.command_line import exit_code
from sdkgen.documents.search import FrontDocument, write_front
from sdkgen.errors import BudgetError, CompressionError, SpecError
from sdkgen.files import write_text
from sdkgen.latency.costs import TIER_NAMES
from sdkgen.log_filters import silence_import_noise
from sdkgen.report import figures as words
from sdkgen.report.pareto import rows
from sdkgen.search.best import write_best
from sdkgen.search.configuration import Configuration
from sdkgen.search.document import document, page, verdict
from sdkgen.search.figures import best, figures_from
from sdkgen.search.study import Study
from sdkgen.spec.values import SdkSpec

STORAGE_VARIABLE = "SDKGEN_SEARCH_STORAGE"
"""Environment variable that overrides [search] storage, for a URL with a password."""
WIDTH = 118


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; a mistake becomes one message and the exit code of its class."""
    parser = argparse.ArgumentParser(prog="python -m sdkgen.search", description=__doc__)
    parser.add_argument("--spec", type=Path, required=True, help="an sdk.toml with the table [search]")
    parser.add_argument("--build", type=Path, required=True, help="folder of this SDK's intermediate files")
    parser.add_argument("--host", type=Path, required=True, help="folder of the libraries built for this machine")
    options = parser.parse_args(arguments)

    def work() -> None:
        spec = specs.load(options.spec)
        if spec.search is None:
            raise SpecError(
                f"{options.spec} has no table [search]",
                remedy="Add one: docs/search.md shows it, and what it may hold.",
            )
        search(spec, build=options.build.resolve(), host=options.host.resolve())

    return exit_code(work, interrupted="interrupted; the same command goes on with what is finished")


def search(spec: SdkSpec, *, build: Path, host: Path) -> None:
    """Work on the study of `spec` until it is complete, and write into `build`/search what all workers found.

    Raises:
        BudgetError: no configuration keeps the limits.
        CompressionError: no configuration could be measured.
        ToolchainError: the database cannot be used.
    """
    silence_import_noise()
    from sdkgen.search.trial_runner import TrialRunner

    assert spec.search is not None
    folder = build / "search"
    study = Study(spec, folder, storage=os.environ.get(STORAGE_VARIABLE))
    runner = TrialRunner(spec, host=host, folder=folder)
    before, begun = study.finished, time.monotonic()
    print(f"study {study.name}: {before} of {spec.search.trials} trials are finished", flush=True)
    study.work(runner.measure, lambda trial: print(trial_line(trial, study.finished, spec), flush=True))
    if study.finished > before:
        print(f"{study.finished - before} trials in {time.monotonic() - begun:.0f} s")
    _write(spec, study, folder)


def trial_line(trial: FrozenTrial, finished: int, spec: SdkSpec) -> str:
    """Return the progress line of a finished trial: its configuration and figures, or the reason of its refusal."""
    assert spec.search is not None
    head = f"{finished:3}/{spec.search.trials}"
    configuration = trial.user_attrs.get("configuration")
    tried = Configuration.from_json(configuration).words() if configuration else ""
    if trial.state is not TrialState.COMPLETE:
        return f"{head}  refused: {trial.user_attrs.get('reason', 'unknown')}; {tried}"
    figures = figures_from(trial.user_attrs["figures"])
    instructions = figures.instructions[spec.search.tier]
    return (
        f"{head}  {words.percent(figures.top1):>7}  {words.size(figures.download_bytes):>8}  "
        f"{words.amount(instructions):>13}  {trial.user_attrs['seconds']:4.0f} s  {tried}"
    )


def _write(spec: SdkSpec, study: Study, folder: Path) -> None:
    assert spec.search is not None
    found = document(spec, study)
    write_front(folder / "front.json", found)
    write_text(folder / "search.html", page(found))
    winner = best(study.results(), spec.search)
    toml = folder / "best.toml"
    # One of an earlier search would be taken for this one's.
    toml.unlink(missing_ok=True)
    if found.results:
        Console(width=max(WIDTH, Console().width)).print(_table(found))
    print(folder / "search.html")
    if winner is None:
        reasons = "; ".join(f"{count} × {reason}" for reason, count in found.refused.items())
        if not found.results:
            raise CompressionError(f"no configuration could be measured: {reasons}")
        raise BudgetError(
            verdict(found),
            remedy="Raise the limits, allow more passes or wider ranges, or raise trials: finished ones stay.",
        )
    write_best(spec, winner, folder)
    print(verdict(found))
    print(toml)


def _table(found: FrontDocument) -> Table:
    table = Table(title="The front: no other trial is as good in all three", title_justify="left")
    for heading in (
        "trial",
        "configuration",
        "top-1",
        "download",
        "MACs",
        f"instructions, {TIER_NAMES[found.tier]}",
    ):
        table.add_column(heading, justify="left" if heading == "configuration" else "right")
    for row in rows(asdict(found)):
        table.add_row(
            f"{row['number']}{' ✓' if row['best'] else ''}",
            row["words"],
            words.percent(row["top1"]),
            words.size(row["download_bytes"]),
            words.amount(row["macs"]),
            words.amount(row["instructions"]),
        )
    return table
