"""The variables and targets of the command line: parsing, errors with suggestions, the text of `scons -h`."""

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sdkgen import targets
from sdkgen.errors import SpecError
from sdkgen.spec.values import SdkSpec

_DEFAULT_TARGET = "android"
_ACTIONS: Mapping[str, str] = {
    "all": "every platform that the spec has",
    "test": "lint, then every test",
    "search": "configurations under a budget: what [search] of the spec allows, measured (build/<sdk>/search/)",
    "bench": "beside ExecuTorch with XNNPACK: arm64 instructions, time on this machine (build/bench/)",
    "lint": "ruff, mypy --strict, clang-format, ktlint, swift format",
}
DEFAULT_SPEC = "sample_apps/photo_tagger/sdk.toml"
_VARIABLES: Mapping[str, tuple[str, str]] = {
    "target": (_DEFAULT_TARGET, "what to build: a platform or all"),
    "spec": (DEFAULT_SPEC, "the sdk.toml to build"),
    "dist": ("dist", "folder that receives <sdk>/, what users get"),
    "cache": ("", "folder of the cache; the environment variable SDKGEN_CACHE does the same"),
    "V": ("0", "1 shows every command and everything it prints"),
}
_EVERY_PLATFORM = ("all", "test", "lint")
"""Targets that need every platform of the spec."""


@dataclass(frozen=True, kw_only=True)
class Variables:
    """The checked variables. `cache` is None when not given; `spec` and `dist` are absolute."""

    target: str
    spec: Path
    dist: Path
    cache: Path | None
    verbose: bool


def parse(arguments: Mapping[str, str], launch_folder: Path, root: Path) -> Variables:
    """Check the variables of the command line.

    Args:
        arguments: as SCons collects them.
        launch_folder: base of relative paths that the user typed.
        root: base of the default paths.

    Raises:
        SpecError: a variable or a value is unknown; suggests the nearest.
    """
    for name in arguments:
        if name not in _VARIABLES:
            raise SpecError(f"There is no variable {name!r}. {nearest(name, _VARIABLES)}")

    def value(name: str) -> str:
        return arguments.get(name, _VARIABLES[name][0])

    def path(name: str) -> Path:
        return ((launch_folder if name in arguments else root) / Path(value(name)).expanduser()).resolve()

    known = (*targets.all_targets(), "all")
    if value("target") not in known:
        raise SpecError(f"target={value('target')} is unknown. {nearest(value('target'), known)}")
    if value("V") not in ("0", "1"):
        raise SpecError(f"V={value('V')} is unknown. V is 0 or 1.")
    return Variables(
        target=value("target"),
        spec=path("spec"),
        dist=path("dist"),
        cache=path("cache") if value("cache") else None,
        verbose=value("V") == "1",
    )


def platforms(variables: Variables, named: Sequence[str], spec: SdkSpec) -> tuple[str, ...]:
    """Return the platforms to build: those named on the command line, else the variable; "all" means all of the spec.

    Args:
        named: targets of the command line; test and lint need every platform.
    """
    known = targets.all_targets()
    wanted = {"all" if name in _EVERY_PLATFORM else name for name in named if name in (*known, *_EVERY_PLATFORM)}
    wanted = wanted or {variables.target}
    has = targets.of_spec(spec)
    return tuple(name for name in known if name in wanted or ("all" in wanted and name in has))


def targets_of_command_line() -> dict[str, str]:
    """Return a description of each target by name, platforms first."""
    return {**{name: target.summary for name, target in targets.all_targets().items()}, **_ACTIONS}


def check_targets(named: Sequence[str], root: Path) -> None:
    """Check that each target is a platform, an action, or a path that exists or is built below build/ or dist/.

    Raises:
        SpecError: it is neither; suggests the nearest.
    """
    known = targets_of_command_line()
    for target in named:
        is_path = "/" in target or (root / target).exists()
        if target not in known and not is_path:
            raise SpecError(f"There is no target {target!r}. {nearest(target, known)}")


def nearest(wrong: str, known: Collection[str]) -> str:
    """Suggest in a sentence the closest known name, or all of them."""
    close = difflib.get_close_matches(wrong.lower(), [name.lower() for name in known], n=1)
    original = {name.lower(): name for name in known}
    return f"Did you mean {original[close[0]]!r}?" if close else f"There are: {', '.join(known)}."


def help_text() -> str:
    """Return the text of `scons -h`."""
    variables = [f"  {name}={default or '…'}".ljust(44) + text for name, (default, text) in _VARIABLES.items()]
    lines = [f"  {name}".ljust(12) + text for name, text in targets_of_command_line().items()]
    return "\n".join(
        [
            "usage: ./sconsw [target …] [variable=value …]     (or scons, inside .venv)",
            "",
            "targets:",
            *lines,
            "",
            "variables:",
            *variables,
            "",
            "-c removes what a target built, -j N sets how many steps run at once, -n only says what would run.",
            "",
        ]
    )
