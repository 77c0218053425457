"""Ends the commands of sdkgen: a user's mistake gives one message and an exit code, never a traceback."""

import os
import sys
from collections.abc import Callable

from sdkgen.errors import SdkgenError

INTERRUPTED = 130
"""Exit code of a process that SIGINT ended, by the convention of shells."""


def exit_code(work: Callable[[], None], *, interrupted: str = "interrupted") -> int:
    """Run `work`; return 0, or print an error's message and return the exit code of its class.

    With SDKGEN_TRACEBACK in the environment the error is raised, to locate it in our code.

    Args:
        interrupted: message after Ctrl-C.
    """
    try:
        work()
    except SdkgenError as error:
        if os.environ.get("SDKGEN_TRACEBACK"):
            raise
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(interrupted, file=sys.stderr)
        return INTERRUPTED
    return 0
