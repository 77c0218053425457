"""The tables of pinned artifacts and packages are complete, and name no registry's host."""

import re
import tomllib
from pathlib import Path

import pytest

from sdkgen.errors import ToolchainError
from sdkgen.toolchain.environment import read_lock
from sdkgen.toolchain.pins import load_pins
from sdkgen.toolchain.registries import normalised

ROOT = Path(__file__).resolve().parents[3]


def test_every_tool_has_a_version_and_a_hash_of_its_registry_s_kind() -> None:
    for tool in load_pins().tools:
        assert re.fullmatch(r"[\d.]+", tool.version), tool.name
        form = r"sha512-[A-Za-z0-9+/]{86}==" if tool.registry == "npm" else r"sha256:[0-9a-f]{64}"
        assert tool.hashes, tool.name
        assert all(re.fullmatch(form, value) for value in tool.hashes), tool.name


def test_every_asset_has_a_hash_and_a_path_of_its_own() -> None:
    assets = load_pins().assets
    assert all(re.fullmatch(r"[0-9a-f]{64}", asset.sha256) for asset in assets)
    assert len({asset.path for asset in assets}) == len(assets)
    assert len({asset.sha256 for asset in assets}) == len(assets)
    assert not any(".." in asset.path or asset.path.startswith("/") for asset in assets)


def test_the_weights_carry_the_hash_that_torchvision_puts_in_their_name() -> None:
    weights = next(asset for asset in load_pins().assets if asset.path.endswith(".pth"))
    assert weights.sha256.startswith(weights.path.removesuffix(".pth").rsplit("-", 1)[1])


def test_another_hash_means_another_folder() -> None:
    folders = [tool.folder for tool in load_pins().tools]
    assert len(set(folders)) == len(folders)


def test_every_package_is_locked_once_and_every_direct_dependency_is_among_them() -> None:
    groups = read_lock()
    assert set(groups) == {"build", "test"}
    names = [normalised(pin.name) for pins in groups.values() for pin in pins]
    assert len(set(names)) == len(names)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    locked = {group: {normalised(pin.name) for pin in pins} for group, pins in groups.items()}
    assert {normalised(name) for name in project["project"]["dependencies"]} <= locked["build"]
    assert {normalised(name) for name in project["dependency-groups"]["test"]} <= locked["test"]


def test_a_loose_line_in_the_lock_is_an_error(tmp_path: Path) -> None:
    lock = tmp_path / "python.lock"
    lock.write_text("[build]\nnumpy>=2\n")
    with pytest.raises(ToolchainError, match=r"line 2: 'numpy>=2'"):
        read_lock(lock)


def test_no_host_of_a_registry_is_named() -> None:
    files = [ROOT / "sconsw", ROOT / "SConstruct", ROOT / "pyproject.toml", ROOT / ".ci" / "run"]
    files += [p for p in (ROOT / "sdkgen").rglob("*") if p.suffix in (".py", ".toml", ".lock")]
    host = re.compile(r"(registry|repo1?|files|download|index|deb|packages)\.[\w-]+\.(org|com|io|net)|index-url", re.I)
    found = [f"{p.relative_to(ROOT)}: {m.group()}" for p in files for m in host.finditer(p.read_text())]
    assert found == []
