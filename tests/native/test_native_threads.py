"""The thread pool under ThreadSanitizer: no race, and the same scores whatever the number of threads."""

import shutil
import subprocess
from pathlib import Path

from tests.conftest import missing


def test_no_race_and_the_same_scores(root: Path, demo_build: Path, tmp_path: Path) -> None:
    compiler = shutil.which("clang") or shutil.which("gcc")
    if compiler is None:
        missing("a C compiler with sanitizers", "apt-get install gcc")
    native = root / "native"
    sources = [p for part in ("kernels/*/*.c", "runtime/*.c", "image/*.c") for p in sorted(native.glob(part))]
    program = tmp_path / "driver"
    flags = ["-std=c11", "-O1", "-g", "-fsanitize=thread", "-Wno-unknown-pragmas"]
    command = [str(compiler), *flags, *map(str, sources), str(root / "tests" / "native" / "threads_driver.c")]
    subprocess.run([*command, "-o", str(program), "-lpthread"], check=True)
    model = demo_build / "export" / "photo_tagger.pte"
    done = subprocess.run([str(program), str(model)], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
