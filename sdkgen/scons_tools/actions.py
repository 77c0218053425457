"""Runs the command of a node: prints one line of progress; on failure prints its output and removes its targets."""

import os
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sdkgen.errors import SdkgenError

_OUTPUT = "{output}"
"""Placeholder for the target's temporary name; the file gets its real name when the command succeeded."""

FOR_TORCH = {
    # Spinning OpenMP threads would occupy the cores of the other steps: torch becomes five times as slow.
    "OMP_WAIT_POLICY": "passive",
    # glibc would give every activation's pages back to the kernel and fault them in again for the next one: half of
    # the time of quantisation-aware training, which computes on hundreds of samples at once. Bytes.
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 32),
}
"""Environment variables of every command, unless the user has set them."""

_terminal = threading.Lock()


class Progress:
    """Counts the nodes that SCons has finished, for the percentage before a title."""

    def __init__(self) -> None:
        self._total = 1
        self._seen: set[str] = set()

    def expect(self, nodes: Iterable[Any]) -> None:
        """Count the nodes to build for these nodes, themselves included."""
        found: set[str] = set()
        waiting = list(nodes)
        while waiting:
            node = waiting.pop()
            if str(node) in found or not (node.has_builder() or node.depends or node.sources):
                continue
            found.add(str(node))
            waiting += [*node.sources, *node.depends]
        self._total = max(1, len(found))

    def visit(self, node: Any) -> None:
        """Count one node; SCons calls this once for each, in the order of the build."""
        if node.has_builder():
            self._seen.add(str(node))

    def line(self, title: str) -> str:
        """ "[ 42%] title" """
        return f"[{min(100, 100 * len(self._seen) // self._total):3d}%] {title}"


progress = Progress()


def announce(title: str, *, passing: bool = False) -> None:
    """Print the title of a step; a `passing` one is overwritten by the next, and shown on a terminal only."""
    with _terminal:
        if sys.stdout.isatty():
            width = shutil.get_terminal_size().columns - 1
            sys.stdout.write("\r\033[K" + progress.line(title)[:width] + ("" if passing else "\n"))
        elif not passing:
            sys.stdout.write(progress.line(title) + "\n")
        sys.stdout.flush()


def run(target: Sequence[Any], source: Sequence[Any], env: Any) -> int:
    """SCons action: run env["COMMAND"]; on failure show its output and remove the targets."""
    announce(env["TITLE"], passing=env["PASSING"])
    first = Path(str(target[0]))
    temporary = first.with_name(f".{first.name}.partial")
    uses_output = _OUTPUT in env["COMMAND"]
    command = [str(temporary) if part == _OUTPUT else str(part) for part in env["COMMAND"]]
    first.parent.mkdir(parents=True, exist_ok=True)
    temporary.unlink(missing_ok=True)  # left by a killed run; `ar` would add to it
    on_line = partial(_announce_progress, env["TITLE"]) if env["PROGRESS"] else None
    code, output = execute(command, environment=env["VARIABLES"], verbose=env["VERBOSE"], on_line=on_line)
    if code == 0:
        try:
            if uses_output:
                temporary.replace(first)
            env["FINISH"]()
        except SdkgenError as error:
            code, output = error.exit_code, f"sdkgen: {error}\n"
    if code != 0:
        temporary.unlink(missing_ok=True)
        for node in target:
            Path(str(node)).unlink(missing_ok=True)
        show(output)
    elif env["SHOW"]:
        show(output)
    return code


def run_in_foreground(target: Sequence[Any], source: Sequence[Any], env: Any) -> int:
    """SCons action: run env["COMMAND"] with its output going straight to the terminal."""
    announce(env["TITLE"])
    return subprocess.run(env["COMMAND"], env=_variables({}), stdin=subprocess.DEVNULL, check=False).returncode


def describe(target: Sequence[Any], source: Sequence[Any], env: Any) -> str:
    """Return the text that `scons -n` prints; a real run prints its own title."""
    return env.get("TITLE") or f"make {target[0]}" if env.GetOption("no_exec") else ""


def _announce_progress(title: str, line: str) -> None:
    announce(f"{title}: {line}", passing=True)


def execute(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    verbose: bool,
    on_line: Callable[[str], None] | None = None,
) -> tuple[int, str]:
    """Run a command; return its exit code and its output ("" when `verbose` has shown it already).

    Args:
        on_line: called with every line as it is printed.
    """
    variables = _variables({**environment, "PYTHONHASHSEED": "0"})
    if verbose:
        show(shlex.join(command) + "\n")
        return subprocess.run(command, env=variables, stdin=subprocess.DEVNULL, check=False).returncode, ""
    output: list[str] = []
    with subprocess.Popen(
        command,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            output.append(line)
            if on_line is not None:
                on_line(line.rstrip())
    return process.returncode, "".join(output)


def _variables(chosen: Mapping[str, str]) -> dict[str, str]:
    """Return the user's environment with `chosen` and the settings for Python programs that use torch."""
    variables = {**FOR_TORCH, **os.environ, **chosen}
    # torch's modules are compiled at their first import: without this each step would compile them again.
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    return variables


def show(text: str) -> None:
    """Write to the terminal, one writer at a time."""
    with _terminal:
        if text and sys.stdout.isatty():
            sys.stdout.write("\r\033[K")
        sys.stdout.write(text if not text or text.endswith("\n") else text + "\n")
        sys.stdout.flush()


def command_node(
    env: Any,
    target: Any,
    source: Any,
    command: Sequence[str | Path],
    *,
    title: str,
    passing: bool = False,
    show_output: bool = False,
    progress_lines: bool = False,
    variables: Mapping[str, str] | None = None,
    finish: Callable[[], object] = lambda: None,
) -> Any:
    """Make a node that depends on its sources and its command, and is built by running the command.

    Args:
        command: may hold "{output}", which becomes the first target under a temporary name.
        passing: the next title overwrites this one.
        show_output: show what the command prints even when it succeeds.
        progress_lines: on a terminal, show each line of the command's output until the next one.
        variables: environment variables in addition to the user's.
        finish: called after the command succeeded, before the node counts as built; an SdkgenError fails it.
    """
    return env.Command(
        target,
        source,
        env["RUN_ACTION"],
        COMMAND=[str(part) for part in command],
        TITLE=title,
        PASSING=passing,
        SHOW=show_output,
        PROGRESS=progress_lines,
        VARIABLES=dict(variables or {}),
        FINISH=finish,
    )
