"""The study that workers share: its database, the sampler of each worker, and the loop over trials."""

import hashlib
import json
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import optuna
import sqlalchemy
from optuna.study import MaxTrialsCallback
from optuna.trial import FrozenTrial, Trial, TrialState

from sdkgen.documents.search import Figures
from sdkgen.errors import CompressionError, ModelError, ToolchainError
from sdkgen.files import sha256_file
from sdkgen.search.configuration import Configuration, choose, invalid, plain
from sdkgen.search.figures import DIRECTIONS, Result, figures_from, margins, objectives
from sdkgen.search.interrupts import Interrupts
from sdkgen.spec import section_json
from sdkgen.spec.values import SdkSpec, SearchSpec
from sdkgen.toolchain.cache import exclusive

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
"""States of finished trials; a trial whose compression was refused is one of them."""
PATIENCE_SECONDS = 120
"""Longest time that a worker waits for another's write to an SQLite file."""

Measure = Callable[[Configuration], Figures]
OnFinished = Callable[[FrozenTrial], None]


class Study:
    """Trials of one spec in a database.

    Args:
        folder: of the search on this machine; it holds the database unless the spec or `storage` names another.
        storage: URL of a database that is used instead of the spec's.

    Raises:
        ToolchainError: the database cannot be opened.
    """

    def __init__(self, spec: SdkSpec, folder: Path, *, storage: str | None = None) -> None:
        assert spec.search is not None
        self._spec, self._search = spec, spec.search
        folder.mkdir(parents=True, exist_ok=True)
        url = storage or self._search.storage or f"sqlite:///{(folder / 'study.db').resolve()}"
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        # Two workers that create the tables at once would conflict.
        with _without_experimental_warnings(), exclusive(folder / ".study.lock", lambda: None), _opening(url):
            self._study = optuna.create_study(
                storage=optuna.storages.RDBStorage(url, engine_kwargs=_engine_options(url)),
                study_name=study_name(spec),
                directions=DIRECTIONS,
                load_if_exists=True,
            )
            if not self._study.get_trials(deepcopy=False):
                for parameters in plain(self._search, spec):
                    self._study.enqueue_trial(parameters, skip_if_exists=True)

    @property
    def name(self) -> str:
        """Name of the study; it changes with everything that makes trials incomparable."""
        return str(self._study.study_name)

    @property
    def complete(self) -> bool:
        """Whether the number of trials in the spec is finished."""
        return self.finished >= self._search.trials

    @property
    def finished(self) -> int:
        """Trials that were measured or refused, by all workers."""
        return len(self._study.get_trials(deepcopy=False, states=FINISHED))

    @property
    def unfinished(self) -> int:
        """Trials that were begun and not finished: another worker runs them, or their worker was ended."""
        return len(self._study.get_trials(deepcopy=False, states=(TrialState.RUNNING, TrialState.FAIL)))

    def results(self) -> tuple[Result, ...]:
        """Return the measured trials in their order."""
        return tuple(
            Result(
                number=trial.number,
                configuration=Configuration.from_json(trial.user_attrs["configuration"]),
                figures=figures_from(trial.user_attrs["figures"]),
                seconds=trial.user_attrs["seconds"],
            )
            for trial in self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        )

    def refused(self) -> dict[str, int]:
        """Count the refused trials by reason."""
        reasons: dict[str, int] = {}
        for trial in self._study.get_trials(deepcopy=False, states=(TrialState.PRUNED,)):
            reason = str(trial.user_attrs.get("reason", "unknown"))
            reasons[reason] = reasons.get(reason, 0) + 1
        return reasons

    def work(self, measure: Measure, on_finished: OnFinished) -> None:
        """Run trials until the study is complete; other workers may do the same.

        Args:
            measure: returns the figures of a configuration.
            on_finished: called with each trial that this worker has finished.

        Raises:
            KeyboardInterrupt: the user pressed Ctrl-C; the trial that was being measured is lost, no other.
        """
        if self.complete:
            return
        self._study.sampler = _sampler(self._search, self._seed())

        def objective(trial: Trial) -> tuple[float, ...]:
            begun = time.monotonic()
            chosen = choose(self._search, trial)
            trial.set_user_attr("configuration", chosen.to_json())
            try:
                if reason := invalid(chosen):
                    raise CompressionError(reason)
                # Samplers repeat good points; an equal configuration has equal figures.
                figures = self._measured(chosen)
                if figures is None:
                    with interrupts.let_through():
                        figures = measure(chosen)
            except (CompressionError, ModelError) as error:
                trial.set_user_attr("reason", str(error).splitlines()[0])
                raise optuna.TrialPruned from error
            trial.set_user_attr("figures", {**asdict(figures), "instructions": dict(figures.instructions)})
            for miss in margins(figures, self._search):
                trial.set_constraint(miss.name, miss.excess)
            trial.set_user_attr("seconds", time.monotonic() - begun)
            return objectives(figures, self._search)

        def after(study: optuna.Study, trial: FrozenTrial) -> None:
            on_finished(trial)
            if interrupts.pending:
                study.stop()

        enough = MaxTrialsCallback(self._search.trials, states=FINISHED)
        with _without_experimental_warnings(), Interrupts() as interrupts:
            self._study.optimize(objective, callbacks=[after, enough])

    def _measured(self, chosen: Configuration) -> Figures | None:
        """Return the figures of an equal configuration that any worker has finished."""
        return next((result.figures for result in self.results() if result.configuration == chosen), None)

    def _seed(self) -> int:
        """Return a seed that differs for every worker that ever joins the study; the first worker has the spec's.

        Each worker stores its name and then counts the names. Two that count equally many read the same names, since
        names are only added; their positions among them differ.
        """
        own = uuid.uuid4().hex
        self._study.set_user_attr(f"worker {own}", True)
        names = sorted(key for key in self._study.user_attrs if key.startswith("worker "))
        return self._search.seed + 1009 * (len(names) - 1) + names.index(f"worker {own}")


