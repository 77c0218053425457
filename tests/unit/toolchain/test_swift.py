"""Swift is taken from PATH or the cache; the cached one runs isolated, and is fetched whole or not at all."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from sdkgen.errors import ToolchainError
from sdkgen.toolchain import provision, swift_root
from sdkgen.toolchain.swift import Swift


def _program(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine with nothing on PATH and an empty cache; the folder of PATH."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("SDKGEN_CACHE", str(tmp_path / "cache"))
    for name in ("SDKGEN_SWIFT", "CI"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "bin").mkdir()
    return tmp_path / "bin"


@pytest.mark.parametrize(
    ("says", "version"),
    [
        ("swift-driver version: 1.115 Apple Swift version 6.0.3 (swiftlang-6.0.3.1.10 clang-1600.0.30.1)", "6.0.3"),
        ("Swift version 5.9 (swift-5.9-RELEASE)", "5.9"),
        ("Swift version 5.8.1 (swift-5.8.1-RELEASE)", None),
        ("swift 4.6.0", None),  # the client of an object store has the same name
    ],
)
def test_an_installed_swift_is_used_if_it_is_new_enough(bare: Path, says: str, version: str | None) -> None:
    _program(bare / "swift", f"echo '{says}'")
    found = Swift.find()
    assert (found.version if found else None) == version


def test_the_cached_swift_is_used_when_none_is_installed(bare: Path) -> None:
    assert Swift.find() is None
    swift_root.swift_root().mkdir(parents=True)
    found = Swift.find()
    assert found is not None
    assert found.root == swift_root.swift_root()


def test_swift_can_be_switched_off(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    swift_root.swift_root().mkdir(parents=True)
    monkeypatch.setenv("SDKGEN_SWIFT", "off")
    assert Swift.find() is None
    provision.provide_swift()  # neither fetches nor complains


def _debian(bare: Path, monkeypatch: pytest.MonkeyPatch, lines: str, name: str = "debian") -> None:
    release = {"ID": name, "VERSION_CODENAME": "bookworm"}
    monkeypatch.setattr(swift_root.platform, "freedesktop_os_release", lambda: release)
    _program(
        bare / "apt-get", f"case $1 in indextargets) printf '{lines}';; *) echo 'E: no network' >&2; exit 100;; esac"
    )
    for program in ("dpkg-deb", "mount", "chroot", "unshare"):
        _program(bare / program, "exit 0")


_LINES = (
    "Packages\\tmain\\tvendor\\tmirror:/vendor/\\t/usr/share/keyrings/vendor.gpg\\n"
    "Translations\\tmain\\tbookworm\\tmirror:/debian/\\t\\n"
    "Packages\\tmain\\tbookworm-security\\tmirror:/security/\\t\\n"
    "Packages\\tmain\\tbookworm\\tmirror:/debian/\\t/usr/share/keyrings/debian.gpg\\n"
)


def test_the_mirror_is_the_one_that_the_machine_uses(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _debian(bare, monkeypatch, _LINES)
    assert swift_root._mirror() == swift_root.Mirror(uri="mirror:/debian/", keyring="/usr/share/keyrings/debian.gpg")
    assert swift_root.obstacle() == ""


def test_another_system_cannot_have_it_and_is_told_so_but_not_in_ci(
    bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _debian(bare, monkeypatch, _LINES, name="fedora")
    provision.provide_swift()
    assert "no Debian mirror" in capsys.readouterr().err
    monkeypatch.setenv("CI", "1")
    with pytest.raises(ToolchainError, match=r"swift\.org"):
        provision.provide_swift()


def test_a_machine_that_forbids_namespaces_is_told_so(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _debian(bare, monkeypatch, _LINES)
    _program(bare / "unshare", "echo 'Operation not permitted' >&2; exit 1")
    assert "Operation not permitted" in swift_root.obstacle()


def test_a_failed_download_says_what_apt_said_and_leaves_nothing(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _debian(bare, monkeypatch, _LINES)
    parent = swift_root.swift_root().parent
    (parent / f".{swift_root.swift_root().name}.killed" / "usr").mkdir(parents=True)
    with pytest.raises(ToolchainError, match="E: no network"):
        provision.provide_swift()
    assert [path.name for path in parent.iterdir()] == [".lock"]


@pytest.fixture
def isolated() -> Path:
    """The root of the Swift in the cache."""
    root = swift_root.swift_root()
    if not root.is_dir():
        pytest.skip("Swift was not fetched: it is installed, switched off, or cannot be had here")
    return root


def test_a_command_sees_its_folders_under_their_own_names_and_nothing_else(isolated: Path, tmp_path: Path) -> None:
    seen, other = tmp_path / "a folder", tmp_path / "other"
    seen.mkdir()
    other.mkdir()
    (seen / "in").write_text("text")
    (other / "secret").touch()
    script = f'pwd; cat in; echo out > out; test -e "{other}/secret" || echo hidden; echo $VALUE; ls "{sys.prefix}"'
    answer = swift_root.run_isolated(
        ["sh", "-c", script], root=isolated, folder=seen, environment={"VALUE": "v w"}, timeout=30
    )
    assert answer.stdout.splitlines() == [str(seen), "texthidden", "v w"]
    assert answer.returncode != 0  # the last command found nothing
    assert (seen / "out").read_text() == "out\n"


def test_nothing_stays_mounted_and_nothing_runs_on_after_a_timeout(isolated: Path, tmp_path: Path) -> None:
    script = "(sleep 1; touch late) & sleep 30"
    with pytest.raises(subprocess.TimeoutExpired):
        swift_root.run_isolated(["sh", "-c", script], root=isolated, folder=tmp_path, timeout=0.5)
    time.sleep(1)
    assert not (tmp_path / "late").exists()
    assert str(isolated) not in Path("/proc/self/mounts").read_text()
    assert list((isolated / "mnt").iterdir()) == []


def test_a_program_is_compiled_and_run(isolated: Path, tmp_path: Path) -> None:
    (tmp_path / "main.swift").write_text('import Foundation\nprint(String(format: "%.3f", 2.0.squareRoot()))\n')
    swift = Swift.require()
    compiled = swift.run(["swiftc", "-warnings-as-errors", "main.swift", "-o", "main"], folder=tmp_path, timeout=120)
    assert compiled.returncode == 0, compiled.stderr
    assert swift.run([str(tmp_path / "main")], folder=tmp_path, timeout=30).stdout == "1.414\n"
