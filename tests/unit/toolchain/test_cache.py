"""The cache shows whole files or none, and lets two builds take turns."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from sdkgen.errors import PackageError
from sdkgen.files import atomic_directory, write_bytes
from sdkgen.toolchain.base import probe_version
from sdkgen.toolchain.cache import cache_root, exclusive


def test_the_environment_variable_moves_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SDKGEN_CACHE", str(tmp_path / "elsewhere"))
    assert cache_root() == tmp_path / "elsewhere"
    monkeypatch.delenv("SDKGEN_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_root().name == "sdkgen"


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a" / "file"
    write_bytes(path, b"one")
    write_bytes(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_was_not_finished_does_not_appear(tmp_path: Path) -> None:
    path = tmp_path / "tool"
    with pytest.raises(KeyboardInterrupt), atomic_directory(path) as folder:
        (folder / "half").touch()
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_an_old_folder_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "tool"
    with atomic_directory(path) as folder:
        (folder / "old").touch()
    with pytest.raises(PackageError), atomic_directory(path):
        raise OSError
    assert [p.name for p in path.iterdir()] == ["old"]
    with atomic_directory(path) as folder:
        (folder / "new").touch()
    assert [p.name for p in path.iterdir()] == ["new"]


def test_the_second_process_waits_says_so_and_goes_on(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    code = (
        "import sys, time; from pathlib import Path; from sdkgen.toolchain.cache import exclusive\n"
        "with exclusive(Path(sys.argv[1]), lambda: None):\n print('held', flush=True); time.sleep(0.6)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(lock)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        said: list[str] = []
        start = time.monotonic()
        with exclusive(lock, lambda: said.append("waiting")):
            waited = time.monotonic() - start
    assert said == ["waiting"]
    assert waited > 0.2


def test_a_version_is_asked_once_until_the_program_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDKGEN_CACHE", str(tmp_path / "cache"))
    program, calls = tmp_path / "tool", tmp_path / "calls"

    def write(version: str) -> None:
        program.write_text(f"#!/bin/sh\necho x >> {calls}\necho 'tool version {version}'\n")
        program.chmod(0o755)

    write("1.2")
    assert [probe_version(program, [], r"version (\S+)") for _ in range(3)] == ["1.2"] * 3
    assert calls.read_text() == "x\n"
    write("1.10")
    assert probe_version(program, [], r"version (\S+)") == "1.10"


def test_a_program_that_fails_has_no_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDKGEN_CACHE", str(tmp_path / "cache"))
    program = tmp_path / "java"
    program.write_text("#!/bin/sh\necho 'version 17'\nexit 1\n")  # like macOS's placeholder without a JDK
    program.chmod(0o755)
    assert probe_version(program, [], r"version (\S+)") is None
