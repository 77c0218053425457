"""A disk that is full and a dist/ that cannot be written: one sentence, the right exit code, nothing half-written."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import os, resource, signal, sys
from pathlib import Path
from sdkgen.errors import SdkgenError
from sdkgen.files import atomic_directory, write_bytes, write_json

target, limit = Path(sys.argv[1]), int(sys.argv[2])
if limit:
    # The kernel refuses to let a file grow beyond the limit: the same OSError path as a full disk.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
elif os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    with atomic_directory(target / "folder") as folder:
        write_bytes(folder / "model.pte", b"x" * 100_000)
except SdkgenError as error:
    print(error)
try:
    write_bytes(target / "report.html", b"x" * 100_000)
except SdkgenError as error:
    print(error)
    sys.exit(error.exit_code)
"""


def attempt(target: Path, limit: int, root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", SCRIPT, str(target), str(limit)]
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_full_disk(tmp_path: Path, root: Path) -> None:
    (tmp_path / "report.html").write_text("the old report")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "old").touch()
    done = attempt(tmp_path, 10_000, root)
    assert done.returncode == 8, done.stderr
    assert done.stdout.count("cannot write") == 2 and "Traceback" not in done.stderr
    left = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*"))
    assert left == ["folder", "folder/old", "report.html"]
    assert (tmp_path / "report.html").read_text() == "the old report"


def test_read_only_folder(tmp_path: Path, root: Path) -> None:
    for folder in tmp_path.parents:
        if not os.access(folder, os.X_OK):
            pytest.skip(f"{folder} cannot be entered by another user")
    locked = tmp_path / "dist"
    locked.mkdir(mode=0o555)
    if subprocess.run(["/usr/bin/env", "test", "-w", str(locked)], check=False).returncode == 0 and os.geteuid() != 0:
        pytest.skip("this file system ignores permissions")
    shared = [tmp_path, *tmp_path.parents]
    modes = {p: p.stat().st_mode for p in shared if p.owner() and os.geteuid() == 0 and "pytest" in p.name}
    try:
        for folder in modes:
            folder.chmod(0o755)
        done = attempt(locked, 0, root)
    finally:
        for folder, mode in modes.items():
            folder.chmod(mode)
    assert done.returncode == 8, done.stderr
    assert done.stdout.count("cannot write") == 2
    assert not list(locked.iterdir())
