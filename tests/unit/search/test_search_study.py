"""A study goes on where it stopped, keeps the reasons of refused trials, and says what its database has against it."""

import signal
from dataclasses import replace
from pathlib import Path

import pytest
from optuna.trial import FrozenTrial

from sdkgen.documents.search import Figures
from sdkgen.errors import CompressionError, DataError, ToolchainError
from sdkgen.search.configuration import Configuration
from sdkgen.search.document import document, page, verdict
from sdkgen.search.study import Study, study_name
from sdkgen.spec.values import SearchSpec
from tests.unit.search.search_values import SEARCH, limited, spec


def figures(chosen: Configuration) -> Figures:
    """Smaller networks are worse and faster; a palette is smaller."""
    options = {entry.name: entry.options for entry in chosen.passes}
    fraction = float(options.get("structured_pruning", {}).get("macs_fraction", 1.0))
    size = fraction * (0.5 if "cluster_weights" in options else 1.0) * float(chosen.arguments["width"])
    top1 = 0.9 - 0.2 * (1 - fraction) ** 2 - (0.02 if "cluster_weights" in options else 0.0)
    instructions = round(1_000_000 * fraction)
    return Figures(
        top1=top1,
        download_bytes=round(40_000 * size),
        macs=instructions,
        instructions={"neon": 3 * instructions, "neondot": instructions, "neoni8mm": instructions},
        parameters=100,
    )


def study(folder: Path, search: SearchSpec = SEARCH) -> Study:
    return Study(spec(search), folder)


@pytest.mark.parametrize("sampler", ["tpe", "nsga2"])
def test_it_runs_until_it_is_complete_and_begins_with_plain_quantisation(tmp_path: Path, sampler: str) -> None:
    search = replace(limited(download_bytes=15_000), trials=24, sampler=sampler)  # type: ignore[arg-type]  # parametrised
    made = study(tmp_path, search)
    made.work(figures, lambda trial: None)
    results = made.results()
    assert made.complete and len(results) == 24
    assert [entry.name for entry in results[0].configuration.passes] == ["fold_batch_norm", "int8_ptq"]
    assert results[1].configuration.passes[-1].name == "int8_qat"
    assert len({entry.configuration.words() for entry in results}) > 12


def test_it_goes_on_where_it_stopped(tmp_path: Path) -> None:
    calls: list[Configuration] = []

    def interrupted(chosen: Configuration) -> Figures:
        calls.append(chosen)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return figures(chosen)

    with pytest.raises(KeyboardInterrupt):
        study(tmp_path).work(interrupted, lambda trial: None)
    again = study(tmp_path)
    assert (again.finished, again.unfinished) == (3, 1)
    kept = again.results()
    again.work(figures, lambda trial: None)
    assert again.finished == SEARCH.trials
    assert again.results()[:3] == kept


def test_an_interrupt_waits_for_the_database_and_not_for_a_measurement(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    made = study(tmp_path / "between")
    told: list[int] = []

    def interrupt_between(trial: FrozenTrial) -> None:
        signal.raise_signal(signal.SIGINT)  # would end the test here if it were not held back
        told.append(trial.number)

    with pytest.raises(KeyboardInterrupt):
        made.work(figures, interrupt_between)
    assert (told, made.finished, made.unfinished) == ([0], 1, 0)

    def interrupt_within(chosen: Configuration) -> Figures:
        signal.raise_signal(signal.SIGINT)
        raise AssertionError("the measurement went on")

    made = study(tmp_path / "within")
    with pytest.raises(KeyboardInterrupt):
        made.work(interrupt_within, lambda trial: None)
    assert (made.finished, made.unfinished) == (0, 1)
    assert signal.getsignal(signal.SIGINT) is before


def test_what_was_measured_is_not_measured_again(tmp_path: Path) -> None:
    few = replace(SEARCH, trials=12, arguments={"width": (1.0,)}, sizes=(), passes=SEARCH.passes[1:])
    measured: list[str] = []

    def counted(chosen: Configuration) -> Figures:
        measured.append(chosen.words())
        return figures(chosen)

    made = study(tmp_path, few)
    made.work(counted, lambda trial: None)
    results = made.results()
    assert len(results) == 12 > len(measured) == len(set(measured)) > 4
    assert {result.configuration.words() for result in results} == set(measured)
    assert all(result.figures == figures(result.configuration) for result in results)


def test_more_trials_or_other_limits_keep_what_is_finished(tmp_path: Path) -> None:
    study(tmp_path).work(figures, lambda trial: None)
    assert study(tmp_path).complete
    longer = study(tmp_path, replace(limited(macs=5), trials=9))
    assert (longer.finished, longer.complete) == (8, False)
    assert study_name(spec(replace(SEARCH, tier="neon"))) != study_name(spec())
    assert study_name(spec(replace(SEARCH, passes=SEARCH.passes[1:]))) != study_name(spec())


def test_workers_that_join_draw_differently(tmp_path: Path) -> None:
    first, second = study(tmp_path), study(tmp_path)
    assert len({first._seed(), second._seed(), first._seed()}) == 3
    assert study(tmp_path / "other")._seed() == SEARCH.seed  # a study of one worker is what the spec's seed makes it


def test_a_configuration_that_cannot_be_compressed_is_refused_with_its_reason(tmp_path: Path) -> None:
    def refusing(chosen: Configuration) -> Figures:
        if any(entry.name == "structured_pruning" for entry in chosen.passes):
            raise CompressionError("pruning found no layer", remedy="Remove it.")
        return figures(chosen)

    made = study(tmp_path, replace(limited(macs=10**9, min_top1=0.1), trials=16))
    made.work(refusing, lambda trial: None)
    assert made.refused()["pruning found no layer"] >= 1
    assert len(made.results()) + sum(made.refused().values()) == 16
    found = document(spec(), made)
    assert "pruning found no layer" in page(found)


def test_what_is_wrong_for_every_trial_ends_the_search(tmp_path: Path) -> None:
    def broken(chosen: Configuration) -> Figures:
        raise DataError("the data is damaged")

    with pytest.raises(DataError):
        study(tmp_path).work(broken, lambda trial: None)
    assert study(tmp_path).finished == 0


def test_an_unreachable_target_says_how_close_the_search_came(tmp_path: Path) -> None:
    search = limited(download_bytes=100, min_top1=0.95)
    made = study(tmp_path, search)
    made.work(figures, lambda trial: None)
    found = document(spec(search), made)
    assert found.best is None
    text = verdict(found).replace("\N{NO-BREAK SPACE}", " ")
    assert text.startswith("No configuration keeps the limits. Closest came trial")
    assert "% over 100 B" in text and "points below 95.0 %" in text


def test_the_page_shows_both_plots_and_escapes(tmp_path: Path) -> None:
    made = study(tmp_path)
    made.work(figures, lambda trial: None)
    found = replace(document(spec(), made), sdk="<b>")
    text = page(found)
    assert text.count("<circle") >= 2 * len(found.front)
    assert "&lt;b&gt;" in text and "<b>" not in text
    assert "Accuracy against latency" in text


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:////proc/nowhere/study.db", "the database sqlite:////proc/nowhere/study.db cannot be used"),
        ("postgresql://user:secret@localhost/search", "postgresql://user:***@localhost/search"),
        ("nonsense://x", "nonsense://x"),
    ],
)
def test_a_database_that_cannot_be_used_is_named_without_its_password(tmp_path: Path, url: str, said: str) -> None:
    with pytest.raises(ToolchainError) as raised:
        Study(spec(), tmp_path, storage=url)
    assert said in str(raised.value)
    assert "secret" not in str(raised.value)
