"""The variables and targets of the command line, the text of `scons -h`, and what to say about a wrong one."""

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sdkgen.errors import SpecError
from sdkgen.spec.values import SdkSpec

TARGETS: Mapping[str, str] = {
    "android": "the Android SDK below dist/<sdk>/, proven and reported (the default)",
    "ios": "the iOS SDK: Swift package, Core ML package, XCFramework",
    "all": "every platform that the spec has",
    "test": "lint, then every test",
    "search": "configurations under a budget: what [search] of the spec allows, measured (build/<sdk>/search/)",
    "bench": "beside ExecuTorch with XNNPACK: arm64 instructions, time on this machine (build/bench/)",
    "lint": "ruff, mypy --strict, clang-format, ktlint, swift format",
}
DEFAULT_SPEC = "sample_apps/photo_tagger/sdk.toml"
_VARIABLES: Mapping[str, tuple[str, str]] = {
    "target": ("android", "what to build: android, ios or all"),
    "spec": (DEFAULT_SPEC, "the sdk.toml to build"),
    "dist": ("dist", "folder that receives <sdk>/, what users get"),
    "cache": ("", "folder of the cache; the environment variable SDKGEN_CACHE does the same"),
    "V": ("0", "1 shows every command and everything it prints"),
}
_PLATFORMS = ("android", "ios", "all")
_NEEDS_PLATFORM = (*_PLATFORMS, "test", "lint")


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
        launch_folder: what relative paths that the user typed count from.
        root: what the defaults count from.

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

    if value("target") not in _PLATFORMS:
        raise SpecError(f"target={value('target')} is unknown. {nearest(value('target'), _PLATFORMS)}")
    if value("V") not in ("0", "1"):
        raise SpecError(f"V={value('V')} is unknown. V is 0 or 1.")
    return Variables(
        target=value("target"),
        spec=path("spec"),
        dist=path("dist"),
        cache=path("cache") if value("cache") else None,
        verbose=value("V") == "1",
    )


def platforms(variables: Variables, targets: Sequence[str], spec: SdkSpec) -> tuple[str, ...]:
    """The platforms to build: those named on the command line, else the variable; "all" is what the spec has.

    Args:
        targets: of the command line; test and lint need every platform.
    """
    wanted = {"all" if target in ("test", "lint") else target for target in targets if target in _NEEDS_PLATFORM}
    has = tuple(name for name, target in (("android", spec.android), ("ios", spec.ios)) if target)
    wanted = wanted or {variables.target}
    return tuple(name for name in ("android", "ios") if name in wanted or ("all" in wanted and name in has))


def check_targets(targets: Sequence[str], root: Path) -> None:
    """Each target is a name of TARGETS or a path that exists or is built below build/ or dist/.

    Raises:
        SpecError: it is neither; suggests the nearest.
    """
    for target in targets:
        is_path = "/" in target or (root / target).exists()
        if target not in TARGETS and not is_path:
            raise SpecError(f"There is no target {target!r}. {nearest(target, TARGETS)}")


def nearest(wrong: str, known: Collection[str]) -> str:
    """A sentence: the closest known name, or all of them."""
    close = difflib.get_close_matches(wrong.lower(), [name.lower() for name in known], n=1)
    original = {name.lower(): name for name in known}
    return f"Did you mean {original[close[0]]!r}?" if close else f"There are: {', '.join(known)}."


def help_text() -> str:
    """What `scons -h` prints."""
    variables = [f"  {name}={default or '…'}".ljust(44) + text for name, (default, text) in _VARIABLES.items()]
    targets = [f"  {name}".ljust(12) + text for name, text in TARGETS.items()]
    return "\n".join(
        [
            "usage: ./sconsw [target …] [variable=value …]     (or scons, inside .venv)",
            "",
            "targets:",
            *targets,
            "",
            "variables:",
            *variables,
            "",
            "-c removes what a target built, -j N sets how many steps run at once, -n only says what would run.",
            "",
        ]
    )