def study_name(spec: SdkSpec) -> str:
    """Return the SDK's name and a digest over everything that affects the figures of a configuration, and the choices.

    Limits, the number of trials, sampler and seed are left out: they may change, and the trials stay.
    """
    search = spec.search
    assert search is not None
    facts: list[Any] = [
        section_json(spec, "model", "input", "task", "data", "training"),
        [sha256_file(path) for path in sorted(spec.origin.parent.glob("*.py"))],
        {name: list(values) for name, values in search.arguments.items()},
        [list(size) for size in search.sizes],
        [asdict(entry) for entry in search.passes],
        search.tier,
    ]
    return f"{spec.name}-{hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:12]}"


def _sampler(search: SearchSpec, seed: int) -> optuna.samplers.BaseSampler:
    """Make the sampler, with a smaller startup and population than Optuna's, which suit hundreds of trials."""
    with _without_experimental_warnings():
        if search.sampler == "nsga2":
            population = min(50, max(8, search.trials // 4))
            return optuna.samplers.NSGAIISampler(population_size=population, seed=seed)
        startup = min(10, max(4, search.trials // 4))
        return optuna.samplers.TPESampler(n_startup_trials=startup, multivariate=True, group=True, seed=seed)


def _engine_options(url: str) -> dict[str, Any]:
    return {"connect_args": {"timeout": PATIENCE_SECONDS}} if url.startswith("sqlite") else {"pool_pre_ping": True}


@contextmanager
def _opening(url: str) -> Iterator[None]:
    """Convert errors of a database or its driver into a ToolchainError without the password of the URL."""
    try:
        yield
    # Each driver has its own exceptions in addition to those of SQLAlchemy and Optuna.
    except Exception as error:
        cause = str(getattr(error, "orig", None) or error).strip().splitlines()
        raise ToolchainError(
            f"the database {_shown(url)} cannot be used: {cause[0] if cause else type(error).__name__}",
            remedy="Check the URL. The driver of a database other than SQLite is installed into .venv by you: "
            "docs/search.md.",
        ) from error


def _shown(url: str) -> str:
    try:
        return sqlalchemy.engine.make_url(url).render_as_string(hide_password=True)
    except sqlalchemy.exc.ArgumentError:
        return url.split("://")[0] + "://…"


@contextmanager
def _without_experimental_warnings() -> Iterator[None]:
    """Suppress Optuna's warnings about multivariate TPE and constraints, whose version is pinned."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        yield
