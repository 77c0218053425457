"""Each tool is found where it may be, refused when too old, and names the remedy when absent."""

from pathlib import Path

import pytest

from sdkgen.errors import ToolchainError
from sdkgen.toolchain.android_sdk import AndroidSdk, Ndk
from sdkgen.toolchain.assets import asset_path
from sdkgen.toolchain.java import Java, substitute
from sdkgen.toolchain.kotlin import Kotlinc
from sdkgen.toolchain.ktlint import Ktlint
from sdkgen.toolchain.node import Npm
from sdkgen.toolchain.qemu import Qemu
from sdkgen.toolchain.swift import Swift
from sdkgen.toolchain.zig import Zig


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty PATH, an empty cache and none of the variables that point at tools."""
    for name in ("JAVA_HOME", "KOTLIN_HOME", "ANDROID_HOME", "ANDROID_SDK_ROOT", "ANDROID_NDK_HOME"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("SDKGEN_CACHE", str(tmp_path / "cache"))


def _program(path: Path, says: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\ncat <<'END'\n{says}\nEND\n".replace("cat", "/bin/cat"))
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("tool", [AndroidSdk, Java, Kotlinc, Ktlint, Ndk, Npm, Qemu, Swift])
def test_an_absent_tool_is_an_error_that_says_what_to_do(tool: type[Java]) -> None:
    assert tool.find() is None
    with pytest.raises(ToolchainError) as caught:
        tool.require()
    message, remedy = str(caught.value).split("\n  ")
    assert tool.name in message
    assert remedy.endswith(".")


def test_java_is_taken_from_java_home_before_path_before_the_cache(tmp_path: Path) -> None:
    _program(substitute(), 'openjdk version "25.0.2"')
    found = Java.find()
    assert found is not None
    assert found.major == 25
    assert "--enable-native-access=ALL-UNNAMED" in found.jvm_flags()
    _program(tmp_path / "bin" / "java", 'openjdk version "17.0.15"')
    found = Java.find()
    assert found is not None
    assert found.major == 17
    assert not any("native-access" in flag for flag in found.jvm_flags())


def test_an_old_java_is_passed_over(tmp_path: Path) -> None:
    _program(tmp_path / "bin" / "java", 'java version "1.8.0_402"')
    assert Java.find() is None


def _kotlin_distribution(folder: Path, version: str) -> Path:
    jars = ("kotlin-compiler", "kotlin-stdlib", "kotlin-script-runtime", "kotlin-reflect", "kotlin-daemon-client")
    (folder / "lib").mkdir(parents=True)
    for jar in (*jars, "annotations-13.0", "kotlinx-coroutines-core-jvm"):
        (folder / "lib" / f"{jar}.jar").touch()
    (folder / "build.txt").write_text(f"{version}-release-1\n")
    return folder


def test_an_installed_kotlin_is_used_if_it_is_new_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KOTLIN_HOME", str(_kotlin_distribution(tmp_path / "new", "2.3.10")))
    assert Kotlinc.require().version == "2.3.10"
    monkeypatch.setenv("KOTLIN_HOME", str(_kotlin_distribution(tmp_path / "old", "1.9.24")))
    assert Kotlinc.find() is None
    home = _kotlin_distribution(tmp_path / "path", "2.4.0")
    (tmp_path / "bin" / "kotlinc").symlink_to(_program(home / "bin" / "kotlinc", ""))
    assert Kotlinc.require().lib == home / "lib"


def test_npm_needs_node_beside_it(tmp_path: Path) -> None:
    _program(tmp_path / "bin" / "npm", "11.1.0")
    assert Npm.find() is None
    _program(tmp_path / "bin" / "node", "v20")
    assert Npm.require().command("pack")[-1] == "pack"


def test_the_newest_android_platform_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for level in ("android-9", "android-36", "android-26", "android-Baklava"):
        (tmp_path / "sdk" / "platforms" / level).mkdir(parents=True)
        (tmp_path / "sdk" / "platforms" / level / "android.jar").touch()
    monkeypatch.setenv("ANDROID_HOME", str(tmp_path / "sdk"))
    assert AndroidSdk.require().version == "36"


def test_an_ndk_without_a_compiler_for_this_machine_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "source.properties").write_text("Pkg.Desc = Android NDK\nPkg.Revision = 27.2.1\n")
    monkeypatch.setenv("ANDROID_NDK_HOME", str(tmp_path))
    assert Ndk.find() is None
    for host in ("linux-x86_64", "linux-aarch64", "darwin-x86_64"):
        _program(tmp_path / "toolchains/llvm/prebuilt" / host / "bin/clang", "")
    ndk = Ndk.require()
    assert ndk.version == "27.2.1"
    assert ndk.cc("aarch64-linux-android", 26)[1] == "--target=aarch64-linux-android26"


def test_zig_keeps_its_caches_in_ours(tmp_path: Path) -> None:
    zig = Zig.require()
    assert zig.executable.is_file()
    assert all(value.startswith(str(tmp_path / "cache")) for value in zig.environment().values())


def test_an_asset_is_a_path_an_unknown_name_is_corrected(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match=r"Run \./sconsw"):
        asset_path("photographs")
    (tmp_path / "cache" / "assets" / "photographs").mkdir(parents=True)
    assert asset_path("photographs").is_dir()
    with pytest.raises(ToolchainError, match='Did you mean "asset:photographs"'):
        asset_path("photograph")
