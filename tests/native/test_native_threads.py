"""The thread pool under ThreadSanitizer: no race, nothing computed twice, the same scores however many threads."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tests.conftest import missing

FLAGS = ("-std=c11", "-O1", "-g", "-fsanitize=thread", "-Wno-unknown-pragmas")


def run(driver: str, sources: Iterable[Path], root: Path, folder: Path, *arguments: str) -> None:
    """Compile tests/native/`driver` with `sources`, and expect status 0 of it."""
    compiler = shutil.which("clang") or shutil.which("gcc")
    if compiler is None:
        missing("a C compiler with sanitizers", "apt-get install gcc")
    program = folder / "driver"
    files = [*map(str, sources), str(root / "tests" / "native" / driver)]
    subprocess.run([str(compiler), *FLAGS, *files, "-o", str(program), "-lpthread"], check=True)
    done = subprocess.run([str(program), *arguments], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"status {done.returncode}\n{done.stderr[-3000:]}"


def test_no_race_and_the_same_scores(root: Path, demo_build: Path, tmp_path: Path) -> None:
    native = root / "native"
    sources = [p for part in ("kernels/*/*.c", "runtime/*.c", "image/*.c") for p in sorted(native.glob(part))]
    model = demo_build / "export" / "photo_tagger.pte"
    run("threads_driver.c", sources, root, tmp_path, str(model))


def test_a_thread_that_is_held_up_holds_up_nobody(root: Path, tmp_path: Path) -> None:
    run("pool_driver.c", [root / "native" / "runtime" / "threads.c"], root, tmp_path)
