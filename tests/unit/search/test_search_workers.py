"""The command itself on a toy: two workers on one study, one of them killed; and best.toml, which builds the same."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sdkgen import spec
from tests.conftest import ROOT, missing

TRIALS = 6
PATIENCE_SECONDS = 300


@pytest.fixture
def host() -> Path:
    folder = ROOT / "build" / "host"
    if not list(folder.glob("libsdkgen_image.*")):
        missing("build/host/libsdkgen_image", "build the demo first: ./sconsw target=android")
    return folder


def worker(toy: Path, host: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "sdkgen.search", "--spec", str(toy), "--build", str(toy.parents[1] / "build")]
    return subprocess.Popen(
        [*command, "--host", str(host)],
        cwd=ROOT,
        env={**os.environ, "OMP_WAIT_POLICY": "passive"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ended(process: "subprocess.Popen[str]") -> str:
    said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, said
    return said


def finished(database: Path) -> int:
    """Trials that are safe in the database."""
    if not database.is_file():
        return 0
    connection = sqlite3.connect(database, timeout=60)
    try:
        query = "select count(*) from trials where state in ('COMPLETE', 'PRUNED')"
        return int(connection.execute(query).fetchone()[0])
    except sqlite3.OperationalError:  # the tables are being made
        return 0
    finally:
        connection.close()


def test_two_workers_share_a_study_and_a_killed_one_loses_no_finished_trial(toy: Path, host: Path) -> None:
    database = toy.parents[1] / "build" / "search" / "study.db"
    first, second = worker(toy, host), worker(toy, host)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while finished(database) < 2 and time.monotonic() < deadline and second.poll() is None:
        time.sleep(0.05)
    second.send_signal(signal.SIGKILL)
    second.communicate()
    safe = finished(database)
    first.send_signal(signal.SIGINT)  # the user stops the other one, too
    said, _ = first.communicate(timeout=PATIENCE_SECONDS)
    assert first.returncode == 130, said
    kept = finished(database)
    assert 2 <= safe <= kept < TRIALS

    resumed = ended(worker(toy, host))
    assert f"{kept} of {TRIALS} trials are finished" in resumed
    assert finished(database) == TRIALS
    found = json.loads((database.parent / "front.json").read_text())
    assert found["trials"]["measured"] + found["trials"]["refused"] == TRIALS
    assert found["trials"]["unfinished"] >= 1  # what the two were at when they were stopped
    again = ended(worker(toy, host))
    assert f"{TRIALS} of {TRIALS} trials are finished" in again


def test_best_toml_builds_what_was_measured(toy: Path, host: Path) -> None:
    few = 'trials = 3\nprefer = "download"\nlimits = {min_top1 = 0.5}'
    toy.write_text(toy.read_text().replace("trials = 6", few))
    ended(worker(toy, host))
    folder = toy.parents[1] / "build" / "search"
    found = json.loads((folder / "front.json").read_text())
    measured = next(row["figures"] for row in found["results"] if row["number"] == found["best"])
    chosen = spec.load(folder / "best.toml")
    assert chosen.search is None
    assert [entry.name for entry in chosen.passes][-2:] == ["fold_batch_norm", "int8_ptq"]
    built = toy.parents[1] / "built"
    for step in ("train", "compress", "export"):
        command = [sys.executable, "-m", "sdkgen", step, "--spec", str(folder / "best.toml"), "--build", str(built)]
        done = subprocess.run(
            [*command, "--host", str(host), "--dist", str(built / "dist")],
            cwd=ROOT,
            env={**os.environ, "OMP_WAIT_POLICY": "passive"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        # The search has trained this network already.
        assert step != "train" or "epoch" not in done.stderr
    after = json.loads((built / "compress" / "compress.json").read_text())["passes"][-1]["after"]
    assert (after["top1"], after["download_bytes"]) == (measured["top1"], measured["download_bytes"])
    assert (built / "export" / "corners.pte").is_file()


def test_a_spec_without_search_says_how_to_get_one(toy: Path, host: Path) -> None:
    text = toy.read_text()
    toy.write_text(text[: text.index("[search]")] + text[text.index("[targets.android]") :])
    process = worker(toy, host)
    said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 2
    assert "has no table [search]" in said and "docs/search.md" in said


def test_limits_that_nothing_keeps_end_with_the_budget_code_and_how_close_it_came(toy: Path, host: Path) -> None:
    toy.write_text(toy.read_text().replace("trials = 6", "trials = 1\nlimits = {download_bytes = 100}"))
    process = worker(toy, host)
    said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 10, said
    assert "Closest came trial 0" in said and "over 100\N{NO-BREAK SPACE}B" in said
    folder = toy.parents[1] / "build" / "search"
    assert (folder / "search.html").is_file() and not (folder / "best.toml").exists()
