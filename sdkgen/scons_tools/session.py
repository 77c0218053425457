"""Starts an SCons run: checks the command line, sets the defaults of every node, prints our errors as one sentence."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from SCons.Script import (
    ARGUMENTS,
    BUILD_TARGETS,
    COMMAND_LINE_TARGETS,
    Action,
    Decider,
    Environment,
    GetLaunchDir,
    GetOption,
    Help,
    Progress,
    SConsignFile,
    SetOption,
)
from SCons.Tool import CScanner, SourceFileScanner

from sdkgen.errors import SdkgenError
from sdkgen.scons_tools import actions, publish
from sdkgen.scons_tools.variables import Variables, check_targets, help_text, parse

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def session() -> Iterator[tuple[Variables, Any] | None]:
    """Yield the variables and an Environment, or None when only help was requested.

    An SdkgenError in the block ends the run with its message and exit code.
    """
    try:
        Help(help_text())
        if GetOption("help"):
            yield None
            return
        variables = parse(ARGUMENTS, Path(GetLaunchDir()), ROOT)
        check_targets(COMMAND_LINE_TARGETS, ROOT)
        if variables.cache:
            os.environ["SDKGEN_CACHE"] = str(variables.cache)
        env = _environment(variables)
        yield variables, env
        actions.progress.expect(env.arg2nodes(list(BUILD_TARGETS), env.fs.Entry))
    except SdkgenError as error:
        sys.stderr.write(f"scons: {error}\n")
        sys.stderr.flush()
        sys.exit(error.exit_code)


def _environment(variables: Variables) -> Any:
    """Set the defaults of every node: content signatures, all cores, no messages from SCons itself."""
    Path("build").mkdir(exist_ok=True)
    SConsignFile("build/.sconsign")
    Decider("content")
    SetOption("num_jobs", os.cpu_count() or 1)
    SetOption("no_progress", True)
    Progress(actions.progress.visit)
    SourceFileScanner.add_scanner(".inc", CScanner)
    return Environment(
        tools=[],
        CPPPATH=["#native/include"],
        VERBOSE=variables.verbose,
        RUN_ACTION=Action(actions.run, actions.describe, varlist=["COMMAND"]),
        FOREGROUND_ACTION=Action(actions.run_in_foreground, actions.describe),
        COPY_FILE_ACTION=Action(publish.copy_file, actions.describe),
        COPY_TREE_ACTION=Action(publish.copy_tree, actions.describe, varlist=["FROM", "TO"]),
        TEXT_ACTION=Action(publish.write_text, actions.describe),
    )
