"""The thread pool under ThreadSanitizer: no race, nothing computed twice, the same scores however many threads."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

from tests.native.objects import compiled, program, runtime_sources, sanitizing_compiler

FLAGS = ("-std=c11", "-O1", "-g", "-fsanitize=thread", "-Wno-unknown-pragmas")


def run(driver: str, sources: Iterable[Path], root: Path, folder: Path, *arguments: str) -> None:
    """Compile tests/native/`driver` with `sources`, and expect status 0 of it."""
    compiler = sanitizing_compiler("thread", FLAGS)
    objects = compiled(compiler, [*sources, root / "tests" / "native" / driver])
    executable = program(compiler, folder / "driver", objects, "-lpthread")
    done = subprocess.run([str(executable), *arguments], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"status {done.returncode}\n{done.stderr[-3000:]}"


def test_no_race_and_the_same_scores(root: Path, demo_build: Path, tmp_path: Path) -> None:
    model = demo_build / "export" / "photo_tagger.pte"
    run("threads_driver.c", runtime_sources(), root, tmp_path, str(model))


def test_a_thread_that_is_held_up_holds_up_nobody(root: Path, tmp_path: Path) -> None:
    run("pool_driver.c", [root / "native" / "runtime" / "threads.c"], root, tmp_path)
